// README's picture of the demo page, docs/demo.png: `node scripts/screenshot.mjs`. In the bundled Chromium, on a software GPU.
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import sharp from 'sharp';
import { runnerImport } from 'vite';
import { build } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
// TypeScript, which not every Node that is supported runs by itself.
const load = async (path) => (await runnerImport(join(root, path), { configFile: false, logLevel: 'error' })).module;
const { serveFolder } = await load('cli/host/static-server.ts');
const { bundledChromiumOptions, playwrightOptions } = await load('cli/host/chromium-host.ts');
const { softwareGpu } = await load('cli/host/software-gpu.ts');

await build(['demo']);
const server = await serveFolder(join(root, 'dist/demo'));
const browser = await chromium.launch(playwrightOptions(bundledChromiumOptions('software', await softwareGpu())));
const page = await browser.newPage({ viewport: { width: 1180, height: 860 }, locale: 'en-US', colorScheme: 'light' });
await page.goto(server.url);
const classes = page.getByRole('group', { name: /classes/ }).getByRole('radio');
await classes.nth(4).waitFor({ timeout: 300_000 });
await page
  .getByRole('button', { name: /^Sneaker, sample/ })
  .first()
  .click();
await page
  .getByRole('radio', { name: /Sneaker/ })
  .first()
  .waitFor({ timeout: 300_000 });
await page.waitForTimeout(3000);
const picture = await page.screenshot();
await sharp(picture).png({ palette: true, quality: 90 }).toFile(join(root, 'docs/demo.png'));
await browser.close();
await server.close();
process.stdout.write('docs/demo.png\n');

// The demo page in Firefox, where it is installed: classified and explained, looked into, trained for a moment, and what
// was learned used. Driven by Puppeteer, by names and roles as a screen reader has them: Playwright knows no Firefox but
// its own.

import { expect } from 'playwright/test';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { FIREFOX, noFirefox, PREFERENCES } from '../fixtures/firefox.ts';
import { serverTest } from '../fixtures/page-server.ts';

const test = serverTest.extend<object, { readonly firefox: Browser }>({
  firefox: [
    // biome-ignore lint/correctness/noEmptyPattern: playwright reads the names out of the pattern
    async ({}, use) => {
      const browser = await puppeteer.launch({
        browser: 'firefox',
        executablePath: FIREFOX ?? '',
        extraPrefsFirefox: { ...PREFERENCES, 'intl.accept_languages': 'en' },
      });
      await use(browser);
      await browser.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});

const named = (page: Page, role: string, name: string) => page.locator(`::-p-aria([name="${name}"][role="${role}"])`);
// biome-ignore lint/performance/useDomNodeTextContent: what is seen counts, not what is hidden
const seen = (page: Page) => page.evaluate(() => document.body.innerText);
const shows = (page: Page, words: RegExp, timeout = 120_000) =>
  expect.poll(() => seen(page), { timeout }).toMatch(words);
const fits = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth);

test.skip(noFirefox !== undefined, noFirefox ?? '');

test('the demo page in Firefox', async ({ server, firefox }, info) => {
  test.setTimeout(400_000);
  const page = await firefox.newPage();
  page.setDefaultTimeout(120_000);
  await page.setViewport({ width: 1280, height: 900 });
  const noise: string[] = [];
  page.on('console', (entry) => noise.push(`console ${entry.type()}: ${entry.text()}`));
  page.on('pageerror', (error) => noise.push(`error: ${error instanceof Error ? error.message : error}`));
  // A `data:` address asks nobody.
  const own = [server.url, `blob:${server.origin}`, 'data:'];
  page.on('request', (request) => {
    if (!own.some((start) => request.url().startsWith(start))) noise.push(`request: ${request.url()}`);
  });
  await page.goto(`${server.url}demo/`);

  await test.step('a sample is classified, and explained', async () => {
    await shows(page, /Running on .*WebGPU/);
    await shows(page, /Prediction \d/);
    await named(page, 'button', 'Explain').click();
    await shows(page, /It took \d/);
    expect(await fits(page)).toBe(true);
    await page.screenshot({ path: info.outputPath('classify.png') });
  });
  await test.step('it is looked into', async () => {
    await named(page, 'link', 'Look inside').click();
    await shows(page, /Layer 4 reads channels 0–39/);
    await shows(page, /Work on the GPU/);
  });
  await test.step('a network learns, and is used', async () => {
    await named(page, 'link', 'Train').click();
    await shows(page, /Fits: /);
    await named(page, 'combobox', 'Network').fill('tiny');
    await named(page, 'textbox', 'Images').fill('100');
    await named(page, 'textbox', 'Epochs').fill('1');
    await shows(page, /Fits: /);
    await named(page, 'button', 'Start training').click();
    await shows(page, /Done\./);
    await page.screenshot({ path: info.outputPath('trained.png') });
    await named(page, 'button', 'Classify with it').click();
    await shows(page, /Your network:/);
  });
  expect(noise, 'a clean console, and no request elsewhere').toEqual([]);
});

// The frame of the demo page: views and their addresses, two languages, light and dark, from a phone to a wall, by
// keyboard and for screen readers; what it shows where it cannot run; the GPU's self-test; without a network; and that it
// asks nobody else for anything, and gives back all GPU memory that it takes.

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from 'playwright/test';
import { packageRoot } from '../../../cli/host/package-root.ts';
import { serveFolder } from '../../../cli/host/static-server.ts';
import { VIEWS } from '../../../demo/views.ts';
import { BROKEN_WEIGHT_GRADIENT, COUNT_GPU_BYTES, expect, expectFits, NO_WEBGPU, test } from './page-test.ts';

const LIMIT_BYTES = 250_000;

const link = (page: Page, view: string) => page.locator('nav').getByRole('link', { name: view, exact: true });
const firstResult = (page: Page) =>
  expect(page.getByRole('group', { name: /^Likeliest classes/ }).getByRole('radio')).toHaveCount(5, {
    timeout: 180_000,
  });

/** What a visitor loads only on demand: another language, and what trains, tests itself, measures tiles and reads other formats of weights. */
const ON_DEMAND = [
  'ko',
  'train',
  'verify',
  'certify-golden',
  'autotune',
  'other-formats',
  'subgroup-matrices',
  'project-file',
  'train-view',
  'inside-view',
  'card-view',
  // DICOM's reader, its worker, its decoders, and what these alone need of the bundler.
  'dicom-files',
  'dicom-worker',
  'codec-packages',
  'libjpegturbojs_decode',
  'openjpegjs_decode',
  'charlsjs_decode',
  'lossless',
].map((name) => new RegExp(`^assets/${name}-[\\w-]{8}\\.js$`));

/** What HTML and a script name, but for what they import on demand. */
const LINKED = /(?:src|href)="\.?\/?(assets\/[^"]+\.(?:js|css))"/g;
const IMPORTED = /\b(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g;
const WORKER = /\b(worker-[\w-]{8}\.js)\b/g;

/** The files that a first visit fetches: those of the HTML, what these import, and the worker. */
async function firstVisit(folder: string): Promise<Set<string>> {
  const found = new Set(['index.html', 'service-worker.js']);
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const queue = [...(await read('index.html')).matchAll(LINKED)].map(([, name = '']) => name);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const text = name.endsWith('.js') ? await read(name) : '';
    for (const rule of [IMPORTED, WORKER])
      queue.push(...[...text.matchAll(rule)].map(([, imported = '']) => `assets/${imported}`));
  }
  return found;
}

test('scripts, styles and HTML of a first visit stay under 250 kB, gzipped', async () => {
  const folder = join(packageRoot, 'dist/demo');
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(js|css|html)$/.test(name));
  const first = await firstVisit(folder);
  for (const rule of ON_DEMAND) {
    const [name = '', ...more] = names.filter((one) => rule.test(one));
    expect(more, String(rule)).toEqual([]);
    expect(name, String(rule)).not.toBe('');
    expect([...first], String(rule)).not.toContain(name);
  }
  expect([...first].filter((name) => /^assets\/(index|worker)-.*\.js$/.test(name))).toHaveLength(2);
  const sizes = await Promise.all(
    [...first].map(async (name) => gzipSync(await readFile(join(folder, name))).byteLength),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(LIMIT_BYTES);
});

test('views have addresses, the back button goes back, and what is not there is said', async ({ openPage }) => {
  const page = await openPage('demo/?model=fashion-mnist#train', { prelude: NO_WEBGPU });
  await expect(page.getByRole('region', { name: 'Train' })).toBeVisible();
  await expect(page).toHaveTitle(/^Train/);
  await link(page, 'Classify').click();
  await expect(page.getByRole('region', { name: 'Classify' })).toBeVisible();
  await expect(page.getByRole('main')).toBeFocused();
  await expect(link(page, 'Classify')).toHaveAttribute('aria-current', 'page');
  expect(new URL(page.url()).search).toBe('?model=fashion-mnist');
  await page.goBack();
  await expect(link(page, 'Train')).toHaveAttribute('aria-current', 'page');
  await page.goto(page.url().replace(/\?.*/, '?model=resnet#nonsense'));
  await expect(page.getByText(/no view called “nonsense”/)).toBeVisible();
  await expect(page.getByText(/no network called “resnet”/)).toBeVisible();
  await expect(page.getByRole('region', { name: 'Classify' })).toBeVisible();
});

test('language and colours follow the browser, and a switch, which is remembered', async ({ openPage }) => {
  const page = await openPage('demo/#about', { prelude: NO_WEBGPU });
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.getByLabel('Colours').selectOption('Light');
  expect(await ground()).toBe(light);
  await page.getByLabel('Language').selectOption('한국어');
  await expect(page.locator('html')).toHaveAttribute('lang', 'ko');
  await expect(link(page, '분류')).toBeVisible();
  await expect(page.getByRole('alert')).toContainText('WebGPU가 필요');
  await page.reload();
  await expect(link(page, '소개')).toHaveAttribute('aria-current', 'page');
  expect(await ground()).toBe(light);
  await page.getByLabel('언어').selectOption('English');
  await page.getByLabel('Colours').selectOption('As the system');
  expect(await ground()).toBe(dark);
});

test('axe finds nothing in any view, in both languages and colours, narrow and wide', async ({ openPage }) => {
  test.setTimeout(300_000);
  const page = await openPage('demo/');
  await firstResult(page);
  const problems: string[] = [];
  // Every view in both languages, colours and widths; each pair of these comes together in some view.
  for (const [i, view] of VIEWS.entries()) {
    for (const [j, language] of ['en', 'ko'].entries()) {
      await page.evaluate((name) => {
        location.hash = name;
      }, view);
      await page.locator('.switches select').first().selectOption(language);
      const colorScheme = (i + j) % 2 === 0 ? 'light' : 'dark';
      const width = (Math.floor(i / 2) + j) % 2 === 0 ? 390 : 1280;
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme });
      await expectFits(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const { id, nodes } of violations) {
        problems.push(`${view} ${language} ${colorScheme} ${width}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      }
    }
  }
  expect(problems).toEqual([]);
  // A wall: lines stay readable, and nothing is lost at the sides.
  await page.setViewportSize({ width: 3840, height: 2160 });
  await expectFits(page);
  const main = await page.getByRole('main').boundingBox();
  expect(main?.width).toBeLessThan(2000);
  // Nothing moves for those who asked for that.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

test('the keyboard goes through the page in the order that is seen, and shows where it is', async ({ openPage }) => {
  const page = await openPage('demo/');
  await firstResult(page);
  const focused = () => page.locator(':focus');
  const next = async (expected: Locator) => {
    await page.keyboard.press('Tab');
    await expect(expected).toBeFocused();
    expect(await focused().evaluate((at) => getComputedStyle(at).outlineStyle)).not.toBe('none');
  };
  await next(page.getByLabel('Language'));
  await next(page.getByLabel('Colours'));
  for (const name of ['Classify', 'Train']) await next(link(page, name));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Train' })).toBeVisible();
  // Into the view, and back over the links to the first.
  await page.keyboard.press('Tab');
  await expect(page.getByRole('main').locator(':focus')).toBeVisible();
  for (const _ of VIEWS) await page.keyboard.press('Shift+Tab');
  await expect(link(page, 'Classify')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('region', { name: 'Classify' })).toBeVisible();
});

// That a right GPU passes all of them, and the page then trusts it, is tested without a page.
test('a GPU that computes wrong is found out, and so said in every view, also the next time', async ({ openPage }) => {
  test.setTimeout(420_000);
  const page = await openPage('demo/', { prelude: BROKEN_WEIGHT_GRADIENT });
  await link(page, 'About').click();
  await page.getByRole('button', { name: 'Test this GPU' }).click();
  const warning = page.getByRole('alert').filter({ hasText: 'cannot be trusted' });
  await expect(warning).toBeVisible({ timeout: 200_000 });
  const table = page.getByRole('table', { name: /^a plain DenseNet/ });
  await expect(table.getByRole('row', { name: /^gradients of the weights/ })).toContainText('wrong');
  await expect(table.getByRole('row', { name: /^scores when classifying/ })).toContainText('right');
  await expectFits(page);
  await link(page, 'Train').click();
  await expect(warning).toBeVisible();
  await page.reload();
  await expect(warning).toBeVisible();
});

test('an address asks for the self-test', async ({ openPage }) => {
  const page = await openPage('demo/?selftest');
  await expect(page.getByText('Testing: a plain DenseNet')).toBeVisible();
});

test('a browser that lacks something is told, and one that runs no script is too', async ({ openPage, server }) => {
  const old = await openPage('demo/', { prelude: 'delete self.OffscreenCanvas' });
  await expect(old.getByRole('alert')).toContainText('too old');
  await expect(old.getByRole('alert')).toContainText('OffscreenCanvas');
  const context = await old.context().browser()?.newContext();
  if (!context) throw new Error('the browser is gone');
  const page = await context.newPage();
  await page.route(/\.js$/, (route) => route.fulfill({ contentType: 'text/javascript', body: 'a syntax error' }));
  await page.goto(`${server.url}demo/`);
  await expect(page.getByText('This page has not started')).toBeVisible({ timeout: 15_000 });
  await expect(page.getByText('페이지가 시작되지 않았습니다')).toBeVisible();
  await context.close();
});

test('the browser itself refuses to let anything out', async ({ openPage }) => {
  const page = await openPage('demo/', { prelude: NO_WEBGPU, console: /Content Security Policy/ });
  const refused = await page.evaluate(async () => {
    const directives: string[] = [];
    const first = new Promise<void>((resolve) => {
      addEventListener('securitypolicyviolation', (event) => {
        directives.push(event.effectiveDirective);
        resolve();
      });
    });
    await fetch('https://example.org/').catch(() => undefined);
    await first;
    await new Promise((resolve) => {
      setTimeout(resolve, 100);
    });
    return directives;
  });
  // By the policy of the page's `<meta>`, and by that of its server's header.
  expect(refused).toEqual(['connect-src', 'connect-src']);
});

const kept = (page: Page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => caches.keys()));

test('after the first visit it works without a network', async ({ openPage }) => {
  const page = await openPage('demo/', { offline: true, console: /ERR_INTERNET_DISCONNECTED/ });
  await firstResult(page);
  await expect.poll(async () => (await kept(page)).length).toBe(1);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.context().setOffline(true);
  await page.reload();
  await firstResult(page);
  await link(page, 'Train').click();
  await page.getByRole('button', { name: 'Start training' }).click();
  await expect(page.getByText('Compiling the shaders')).toBeVisible();
});

test('a new version shows at the next load, whole, and the old one is not kept', async ({ gpuBrowser }) => {
  const folder = await mkdtemp(join(tmpdir(), 'densenet-page-'));
  await cp(join(packageRoot, 'dist/demo'), folder, { recursive: true });
  const server = await serveFolder(folder, { prefix: '/a/b/' });
  const context = await gpuBrowser.newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(NO_WEBGPU);
    await page.goto(server.url);
    const [before] = await kept(page);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    // The page and what it consists of change; its worker's list says so.
    const change = async (name: string, edit: (text: string) => string) =>
      writeFile(join(folder, name), edit(await readFile(join(folder, name), 'utf8')));
    await change('index.html', (html) => html.replace('<title>', '<title>New: '));
    await change('service-worker.js', (script) =>
      script.replace(/"version":"\w+"/, '"version":"new"').replace(/,"integrity":"[^"]+"/g, ''),
    );
    await page.reload();
    expect(await (await fetch(server.url)).text()).toContain('New: ');
    await expect.poll(() => kept(page), { timeout: 20_000 }).toEqual([before?.replace(/\w+$/, 'new')]);
    await context.setOffline(true);
    await page.reload();
    const html = await page.evaluate(async () => (await fetch('./index.html')).text());
    expect(html).toContain('New: ');
  } finally {
    await context.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
});

// Scaled from a hundred classifications, ten trainings and twenty switches to what a minute of software WebGPU allows:
// trainings are stopped after their first steps.
const CLASSIFICATIONS = 100;
const TRAININGS = 2;
const SWITCHES = 5;

test('the GPU holds as much after many classifications, trainings and switches as after the first', async ({
  openPage,
}) => {
  test.setTimeout(420_000);
  const page = await openPage('demo/', { prelude: COUNT_GPU_BYTES });
  await firstResult(page);
  const bytes = async () => {
    const counted = await Promise.all(
      page
        .workers()
        .map((worker) => worker.evaluate(() => (globalThis as { gpuBytes?: () => number }).gpuBytes?.() ?? 0)),
    );
    return counted.reduce((sum, n) => sum + n, 0);
  };
  // In the page: one after the other, each when the one before is shown.
  const classify = (times: number) =>
    page.evaluate(async (count) => {
      const region = document.querySelector('[aria-busy]');
      const samples = document.querySelectorAll<HTMLButtonElement>('[role=group] button[aria-pressed]');
      for (let i = 1; i <= count; i++) {
        samples[i % samples.length]?.click();
        do await new Promise(requestAnimationFrame);
        while (region?.getAttribute('aria-busy') !== 'false');
      }
      return samples.length;
    }, times);
  const train = async () => {
    await link(page, 'Train').click();
    await page.getByRole('button', { name: 'Start training' }).click();
    const loss = page.locator('dl > div').filter({ hasText: 'Loss' }).getByRole('definition').first();
    await expect(loss).toHaveText(/^\d\.\d{3}$/, { timeout: 120_000 });
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(page.getByRole('button', { name: 'Classify with it' })).toBeVisible();
  };
  const switchAndBack = async () => {
    await link(page, 'Train').click();
    await page.getByRole('button', { name: 'Classify with it' }).click();
    await link(page, 'Classify').click();
    await expect(page.getByText('Your network:')).toBeVisible();
    await page.getByRole('button', { name: 'Back to the bundled network' }).click();
    await expect(page.getByText('The bundled network:')).toBeVisible();
    await expect(page.getByRole('region', { name: 'Classify' })).toHaveAttribute('aria-busy', 'false');
  };
  const first = await bytes();
  expect(first).toBeGreaterThan(10_000);
  expect(await classify(CLASSIFICATIONS)).toBe(20);
  expect(await bytes()).toBe(first);
  for (let i = 0; i < TRAININGS; i++) await train();
  expect(await bytes()).toBe(first);
  for (let i = 0; i < SWITCHES; i++) await switchAndBack();
  expect(await bytes()).toBe(first);
});

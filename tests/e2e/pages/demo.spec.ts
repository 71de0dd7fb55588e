// The demo page walked as a visitor would: what is on the screen after loading, classify, explain, drop files, train,
// stop, use what was learned; and what the page says where there is no GPU or it goes away.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright/test';
import { readCheckpoint } from '../../../src/densenet/train/checkpoint.ts';
import { expect, expectFits, NO_ADAPTER, NO_WEBGPU, test } from './page-test.ts';

const classes = (page: Page) => page.getByRole('group', { name: /^Likeliest classes/ }).getByRole('radio');
const show = (page: Page, view: string) =>
  page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view }).click();
const firstResult = (page: Page) => expect(classes(page)).toHaveCount(5, { timeout: 180_000 });

test('a sample is classified and explained without a click, and others on a click', async ({ openPage }) => {
  const page = await openPage('demo/');
  await firstResult(page);
  await expect(page.getByRole('status').first()).toContainText(/WebGPU/);
  await expect(page.getByText(/is right on [\d.]+% of its validation set/)).toBeVisible();
  const samples = page.getByRole('group', { name: 'Sample images' }).getByRole('button', { name: /, sample/ });
  await expect(samples).toHaveCount(20);
  let right = 0;
  for (const sample of await samples.all()) {
    await sample.click();
    await expect(sample).toHaveAttribute('aria-pressed', 'true');
    const verdict = await page.getByText(/^(right|wrong, it is: .+)$/).textContent();
    if (verdict === 'right') right++;
  }
  expect(right).toBeGreaterThanOrEqual(12);
  await expectFits(page);
});

test('the map follows the chosen class, and the keyboard does all of it', async ({ openPage }) => {
  const page = await openPage('demo/', { width: 390 });
  await firstResult(page);
  const map = () => page.locator('canvas.heat').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const first = await map();
  await classes(page).first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(classes(page).nth(1)).toBeChecked();
  await expect.poll(map).not.toBe(first);
  await page.getByRole('slider', { name: 'Heat map' }).focus();
  await page.keyboard.press('Home');
  await expect(page.locator('canvas.heat')).toHaveCSS('opacity', '0');
  const sample = page.getByRole('button', { name: /^Trouser, sample/ }).first();
  await sample.focus();
  await page.keyboard.press('Enter');
  await expect(sample).toHaveAttribute('aria-pressed', 'true');
  await expectFits(page);
});

test('dropped and chosen images are classified, and a file that is none is said so', async ({ openPage }) => {
  const page = await openPage('demo/');
  await firstResult(page);
  const picture = await page.evaluateHandle(async () => {
    const canvas = new OffscreenCanvas(300, 400);
    const context = canvas.getContext('2d');
    if (context) {
      context.fillStyle = 'white';
      context.fillRect(0, 0, 300, 400);
      context.fillStyle = 'navy';
      context.fillRect(100, 60, 40, 280);
      context.fillRect(160, 60, 40, 280);
      context.fillRect(100, 60, 100, 60);
    }
    const data = new DataTransfer();
    data.items.add(new File([await canvas.convertToBlob()], 'trousers.png', { type: 'image/png' }));
    return data;
  });
  const panel = page.getByRole('region', { name: 'Classify' });
  await panel.dispatchEvent('drop', { dataTransfer: picture });
  const swap = page.getByRole('checkbox', { name: /Swap light and dark/ });
  await expect(swap).toBeChecked();
  await expect(page.getByRole('img', { name: /trousers\.png/ })).toBeVisible();
  await swap.uncheck();
  await expect(swap).not.toBeChecked();
  const bad = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no image') };
  await page.getByLabel('Choose images').setInputFiles(bad);
  await expect(page.getByRole('alert')).toContainText('notes.txt');
  await page
    .getByRole('button', { name: /^Bag, sample/ })
    .first()
    .click();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a fresh network learns with live curves, stops when told, and can be used and kept', async ({ openPage }) => {
  test.setTimeout(600_000);
  const page = await openPage('demo/');
  await firstResult(page);
  const panel = page.getByRole('region', { name: 'Train', exact: true });
  const fact = (name: string) => panel.locator('dl > div').filter({ hasText: name }).getByRole('definition');
  await test.step('a training is set up and started', async () => {
    await show(page, 'Train');
    await panel.getByLabel('Network', { exact: true }).selectOption('tiny');
    await panel.getByLabel('Images', { exact: true }).fill('500');
    await panel.getByLabel('Epochs', { exact: true }).fill('50');
    await expect(panel.getByText(/^Fits:/)).toBeVisible();
    await panel.getByRole('button', { name: 'Start training' }).click();
  });
  await test.step('its curves are live', async () => {
    await expect(fact('Loss')).toHaveText(/^\d\.\d{3}$/, { timeout: 300_000 });
  });
  await expect(panel.getByRole('img', { name: /^Loss over 50 epochs, now/ })).toBeVisible();
  const before = Number(await fact('Loss').textContent());
  await test.step('the page goes on while it learns', async () => {
    await show(page, 'Classify');
    await page
      .getByRole('button', { name: /^Sandal, sample/ })
      .first()
      .click();
    await expect(page.getByRole('button', { name: /^Sandal, sample/ }).first()).toHaveAttribute(
      'aria-pressed',
      'true',
      {
        timeout: 60_000,
      },
    );
    await page.goBack();
  });
  await test.step('the loss falls', async () => {
    await expect(fact('Validation')).toHaveText(/^\d+%$/, { timeout: 200_000 });
    await expect
      .poll(async () => Number(await fact('Loss').textContent()), { timeout: 200_000 })
      .toBeLessThan(before - 0.2);
  });
  await test.step('it stops when told, and what it learned is downloaded', async () => {
    await panel.getByRole('button', { name: 'Stop' }).click();
    await expect(panel.getByText(/^Stopped/)).toBeVisible();
    const saved = page.waitForEvent('download');
    await panel.getByRole('button', { name: /^Download it/ }).click();
    const { config } = readCheckpoint(new Uint8Array(await readFile(await (await saved).path())), 'download');
    expect(config.blockLayers).toEqual([2, 2]);
  });
  await test.step('what it learned is used', async () => {
    await panel.getByRole('button', { name: 'Classify with it' }).click();
    await expect(page.getByText('Your network:')).toBeVisible();
    await page.getByRole('button', { name: 'Back to the bundled network' }).click();
    await expect(page.getByText('The bundled network:')).toBeVisible();
  });
});

test('a browser without WebGPU is told so, and how to turn it on', async ({ openPage }) => {
  const page = await openPage('demo/', { prelude: NO_WEBGPU, width: 390 });
  await expect(page.getByRole('alert')).toContainText('does not have it turned on');
  await expect(page.getByRole('alert')).toContainText('chrome://flags');
  await expectFits(page);
});

test('a browser that finds no GPU is told so', async ({ openPage }) => {
  const page = await openPage('demo/', { prelude: NO_ADAPTER });
  await expect(page.getByRole('alert')).toContainText('found no GPU');
});

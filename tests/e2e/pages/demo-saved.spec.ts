// What a visitor made is there again: a network that learned from images of one's own by the form's defaults, the images, and
// what was deleted a moment ago.

import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright/test';
import sharp from 'sharp';
import { folderOf } from '../fixtures/image-files.ts';
import { expect, expectFits, test } from './page-test.ts';

const SHAPES = {
  circle: ['<circle cx="32" cy="32" r="20"/>', '#d33'],
  square: ['<rect x="14" y="14" width="36" height="36"/>', '#3a3'],
  triangle: ['<path d="M32 10 54 52 10 52z"/>', '#33d'],
} as const;

/** So many pictures of each shape, in its colour, moved and turned a little. */
async function shapes(each: number): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const [name, [shape, colour]] of Object.entries(SHAPES)) {
    for (let i = 0; i < each; i++) {
      const move = `translate(${((i * 7) % 13) - 6} ${((i * 5) % 11) - 5}) rotate(${(i * 37) % 60} 32 32)`;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="#${(0x888888 + 0x0a0a0a * (i % 9)).toString(16)}"/><g fill="${colour}" transform="${move}">${shape}</g></svg>`;
      files[`${name}/${i}.png`] = await sharp(Buffer.from(svg)).png().toBuffer();
    }
  }
  return files;
}

const view = (page: Page, name: string) => page.locator('nav').getByRole('link', { name, exact: true }).click();
const data = (page: Page) => page.getByRole('group', { name: 'Training data' });
const networks = (page: Page) => page.getByRole('region', { name: 'Network', exact: true });
const inUse = (page: Page) => expect(networks(page).getByRole('status')).toContainText(/Your network: .*shapes/);
const undo = (page: Page) => page.getByRole('button', { name: /^Undo the deletion/ }).first();

test('57 images in three easy classes are learned by the form’s defaults, and all of it is there again', async ({
  openPage,
}, info) => {
  test.setTimeout(900_000);
  const folder = await folderOf(
    Object.fromEntries(Object.entries(await shapes(19)).map(([name, bytes]) => [`shapes/${name}`, bytes])),
  );
  const page = await openPage('demo/#train');
  await data(page)
    .getByRole('radio', { name: /^Your own images/ })
    .check();
  await data(page).getByLabel('Choose a folder').setInputFiles(`${folder}/shapes`);
  await expect(data(page)).toContainText(/3 classes, 45 training images and 12 validation images/);
  await expect(data(page)).toContainText('57 images are saved in this browser');
  const panel = page.getByRole('region', { name: 'Train', exact: true });
  await expect(panel.getByText(/^Fits:/)).toBeVisible({ timeout: 180_000 });
  const begun = Date.now();
  await panel.getByRole('button', { name: 'Start training' }).click();
  await expect(panel.getByText('Done.', { exact: true })).toBeVisible({ timeout: 800_000 });
  info.annotations.push({ type: 'seconds', description: String((Date.now() - begun) / 1000) });
  const outcome = (await panel.locator('.outcome').textContent()) ?? '';
  info.annotations.push({ type: 'outcome', description: outcome });
  expect(Number(/right on ([\d.]+)%/.exec(outcome)?.[1])).toBeGreaterThan(80);
  expect(Number(/(\d+) updates/.exec(outcome)?.[1])).toBeGreaterThanOrEqual(100);
  expect(outcome).toMatch(/[23]\.\d times better than guessing, which gives 33%/);
  expect(outcome).toContain('It is saved in this browser as “shapes');
  await expectFits(page);
  await page.screenshot({ path: info.outputPath('done.png'), fullPage: true });
  const saving = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Save the project' }).click();
  const project = await (await saving).path();
  expect((await saving).suggestedFilename()).toBe('shapes.densenet.zip');
  await panel.getByRole('button', { name: 'Classify with it' }).click();
  await inUse(page);

  // The tab is closed, and the page's plain address opened again.
  await page.close();
  const again = await openPage('demo/', { beside: page });
  await inUse(again);
  await expect(again.getByRole('region', { name: 'Classify' }).getByRole('radio')).toHaveCount(3, { timeout: 180_000 });
  await view(again, 'Train');
  await expect(data(again)).toContainText(/3 classes, 45 training images and 12 validation images/);

  // What is deleted can be had back.
  await data(again).getByRole('button', { name: 'Remove the class square' }).click();
  await expect(data(again)).toContainText('2 classes');
  await undo(again).click();
  await expect(data(again)).toContainText('3 classes, 45 training images');
  await view(again, 'Classify');
  await networks(again)
    .getByRole('button', { name: /^Delete shapes/ })
    .click();
  // At once: the offer stands for ten seconds, and the bundled network may take longer.
  await undo(again).click();
  await expect(networks(again).getByRole('row')).toHaveCount(1 + 1);
  await inUse(again);
  await expect(again.getByRole('region', { name: 'Classify' }).getByRole('radio')).toHaveCount(3, { timeout: 180_000 });

  // The project opens in another browser, which has nothing of it: classes, images, the network and its curves.
  await again.close();
  const other = await openPage('demo/#train');
  const train = other.getByRole('region', { name: 'Train', exact: true });
  await expect(train.getByRole('button', { name: 'Save the project' })).toBeDisabled();
  const file = { name: 'shapes.densenet (1).zip', mimeType: 'application/zip', buffer: await readFile(project) };
  await train.getByLabel('Open a project').setInputFiles(file);
  await expect(train).toContainText('shapes.densenet (1).zip is open: 3 classes, 57 images. Its network is in use.');
  await expect(data(other)).toContainText(/shapes: 3 classes, 45 training images and 12 validation images/);
  await expect(train.getByRole('img', { name: /loss/i }).first()).toBeVisible();
  await expectFits(other);
  await other.screenshot({ path: info.outputPath('opened.png'), fullPage: true });

  // What cannot be read changes nothing, and says why.
  const damaged = { ...file, buffer: file.buffer.subarray(0, file.buffer.length / 2) };
  await train.getByLabel('Open a project').setInputFiles(damaged);
  await expect(train.getByRole('alert')).toContainText('shapes.densenet (1).zip');
  await expect(data(other)).toContainText(/3 classes, 45 training images/);
  await view(other, 'Classify');
  await inUse(other);
});

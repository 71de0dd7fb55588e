// DICOM files on the demo page: read by a worker of their own that is loaded with the first of them, seen through a window that can be
// changed, and refused in words. Nothing of a patient is on the page.

import { join } from 'node:path';
import type { Page } from 'playwright/test';
import { packageRoot } from '../../../cli/host/package-root.ts';
import { expect, test } from './page-test.ts';

const FOLDER = join(packageRoot, 'tests/dicom');
const firstResult = (page: Page) =>
  expect(page.getByRole('group', { name: /^Likeliest classes/ }).getByRole('radio')).toHaveCount(5, {
    timeout: 180_000,
  });
const choose = (page: Page, name: string) =>
  page.getByLabel('Choose images …').setInputFiles(join(FOLDER, `${name}.dcm`));

/** The mean of what is drawn of the picture. */
const light = (page: Page) =>
  page.locator('.picture canvas.base').evaluate((canvas) => {
    if (!(canvas instanceof HTMLCanvasElement)) return Number.NaN;
    const data =
      canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
    return data.reduce((sum, value) => sum + value, 0) / data.length;
  });

test('a DICOM file is shown through a window, by numbers and by dragging; a reader is loaded for the first one only', async ({
  openPage,
}) => {
  const loaded: string[] = [];
  // The test itself reads the canvas back.
  const page = await openPage('demo/', { console: /willReadFrequently/ });
  page.on('request', (request) => loaded.push(new URL(request.url()).pathname));
  await firstResult(page);
  expect(loaded.filter((path) => /dicom|codec|jpeg/.test(path))).toEqual([]);
  await choose(page, 'j2k-12');
  const window = page.getByRole('group', { name: 'Window of this DICOM file' });
  await expect(window).toContainText('Not for diagnosis', { timeout: 60_000 });
  const [centre, width] = [window.getByLabel('Centre'), window.getByLabel('Width')];
  await expect(width).toHaveValue(/^[1-9]/);
  const before = await light(page);
  await width.fill('100');
  await centre.fill('4000');
  await centre.blur();
  await expect.poll(() => light(page)).toBeLessThan(before - 20);
  await expect(centre).toHaveValue('4000');
  const box = await page.locator('.picture').boundingBox();
  if (!box) throw new Error('there is no picture');
  await page.mouse.move(box.x + 50, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 50, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await expect(centre).not.toHaveValue('4000');
  expect(Number(await centre.inputValue())).toBeLessThan(4000);
  await window.getByRole('button', { name: 'Whole range' }).click();
  await expect.poll(() => light(page)).toBeCloseTo(before, 0);
  await choose(page, 'jpeg-extended-12');
  await expect(page.getByRole('alert')).toContainText('of lossy JPEG only 8 are read');
  for (const name of ['palette-8', 'jpeg-ybr', 'jpeg-ls-12', 'rle-16-signed']) {
    await choose(page, name);
    await expect(page.getByRole('img', { name: new RegExp(name) })).toBeVisible({ timeout: 60_000 });
  }
  expect(await page.content()).not.toMatch(/secret/i);
});

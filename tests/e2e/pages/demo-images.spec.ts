// Images of the visitor's own on the demo page: a folder with all that people have in folders, drops and pastes, the table
// with its exports, the webcam, and classes of one's own to learn from.

import { readFile } from 'node:fs/promises';
import papaparse from 'papaparse';
import type { Page } from 'playwright/test';
import { clothes, folderOf, oddities } from '../fixtures/image-files.ts';
import { expect, expectFits, test } from './page-test.ts';

const firstResult = (page: Page) =>
  expect(page.getByRole('group', { name: /^Likeliest classes/ }).getByRole('radio')).toHaveCount(5, {
    timeout: 180_000,
  });
const table = (page: Page) => page.getByRole('table', { name: 'Your images' });
const panel = (page: Page) => page.getByRole('region', { name: 'Your images' });
const firstName = (page: Page) => table(page).getByRole('row').nth(1).getByRole('rowheader');

/** Addresses of objects that are not given back yet. */
const COUNT_URLS = `
  self.heldUrls = new Set();
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (object) => {
    const url = createObjectURL.call(URL, object);
    self.heldUrls.add(url);
    return url;
  };
  URL.revokeObjectURL = (url) => {
    self.heldUrls.delete(url);
    revokeObjectURL.call(URL, url);
  };`;

/** A camera whose picture changes: a canvas. \`self.cameraError\` is what a browser says where there is none. */
const CAMERA = `
  if (self.navigator.mediaDevices) {
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 240;
    let turn = 0;
    setInterval(() => {
      const context = canvas.getContext('2d');
      context.fillStyle = turn++ % 2 ? '#000' : '#222';
      context.fillRect(0, 0, 320, 240);
      context.fillStyle = '#ddd';
      context.fillRect(110, 40, 30, 160);
      context.fillRect(170, 40, 30, 160);
      context.fillRect(110, 40, 90, 50);
    }, 40);
    self.cameras = [];
    navigator.mediaDevices.getUserMedia = async () => {
      if (self.cameraError) throw new DOMException('', self.cameraError);
      const stream = canvas.captureStream();
      self.cameras.push(stream);
      return stream;
    };
  }`;

async function saved(page: Page, name: string): Promise<string> {
  const download = page.waitForEvent('download');
  await panel(page).getByRole('button', { name }).click();
  return readFile(await (await download).path(), 'utf8');
}

test('a folder becomes a table: classified, sorted, filtered, exported, opened; what cannot be read says why', async ({
  openPage,
}) => {
  const folder = await folderOf({ ...(await clothes(6)), ...(await oddities()) });
  const page = await openPage('demo/', { prelude: COUNT_URLS });
  await firstResult(page);
  await page.getByLabel('Choose a folder').setInputFiles(folder);
  const status = panel(page).getByRole('status').first();
  await expect(status).toHaveText(/^Done: 69 in all\. 5 could not be read\. 2 system files were skipped/, {
    timeout: 120_000,
  });

  const row = (name: string) => table(page).getByRole('row').filter({ hasText: name });
  const show = panel(page).getByRole('combobox', { name: 'Show' });
  await show.selectOption({ label: 'Not readable (5)' });
  await expect(table(page).getByRole('row')).toHaveCount(6);
  await expect(row('words.png')).toContainText('not an image');
  await expect(row('cut.jpg')).toContainText('truncated');
  await expect(row('phone.heic')).toContainText('does not decode HEIC');
  await expect(row('empty.png')).toContainText('empty');
  await expect(row('bomb.png')).toContainText('40,000 × 40,000');
  await show.selectOption('all');

  await expect(table(page).getByRole('row')).toHaveCount(51);
  const pages = page.getByRole('navigation', { name: 'Pages of the table' });
  await pages.getByRole('button', { name: 'Next' }).click();
  await expect(pages).toContainText('51 to 69 of 69');
  const byScore = table(page).getByRole('columnheader', { name: 'Probability' });
  await byScore.getByRole('button').click();
  await expect(byScore).toHaveAttribute('aria-sort', 'descending');
  await expect(pages).toContainText('1 to 50 of 69');
  const scores = await table(page)
    .getByRole('cell')
    .filter({ hasText: /^[\d.]+%$/ })
    .allTextContents();
  const numbers = scores.map(Number.parseFloat);
  expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
  await table(page).getByRole('button', { name: 'Name' }).click();
  await expect(firstName(page)).toHaveText('=1+1.png');
  await table(page).getByRole('button', { name: 'Name' }).click();
  await expect(table(page).getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'descending');

  const { data } = papaparse.parse<Record<string, string>>((await saved(page, 'Save as CSV')).replace(/^\ufeff/, ''), {
    header: true,
    skipEmptyLines: true,
  });
  expect(data).toHaveLength(69);
  const line = (name: string) => data.find(({ file }) => file?.endsWith(name));
  // Stored as 60 x 20, and turned by its EXIF orientation.
  expect([line('turned.jpg')?.width, line('turned.jpg')?.height]).toEqual(['20', '60']);
  expect(line('words.png')?.problem).toContain('not an image');
  const made = JSON.parse(await saved(page, 'Save as JSON'));
  const entry = (name: string) => made.images.find(({ file }: { file: string }) => file.endsWith(name));
  expect(entry('moving.gif').notes).toEqual(['first-frame']);
  expect(entry('deep.png').notes).toEqual(['eight-bits']);
  expect(entry('phone.heic').problem).toEqual({ kind: 'foreign-format', format: 'HEIC' });
  const clothing = made.images.filter(({ file }: { file: string }) => / \d\.png$/.test(file));
  const right = clothing.filter(({ file, scores }: { file: string; scores: { class: string }[] }) =>
    file.includes((scores[0]?.class ?? '').replace('/', '-')),
  );
  expect(clothing).toHaveLength(60);
  expect(right.length).toBeGreaterThan(40);

  await show.selectOption({ index: 1 });
  const opened = table(page).getByRole('button', { name: /^Show .* large$/ });
  await opened.first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(opened.nth(1)).toBeFocused();
  const name = await opened.nth(1).textContent();
  await page.keyboard.press('Enter');
  await expect(opened.nth(1)).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByRole('img', { name: `${name}) with the heat map` })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await expectFits(page);
  await panel(page).getByRole('button', { name: 'Clear the list' }).click();
  await expect(table(page)).toHaveCount(0);
  // The two downloads keep theirs for a minute; a table that is drawn late gives its own back when it goes.
  const held = () =>
    page.evaluate(() => {
      const urls: Set<string> = Reflect.get(globalThis, 'heldUrls');
      return urls.size;
    });
  await expect.poll(held, { timeout: 30_000 }).toBe(2);
});

test('images are dropped, pasted and cancelled; a single one that cannot be read says why', async ({ openPage }) => {
  const page = await openPage('demo/');
  await firstResult(page);
  const alert = page.getByRole('alert');
  const choose = page.getByLabel('Choose images');
  const { 'words.png': words = new Uint8Array(), 'turned.jpg': turned = new Uint8Array() } = await oddities();
  const given = (name: string, bytes: Uint8Array) => ({ name, mimeType: '', buffer: Buffer.from(bytes) });
  await choose.setInputFiles(given('words.png', words));
  await expect(alert).toContainText('words.png cannot be classified');
  await expect(alert).toContainText('not an image');

  const pasted = async (name: string, bytes: Uint8Array) =>
    page.evaluate(
      ([file, values]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(values)], file, { type: 'image/jpeg' }));
        document.body.dispatchEvent(
          new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
        );
      },
      [name, [...bytes]] as const,
    );
  await pasted('pasted.jpg', turned);
  await expect(page.getByRole('img', { name: /\(pasted\.jpg\)/ })).toBeVisible();
  await expect(alert).toHaveCount(0);

  // A folder out of the system's file manager, as far as a script can drop one.
  const some = Object.entries(await clothes(1)).map(([name, bytes]) => [name, [...bytes]] as const);
  await page.evaluate((files) => {
    const entryOf = (path: string, values?: readonly number[]): object => ({
      isFile: Boolean(values),
      isDirectory: !values,
      fullPath: path,
      file: (done: (file: File) => void) =>
        done(new File([Uint8Array.from(values ?? [])], path.split('/').at(-1) ?? '')),
      createReader: () => {
        const chunks = [files.slice(0, 4), files.slice(4), []];
        return {
          readEntries: (done: (entries: object[]) => void) =>
            done((chunks.shift() ?? []).map(([name, bytes]) => entryOf(`${path}/${name}`, bytes))),
        };
      },
    });
    DataTransferItem.prototype.webkitGetAsEntry = () => entryOf('/wardrobe') as FileSystemEntry;
    const data = new DataTransfer();
    data.items.add(new File([], 'wardrobe'));
    document
      .querySelector('h2')
      ?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, some);
  const status = panel(page).getByRole('status').first();
  await expect(status).toHaveText('Done: 10 in all.', { timeout: 120_000 });
  await expect(table(page).getByRole('rowheader', { name: 'Bag 1.png' })).toBeVisible();

  await choose.setInputFiles(Array.from({ length: 600 }, (_, i) => given(`${i}.jpg`, turned)));
  await panel(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(status).toHaveText(/^Stopped: \d+ of 600 are done\.$/);
  const done = Number(/\d+/.exec((await status.textContent()) ?? '')?.[0]);
  await panel(page).getByRole('button', { name: 'Resume' }).click();
  await expect.poll(async () => Number(/\d+/.exec((await status.textContent()) ?? '')?.[0])).toBeGreaterThan(done);
  await panel(page).getByRole('button', { name: 'Clear the list' }).click();
  await expect(panel(page)).toHaveCount(0);
});

test('the webcam is classified live, kept, stopped, and refused in a sentence', async ({ openPage }) => {
  const page = await openPage('demo/', { prelude: CAMERA, width: 390 });
  await firstResult(page);
  const start = page.getByRole('button', { name: 'Webcam', exact: true });
  await page.evaluate(() => Object.assign(globalThis, { cameraError: 'NotAllowedError' }));
  await start.click();
  await expect(page.getByRole('alert')).toContainText('may not use the camera');
  await page.evaluate(() => Object.assign(globalThis, { cameraError: undefined }));
  await start.click();
  await expect(page.getByText(/images per second$/)).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  const heat = () => page.locator('.camera canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const before = await heat();
  await expect.poll(heat).not.toBe(before);
  await expectFits(page);
  await page.getByRole('button', { name: 'Keep this picture' }).click();
  await expect(page.getByRole('img', { name: /Webcam picture/ })).toBeVisible();
  const live = () =>
    page.evaluate(() => {
      const cameras: MediaStream[] = Reflect.get(globalThis, 'cameras');
      return cameras.filter(({ active }) => active).length;
    });
  expect(await live()).toBe(0);
  await start.click();
  await page.getByRole('button', { name: 'Stop the webcam' }).click();
  expect(await live()).toBe(0);
  await start.click();
  await expect.poll(live).toBe(1);
  await page.getByRole('link', { name: 'Train' }).click();
  await expect.poll(live).toBe(0);
});

test('class folders, files and the webcam make classes to learn from', async ({ openPage }) => {
  const wardrobe = await clothes(5);
  const files = Object.entries(wardrobe).filter(([name]) => /^(Bag|Sandal|Trouser)/.test(name));
  const broken = { 'Bag/broken.png': new TextEncoder().encode('none'), 'notes.txt': new Uint8Array([65]) };
  const folder = await folderOf({
    ...Object.fromEntries(files.map(([name, bytes]) => [`${name.split(' ')[0]}/${name}`, bytes])),
    ...broken,
  });
  const page = await openPage('demo/#train', { prelude: CAMERA });
  const data = page.getByRole('group', { name: 'Training data' });
  await expect(data).toContainText('Fashion-MNIST: 10 classes, 5,000 training images and 1,000 validation images');
  await data.getByRole('radio', { name: /^Your own images/ }).check();
  await expect(data).toContainText('No class yet');
  await data.getByLabel('Choose a folder').setInputFiles(folder);
  await expect(data).toContainText(/3 classes, 13 training images and 3 validation images\. Bag, Sandal, Trouser/);
  await expect(data).toContainText('1 skipped: not in a class folder');
  const card = (name: string) =>
    data
      .getByRole('listitem')
      .filter({ has: page.getByRole('textbox') })
      .filter({ has: page.getByLabel(`Add files to ${name}`) });
  // Six small pictures, one of which cannot be made.
  await expect(card('Bag').getByText('not readable')).toBeVisible();
  await card('Bag')
    .getByRole('button', { name: /^Delete .*broken\.png$/ })
    .click();
  await expect(card('Bag')).toContainText('4 training, 1 validation');
  await card('Trouser').getByLabel('Use it').uncheck();
  await expect(data).toContainText('2 classes, 8 training images');

  await data.getByRole('button', { name: 'Add a class' }).click();
  await expect(data).toContainText('“Class 4” has no image');
  await card('Class 4').getByLabel('Name of the class').fill('hand');
  await data.getByRole('button', { name: 'Webcam', exact: true }).click();
  const record = data.getByRole('button', { name: 'Hold to record hand' });
  await record.focus();
  await page.keyboard.down('Space');
  await expect(card('hand').getByRole('button', { name: /^Delete/ })).not.toHaveCount(0);
  await expect
    .poll(() =>
      card('hand')
        .getByRole('button', { name: /^Delete/ })
        .count(),
    )
    .toBeGreaterThan(5);
  await page.keyboard.up('Space');
  await expect(data).toContainText(/3 classes, \d+ training images/);
  const counts = await card('hand')
    .getByText(/\d+ training, \d+ validation$/)
    .textContent();
  await page.waitForTimeout(400);
  await expect(card('hand')).toContainText(counts ?? '');
  await expectFits(page);
});

// `densenet data` as a user runs it: what it says of good folders, of bad ones, and of options that cannot be.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { classes, scratch } from '../../tests/fixtures/image-folders.ts';
import { buildDensenet, densenet } from '../densenet-process.ts';

const { folder, root, remove } = scratch('data-command');
afterAll(remove);

let photos = '';
beforeAll(async () => {
  buildDensenet();
  photos = await folder({
    ...classes(['cat', 'dog'], 6),
    ...classes(['cow\u001b[2J & <calf>'], 1, { seed: 50 }),
    'cat/copy.png': { seed: 1002 },
    'dog/text.jpg': 'no image',
  });
}, 60_000);

const data = (...args: string[]) => densenet('data', ...args, '--cache', join(root, 'cache'));

test('counts, sizes, duplicates, unusable files and warnings', async () => {
  const { code, out } = await data(photos, '--val-split', '0.3', '--seed', '4');
  expect(code).toBe(0);
  expect(out).toMatch(/^images {6}14: 10 train, 4 validation$/m);
  expect(out).toMatch(/^class +train +validation\ncat +\d +\d$/m);
  expect(out).toMatch(/^duplicates {2}1 image is there more than once$/m);
  expect(out).toMatch(/^ {2}cat\/copy\.png = dog\/2\.png$/m);
  expect(out).toMatch(/^ {2}dog\/text\.jpg: not an image that can be decoded: is a text file/m);
  expect(out).toMatch(/fewer than 20 training images of cat/);
  expect(out).toMatch(/1 time the very same image has different labels: cat\/copy\.png, dog\/2\.png/);
  expect(out).not.toContain('\u001b');
});

test('JSON, a contact sheet, and the loader', { timeout: 60_000 }, async () => {
  const sheet = join(root, 'sheet.png');
  const { code, out, err } = await data(
    photos,
    '--json',
    '--contact-sheet',
    sheet,
    '--simulate-step',
    '2',
    '--batch',
    '4',
  );
  expect([code, err]).toEqual([0, expect.stringContaining(`wrote ${sheet}`)]);
  const report = JSON.parse(out);
  expect(report).toMatchObject({
    source: { kind: 'folder', path: photos },
    task: 'single-label',
    images: { train: 14 },
    channels: 3,
    height: 7,
    width: 9,
    sizes: [{ height: 7, width: 9, count: 14 }],
    problems: [{ path: 'dog/text.jpg' }],
    loader: { batch: 4, stepMilliseconds: 2, waitShare: expect.any(Number), readPerSecond: expect.any(Number) },
  });
  expect(report.classes.map((one: { name: string; counts: object }) => [one.name, one.counts])).toEqual([
    ['cat', { train: 7 }],
    ['cow\u001b[2J & <calf>', { train: 1 }],
    ['dog', { train: 6 }],
  ]);
  const { width, height, format } = await sharp(readFileSync(sheet)).metadata();
  expect([format, width, height]).toEqual(['png', 1004, 360]);
});

test('what cannot be is an error with exit code 2, before anything is decoded', async () => {
  for (const [args, words] of [
    [[join(root, 'nowhere')], /data: .*is no file or folder/],
    [[photos, '--size', '0'], /--size.*number of pixels/],
    [[photos, '--val-split', '2'], /--val-split.*below 1/],
    [[photos, '--bad-share', '0'], /badShare: 0 is exceeded: at least 1 of 15 images cannot be used: dog\/text.jpg/],
    [[photos, '--contact-sheet', join(root, 'no/such/folder.png')], /--contact-sheet.*no such folder/],
  ] as const) {
    const { code, err } = await data(...args);
    expect([code, err]).toEqual([2, expect.stringMatching(words)]);
  }
  expect(existsSync(join(root, 'no'))).toBe(false);
});

test('a data set as one file, which is opened like any other, and which replaces nothing', async () => {
  const file = join(root, 'photos.npz');
  const { code, err } = await data(photos, '--size', '6x5', '--val-split', '0.3', '--write', file);
  expect([code, err]).toEqual([0, expect.stringContaining(`wrote ${file}: 9 train, 5 validation images`)]);
  const [again, once, other] = await Promise.all([
    data(file, '--json'),
    data(photos, '--write', file),
    data(photos, '--write', join(root, 'photos.zip')),
  ]);
  expect(JSON.parse(again.out)).toMatchObject({
    source: { kind: 'npz' },
    images: { train: 9, validation: 5 },
    channels: 3,
    height: 6,
    width: 5,
    classes: [{ name: 'cat' }, { name: expect.stringContaining('cow') }, { name: 'dog' }],
  });
  expect([once.code, once.err]).toEqual([2, expect.stringMatching(/--write: .*already exists/)]);
  expect([other.code, other.err]).toEqual([2, expect.stringMatching(/--write: .*must end in \.npz/)]);
});

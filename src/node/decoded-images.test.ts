// Decoded images on the disk: used again, damaged, half written, by several processes at once, and on disks that are full.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { classes, picture, scratch } from '../../tests/fixtures/image-folders.ts';
import { chooseSize } from '../data/choose-size.ts';
import { inMemory } from '../data/dataset.ts';
import { ConfigError, DataError, StorageError } from '../runtime/errors.ts';
import { fingerprint } from '../training/fingerprint.ts';
import { DecodePool } from './decode-pool.ts';
import type { DecodeOptions } from './decode-queue.ts';
import { decodeTask } from './decode-task.ts';
import { type DecodedImages, decodeImages } from './decoded-images.ts';
import { listFiles } from './file-sets.ts';
import type { ImageFile } from './image-files.ts';

const { folder, remove } = scratch('decoded-images');
afterAll(remove);

const COUNT = 12;
/** Of an image of 9 x 7 pixels. */
const BYTES = 189;
let files: readonly ImageFile[] = [];
let images = '';
/** All pixels, decoded one by one. */
let expected = new Uint8Array();

beforeAll(async () => {
  images = await folder(classes(['a', 'b'], COUNT / 2));
  ({ files } = await listFiles(images, {}));
  const decoded = await Promise.all(
    files.map((file) =>
      decodeTask({
        file,
        input: { channels: 3, height: 7, width: 9 },
        options: { colourProfile: 'ignore', exifOrientation: 'apply' },
      }),
    ),
  );
  expected = Uint8Array.from(decoded.flatMap((outcome) => (outcome.kind === 'image' ? [...outcome.image.pixels] : [])));
});

const options = (cacheDir: string | undefined, more: Partial<DecodeOptions> = {}): DecodeOptions => ({
  wanted: {},
  pictures: { colourProfile: 'ignore', exifOrientation: 'apply' },
  memory: 1e9,
  cacheDir,
  badShare: 0.05,
  ...more,
});

async function all(set: DecodedImages): Promise<Uint8Array> {
  const pixels = new Uint8Array(set.count * BYTES);
  await set.read([...Array(set.count).keys()], pixels);
  return pixels;
}

/** Opens, reads all pixels, closes. */
async function contents(dir: string | undefined, more: Partial<DecodeOptions> = {}, own = files) {
  const set = await decodeImages(own, options(dir, more));
  const pixels = await all(set);
  set.close();
  return { pixels, reused: set.reused, inMemory: set.inMemory, unkept: set.unkept };
}

const cached = (dir: string) => readdirSync(dir).map((name) => join(dir, name));

describe.each([
  ['in memory', 1e9],
  ['on the disk', 100],
])('%s', (where, memory) => {
  test('a second run finds them, and reads the same', async () => {
    const dir = await folder();
    const first = await contents(dir, { memory });
    expect([first.reused, first.inMemory, first.unkept]).toEqual([false, where === 'in memory', undefined]);
    expect(first.pixels).toEqual(expected);
    const second = await contents(dir, { memory });
    expect([second.reused, second.inMemory]).toEqual([true, where === 'in memory']);
    expect(second.pixels).toEqual(expected);
    expect(cached(dir)).toHaveLength(1);
    expect(statSync(cached(dir)[0] ?? '').mode & 0o077).toBe(0);
  });

  test('any order, with neighbours and repeats', async () => {
    const set = await decodeImages(files, options(await folder(), { memory }));
    const indices = [3, 4, 5, 11, 0, 0, 1, 7];
    const into = new Uint8Array(indices.length * BYTES + 5).fill(77);
    await set.read(indices, into);
    for (const [slot, index] of indices.entries()) {
      expect(into.subarray(slot * BYTES, (slot + 1) * BYTES)).toEqual(
        expected.subarray(index * BYTES, (index + 1) * BYTES),
      );
    }
    expect([...into.subarray(-5)]).toEqual([77, 77, 77, 77, 77]);
    set.close();
  });

  test('damage anywhere in the file is found, and mended', async () => {
    const dir = await folder();
    await contents(dir, { memory });
    const [path = ''] = cached(dir);
    const good = readFileSync(path);
    const places = [
      0,
      BYTES * 5 + 3,
      BYTES * COUNT - 1,
      BYTES * COUNT + 1,
      good.length - 70,
      good.length - 40,
      good.length - 60,
      good.length - 1,
    ];
    for (const at of places) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(path, bad);
      const { pixels } = await contents(dir, { memory });
      expect(pixels, `byte ${at}`).toEqual(expected);
      // The next one finds a whole file, or none.
      expect((await contents(dir, { memory })).pixels).toEqual(expected);
      expect(readFileSync(path).equals(good), `byte ${at}`).toBe(true);
    }
    for (const length of [0, 10, 64, BYTES * COUNT, good.length - 1]) {
      writeFileSync(path, good.subarray(0, length));
      expect((await contents(dir, { memory })).pixels).toEqual(expected);
      expect(readFileSync(path).equals(good)).toBe(true);
    }
  });

  test('an ended process leaves half a file: it is cleared, and another is made', async () => {
    const dir = await folder();
    await contents(dir, { memory });
    const [path = ''] = cached(dir);
    const half = join(dir, '.0123456789abcdef.00000000-999999999-0.partial');
    writeFileSync(half, 'half');
    utimesSync(half, 1, 1);
    const old = join(dir, `${'f'.repeat(32)}.images`);
    writeFileSync(old, 'old');
    utimesSync(old, 1, 1);
    rmSync(path);
    expect((await contents(dir, { memory })).pixels).toEqual(expected);
    expect(cached(dir)).toEqual([path]);
  });

  test('several at once do not disturb each other', async () => {
    const dir = await folder();
    const sets = await Promise.all(Array.from({ length: 5 }, () => contents(dir, { memory })));
    for (const { pixels } of sets) expect(pixels).toEqual(expected);
    expect(cached(dir)).toHaveLength(1);
  });
});

test('memory stays within the budget: a set of any size is read from the disk', async () => {
  const { inMemory } = await contents(await folder(), { memory: COUNT * BYTES });
  expect(inMemory).toBe(true);
  expect((await contents(await folder(), { memory: COUNT * BYTES - 1 })).inMemory).toBe(false);
  await expect(contents(undefined, { memory: 10 })).rejects.toThrow(
    /need 0.0 MB, more than may be held in memory, and there is no cache folder/,
  );
});

test('what changes a pixel, changes the cache: files, their times, the size, the channels', async () => {
  const dir = await folder();
  await contents(dir);
  const wanted = { channels: 1, height: 7, width: 27 };
  await contents(dir, { wanted });
  expect(cached(dir)).toHaveLength(2);
  await contents(dir, { pictures: { colourProfile: 'ignore', exifOrientation: 'ignore' } });
  await contents(dir, {}, files.slice(1));
  expect(cached(dir)).toHaveLength(4);
  // Labels, groups and parts are no pixels.
  expect(
    (
      await contents(
        dir,
        {},
        files.map((file) => ({ ...file, label: 1, part: 'test' as const })),
      )
    ).reused,
  ).toBe(true);
});

test('digests of parts are computed while decoding, and again for other parts', async () => {
  const dir = await folder();
  const parts = files.map((file, i) => ({ ...file, part: i % 3 === 0 ? ('test' as const) : ('train' as const) }));
  const rows = (part: string) => parts.flatMap((file, i) => (file.part === part ? [i] : []));
  for (const own of [parts, files, parts]) {
    const set = await decodeImages(own, options(dir, { memory: 100 }));
    for (const part of ['train', 'test']) {
      const pixels = Uint8Array.from(
        rows(part).flatMap((row) => [...expected.subarray(row * BYTES, (row + 1) * BYTES)]),
      );
      const images = {
        count: rows(part).length,
        channels: 3,
        height: 7,
        width: 9,
        pixels,
        labels: new Int32Array(),
        classNames: [],
      };
      const digest = (await fingerprint(inMemory(images))).pixels;
      expect(await set.digest(rows(part))).toBe(digest);
      expect(set.partDigests(parts)?.[part === 'train' ? 0 : 2] ?? digest).toBe(digest);
    }
    set.close();
  }
});

describe('disks that cannot keep them', () => {
  const full = async () => 1000;

  test('are an error with advice where memory cannot either, before anything is decoded', async () => {
    let decoded = 0;
    const refused = contents(await folder(), {
      memory: 100,
      free: full,
      onProgress: ({ stage }) => {
        decoded += stage === 'decode' ? 1 : 0;
      },
    });
    await expect(refused).rejects.toThrow(
      /no space left for 0.0 MB; choose a folder on a larger disk \(`cacheDir`.*a smaller `size`/,
    );
    await expect(refused).rejects.toMatchObject({ code: 'storage', reason: 'full' });
    expect(decoded).toBe(0);
  });

  test('are a note where memory can', async () => {
    const { pixels, unkept } = await contents(await folder(), { free: full });
    expect(pixels).toEqual(expected);
    expect(unkept).toMatch(/cannot keep the decoded images \(no space left.*the next run decodes them again/);
  });

  test('a folder that is a file, or below one', async () => {
    const path = join(await folder({ file: 'x' }), 'file', 'cache');
    expect((await contents(path)).unkept).toMatch(/cannot keep/);
    await expect(contents(path, { memory: 10 })).rejects.toThrow(StorageError);
  });
});

describe('files that change while they are decoded', () => {
  const changed = async (change: (path: string) => void | Promise<void>) => {
    const path = await folder(classes(['a', 'b'], 3));
    const listed = await listFiles(path, {});
    await change(join(path, 'b/1.png'));
    return contents(await folder(), {}, listed.files);
  };

  test('are errors that name them: gone, rewritten, cut', async () => {
    await expect(changed((path) => rmSync(path))).rejects.toThrow(
      /b\/1\.png: .*is gone since the folder was listed; run again/,
    );
    await expect(changed((path) => renameSync(path, `${path}.old`))).rejects.toThrow(DataError);
    await expect(changed(async (path) => writeFileSync(path, await picture('x.png', { seed: 77 })))).rejects.toThrow(
      /b\/1\.png: .*was changed while it was read/,
    );
    await expect(changed((path) => truncateSync(path, 20))).rejects.toThrow(/was changed/);
  });

  test('after they were decoded they are not needed, and found anew by the next run', async () => {
    const dir = await folder();
    const path = await folder(classes(['a'], 4));
    const listed = await listFiles(path, {});
    const set = await decodeImages(listed.files, options(dir, { memory: 10 }));
    rmSync(join(path, 'a/2.png'));
    writeFileSync(join(path, 'a/3.png'), await picture('x.png', { seed: 5 }));
    expect((await all(set)).length).toBe(4 * BYTES);
    // Unless the decoded copy is damaged too.
    const [copy = ''] = cached(dir);
    const again = await decodeImages(listed.files, options(dir, { memory: 10 }));
    writeFileSync(copy, readFileSync(copy).fill(0, 2 * BYTES, 2 * BYTES + 4));
    await expect(all(again)).rejects.toThrow(/decoded copy of .*a\/2\.png is damaged, and its own file is gone/);
    again.close();
    await expect(again.read([0], new Uint8Array(BYTES))).rejects.toThrow(/was closed; open it again/);
    set.close();
  });
});

test('bad images are skipped, kept in mind, and counted', async () => {
  const dir = await folder();
  const path = await folder({ ...classes(['a'], 5), 'a/bad.jpg': 'text', 'a/empty.png': '' });
  const listed = await listFiles(path, {});
  for (const reused of [false, true]) {
    const set = await decodeImages(listed.files, options(dir, { badShare: 0.5 }));
    expect([set.count, set.reused, set.info.problems.map(({ file }) => listed.files[file]?.name)]).toEqual([
      5,
      reused,
      ['a/bad.jpg', 'a/empty.png'],
    ]);
    expect(set.table.row(4).file).toBe(4);
  }
  await expect(decodeImages(listed.files, options(dir, { badShare: 0.2 }))).rejects.toThrow(ConfigError);
});

test('an abort ends it, and leaves nothing', async () => {
  const dir = await folder();
  const abort = new AbortController();
  const decoding = decodeImages(
    files,
    options(dir, { signal: abort.signal, onProgress: ({ done }) => done === 4 && abort.abort() }),
  );
  await expect(decoding).rejects.toThrow(/abort/i);
  expect(cached(dir)).toEqual([]);
});

test('ten thousand files, in little memory', async () => {
  const path = await folder();
  mkdirSync(join(path, 'a'));
  const first = join(await folder({ 'x.png': { width: 2, height: 2 } }), 'x.png');
  for (let i = 0; i < 10_000; i++) linkSync(first, join(path, 'a', `${i}.png`));
  const { files: many } = await listFiles(path, {});
  expect([many.length, many[1]?.name, many[2]?.name]).toEqual([10_000, 'a/1.png', 'a/10.png']);
  const set = await decodeImages(many.slice(0, 300), options(await folder(), { memory: 100 }));
  expect([set.count, set.inMemory]).toEqual([300, false]);
  set.close();
});

test('threads give the same pixels, also of bad files, and may end', async () => {
  execFileSync(process.execPath, [
    fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url)),
    '--if-stale',
    'decode-worker',
  ]);
  const workerFile = fileURLToPath(new URL('../../dist/decode-worker.js', import.meta.url));
  expect(existsSync(workerFile)).toBe(true);
  const pool = { threads: 2, workerFile };
  expect((await contents(await folder(), { pool, memory: 100 })).pixels).toEqual(expected);
  const path = await folder({ ...classes(['a'], 3), 'a/bad.jpg': 'text' });
  const { files: own } = await listFiles(path, {});
  const [threaded, here] = await Promise.all(
    [pool, { threads: 0 }].map(async (each) => decodeImages(own, options(undefined, { pool: each, badShare: 1 }))),
  );
  expect(threaded?.info.problems).toEqual(here?.info.problems);
  const ended = await DecodePool.open(pool);
  const [file] = files;
  if (!file) throw new Error('no files');
  const running = ended.run({
    file: { path: file.path, bytes: file.bytes, mtimeMs: file.mtimeMs },
    options: { colourProfile: 'ignore', exifOrientation: 'apply' },
  });
  expect(await running).toMatchObject({ kind: 'probe', probe: { width: 9, height: 7 } });
  await ended.close();
});

test('the size that fits most images', () => {
  const sizes = (...sides: [number, number][]) => chooseSize(sides.map(([height, width]) => ({ height, width })));
  expect(sizes([28, 28], [28, 28])).toMatchObject({ height: 28, width: 28 });
  expect(sizes([256, 256], [256, 256])).toMatchObject({ height: 256, width: 256 });
  expect(sizes([3000, 4000], [3000, 4000])).toMatchObject({ height: 224, width: 224 });
  expect(sizes([3000, 4000], [4000, 3000])).toMatchObject({ height: 224, width: 224 });
  expect(sizes([100, 130], [110, 120])).toMatchObject({ height: 96, width: 96 });
  expect(sizes([8, 9], [9, 8])).toMatchObject({ height: 32, width: 32 });
  // One thumbnail among photographs decides nothing.
  expect(sizes(...Array.from({ length: 19 }, (): [number, number] => [480, 640]), [20, 20])).toMatchObject({
    height: 224,
  });
});

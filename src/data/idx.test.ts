// IDX: what is read, and that every damage names the file, the byte and what is wrong there.
import { describe, expect, it } from 'vitest';
import { DataError } from '../runtime/errors.ts';
import { createRandom } from '../runtime/random.ts';
import { type DataFile, readIdx, readImages, readLabelledImages, readLabels } from './idx.ts';

function idx(shape: readonly number[], values: readonly number[], type = 8): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + values.length);
  bytes.set([0, 0, type, shape.length]);
  const view = new DataView(bytes.buffer);
  shape.forEach((size, axis) => {
    view.setUint32(4 + 4 * axis, size);
  });
  bytes.set(values, 4 + 4 * shape.length);
  return bytes;
}
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const images: DataFile = { name: 'images', bytes: idx([3, 2, 2], range(12)) };
const labels: DataFile = { name: 'labels', bytes: idx([3], [1, 0, 2]) };
const names = ['a', 'b', 'c'];

describe('idx', () => {
  it('reads labelled images', () => {
    expect(readLabelledImages(images, labels, { names })).toEqual({
      count: 3,
      channels: 1,
      height: 2,
      width: 2,
      pixels: Uint8Array.from(range(12)),
      labels: Int32Array.of(1, 0, 2),
      classNames: names,
    });
  });

  it('reads colour images, and a file inside a larger buffer', () => {
    const file = idx([1, 3, 1, 2], range(6));
    const padded = new Uint8Array(file.length + 9).fill(255);
    padded.set(file, 5);
    const bytes = padded.subarray(5, 5 + file.length);
    expect(readImages({ name: 'i', bytes })).toEqual({
      count: 1,
      channels: 3,
      height: 1,
      width: 2,
      pixels: Uint8Array.from(range(6)),
    });
  });

  it('reads images whose channels come last where only the last axis can be theirs', () => {
    const last = { name: 'i', bytes: idx([2, 5, 2, 3], range(60)) };
    const { pixels, ...size } = readImages(last);
    expect(size).toEqual({ count: 2, channels: 3, height: 5, width: 2 });
    const at = (n: number, y: number, x: number, c: number) => ((n * 5 + y) * 2 + x) * 3 + c;
    const planar = [0, 1].flatMap((n) =>
      [0, 1, 2].flatMap((c) => range(5).flatMap((y) => range(2).map((x) => at(n, y, x, c)))),
    );
    expect([...pixels]).toEqual(planar);
    expect(readImages({ name: 'i', bytes: idx([1, 3, 5, 3], range(45)) })).toMatchObject({
      channels: 3,
      height: 5,
      width: 3,
    });
  });

  it('calls classes by number where nothing names them: one more than the largest label', () => {
    const letters = { name: 'letters', bytes: idx([3], [1, 26, 2]) };
    const read = readLabelledImages(images, letters);
    expect([read.classNames.length, read.classNames[26], [...read.labels]]).toEqual([27, '26', [1, 26, 2]]);
  });

  const cut = (file: DataFile, length: number) => ({ ...file, bytes: file.bytes.slice(0, length) });
  const longer = { name: 'images', bytes: Uint8Array.of(...images.bytes, 1) };
  it.each<[string, () => unknown, string, number, RegExp]>([
    ['an empty file', () => readIdx(new Uint8Array(), 'f'), 'f', 0, /ends inside/],
    ['a cut header', () => readImages(cut(images, 9)), 'images', 9, /sizes of 3 dimensions/],
    ['cut values', () => readImages(cut(images, 20)), 'images', 20, /3 x 2 x 2 needs 12 bytes of values, 4 are there/],
    ['trailing bytes', () => readImages(longer), 'images', 28, /1 bytes follow/],
    [
      'another format',
      () => readIdx(Uint8Array.of(0x89, 0x50, 0x4e, 0x47), 'f'),
      'f',
      0,
      /is a picture; an IDX file is needed/,
    ],
    ['gzip', () => readIdx(Uint8Array.of(0x1f, 0x8b, 8, 0), 'f'), 'f', 0, /inflate/],
    ['another type', () => readIdx(idx([1], [0, 0, 0, 0], 0x0d), 'f'), 'f', 2, /type 0d/],
    ['no dimension', () => readIdx(idx([], []), 'f'), 'f', 3, /0 dimensions/],
    ['sizes past any file', () => readIdx(idx([2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1], []), 'f'), 'f', 16, /truncated/],
    ['labels as images', () => readImages(labels), 'labels', 3, /a file of labels; images have 3 or 4/],
    ['images as labels', () => readLabels(images), 'images', 3, /a file of images; labels have 1/],
    ['no image', () => readImages({ name: 'f', bytes: idx([0, 28, 28], []) }), 'f', 4, /no image/],
    [
      'counts that differ',
      () => readLabelledImages(images, { name: 'two', bytes: idx([2], [0, 1]) }, { names }),
      'two',
      4,
      /2 labels for the 3 images of images/,
    ],
    [
      'a label without a class',
      () => readLabelledImages(images, labels, { names: ['a', 'b'] }),
      'labels',
      10,
      /label 2 of image 2 is out of range: the 2 classes are 0 to 1/,
    ],
  ])('refuses %s', (_, read, file, offset, problem) => {
    const error = thrownBy(read);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ file, offset, message: expect.stringMatching(problem) });
  });

  it('survives random damage: it reads or throws a DataError', () => {
    const random = createRandom(3);
    for (let round = 0; round < 2000; round++) {
      const bytes = images.bytes.slice(0, round % 2 ? images.bytes.length : random.uint32() % images.bytes.length);
      if (bytes.length > 0) bytes[random.uint32() % bytes.length] = random.uint32() & 0xff;
      const error = thrownBy(() => readImages({ name: 'f', bytes }));
      if (error !== undefined) expect(error).toBeInstanceOf(DataError);
    }
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

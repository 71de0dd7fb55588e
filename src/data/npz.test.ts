// Archives as NumPy writes them, and archives that lie.
import { execFileSync } from 'node:child_process';
import { type Zippable, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { missingFor, PYTHON } from '../../tests/fixtures/python.ts';
import { npy } from '../../tests/fuzz/good-files.ts';
import { DataError } from '../runtime/errors.ts';
import { type AnyLabelledImages, inMemory } from './dataset.ts';
import { readNpz, writeNpz } from './npz.ts';
import { readZipEntry, zipEntries } from './unzip.ts';

const array = (shape: readonly number[], values: ArrayLike<number>, descr = '|u1') =>
  npy(
    `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }\n`,
    Uint8Array.from(values),
  );
const bytes = (count: number, of = (i: number) => i % 256) => Uint8Array.from({ length: count }, (_, i) => of(i));
const medmnist = (changes: Zippable = {}): Uint8Array =>
  zipSync({
    'train_images.npy': array([3, 2, 2], bytes(12)),
    'train_labels.npy': array([3, 1], [0, 2, 1]),
    'val_images.npy': array([1, 2, 2], bytes(4)),
    'val_labels.npy': array([1, 1], [1]),
    'test_images.npy': array([2, 2, 2], bytes(8)),
    'test_labels.npy': array([2, 1], [2, 0]),
    ...changes,
  });

test('MedMNIST: three parts, one class per image', () => {
  const { train, validation, test: held } = readNpz(medmnist(), 'x.npz');
  expect(train).toMatchObject({
    count: 3,
    channels: 1,
    height: 2,
    width: 2,
    labels: Int32Array.of(0, 2, 1),
    classNames: ['0', '1', '2'],
  });
  expect([...train.pixels]).toEqual([...bytes(12)]);
  expect([validation?.count, held?.count, [...(held?.labels ?? [])]]).toEqual([1, 2, [2, 0]]);
  expect(readNpz(medmnist(), 'x.npz', ['a', 'b', 'c']).validation?.classNames).toEqual(['a', 'b', 'c']);
});

test('colours come last in the file, and first in memory', () => {
  const images = { 'train_images.npy': array([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]), 'train_labels.npy': array([1], [0]) };
  const { train, test: held } = readNpz(zipSync(images), 'x.npz');
  expect([train.channels, train.height, train.width, ...train.pixels, held]).toEqual([
    3,
    1,
    2,
    1,
    4,
    2,
    5,
    3,
    6,
    undefined,
  ]);
});

test('several labels per image; 64-bit labels; Keras names', () => {
  const multi = zipSync({
    'train_images.npy': array([2, 1, 1], [7, 8]),
    'train_labels.npy': array([2, 3], [0, 1, 1, 0, 0, 0]),
  });
  expect(readNpz(multi, 'x.npz').train.labels).toEqual(Float32Array.of(0, 1, 1, 0, 0, 0));
  const keras = zipSync({
    'x_train.npy': array([2, 1, 1], [7, 8]),
    'y_train.npy': array([2], [3, ...bytes(7, () => 0), 1, ...bytes(7, () => 0)], '<i8'),
  });
  expect(readNpz(keras, 'mnist.npz').train).toMatchObject({
    labels: Int32Array.of(3, 1),
    classNames: ['0', '1', '2', '3'],
  });
});

test.each<[string, Zippable, RegExp]>([
  ['a shape that lies', { 'train_images.npy': array([300, 2, 2], bytes(12)) }, /needs 1200 bytes, 12 are there/],
  ['a shape of terabytes', { 'train_images.npy': array([4e9, 4e4, 4e4], bytes(12)) }, /12 are there/],
  [
    'fewer labels than images',
    { 'train_labels.npy': array([2, 1], [0, 1]) },
    /train_labels: at byte 0: 2 labels for 3 images/,
  ],
  [
    'a negative label',
    {
      'val_labels.npy': array(
        [1],
        bytes(8, () => 255),
        '<i8',
      ),
    },
    /label -1 of image 0 is out of range/,
  ],
  [
    'labels of several classes that are no 0 or 1',
    {
      'train_labels.npy': array([3, 2], [0, 1, 2, 0, 1, 1]),
      'val_labels.npy': array([1, 2], [0, 1]),
      'test_labels.npy': array([2, 2], [0, 1, 1, 0]),
    },
    /label 2 of image 1 is out of range.*each is 0 or 1/,
  ],
  [
    'another number of labels',
    { 'val_labels.npy': array([1, 4], [0, 1, 1, 0]) },
    /4 labels per image, but the training images have 1/,
  ],
  [
    'another size',
    { 'val_images.npy': array([1, 4, 1], bytes(4)) },
    /images of 1 x 4 x 1, but the training images are 1 x 2 x 2/,
  ],
  ['volumes', { 'train_images.npy': array([3, 2, 2, 2], bytes(24)) }, /U8 of shape \[3, 2, 2, 2\]; images are U8/],
  ['images of floats', { 'train_images.npy': array([3, 1, 1], bytes(12), '<f4') }, /F32 of shape/],
  ['labels of floats', { 'train_labels.npy': array([3], bytes(12), '<f4') }, /dtype F32 where integers are needed/],
  ['an array that is none', { 'test_images.npy': bytes(30) }, /not a NumPy array file/],
])('%s is an error that names the array', (_, changes, words) => {
  const read = () => readNpz(medmnist(changes), 'x.npz');
  expect(read).toThrow(words);
  expect(read).toThrow(DataError);
});

test('class names that are given must cover the labels', () => {
  expect(() => readNpz(medmnist(), 'x.npz', ['a', 'b'])).toThrow(
    /train_labels: at byte 0: label 2 of image 1 is out of range: the 2 classes/,
  );
});

test('an archive without the arrays, and one that is none', () => {
  expect(() => readNpz(zipSync({ 'a.npy': array([1], [0]) }), 'x.npz')).toThrow(
    /no array train_images.*its arrays are a/,
  );
  expect(() => readNpz(zipSync({ 'train_images.npy': array([1, 1, 1], [0]) }), 'x.npz')).toThrow(
    /has no array train_labels/,
  );
  expect(() => readNpz(new TextEncoder().encode('hello'), 'x.npz')).toThrow(/is a text file; a zip of NumPy arrays/);
});

test('damage anywhere in an archive is found by its CRC-32 at the latest', () => {
  const good = zipSync({
    'a.npy': [bytes(3000, (i) => (i * i) % 251), { level: 9 }],
    'b.npy': [bytes(40), { level: 0 }],
  });
  const read = (zip: Uint8Array) =>
    zipEntries(zip, 'x.zip').map((entry) => [...readZipEntry(zip, entry, 'x.zip')].join());
  const whole = read(good);
  expect(whole[1]).toBe([...bytes(40)].join());
  let refused = 0;
  for (let at = 0; at < good.length; at++) {
    const bad = good.slice();
    bad[at] = (bad[at] ?? 0) ^ 0x10;
    try {
      // Names, dates and attributes may change; content may not.
      expect(read(bad)).toEqual(whole);
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(good.length / 2);
  for (const cut of [0, 1, 30, good.length - 1]) expect(() => read(good.subarray(0, cut))).toThrow(DataError);
});

const images = (labels: AnyLabelledImages['labels'], classNames: readonly string[], channels = 3) => {
  const count = labels instanceof Int32Array ? labels.length : labels.length / classNames.length;
  return inMemory({ count, channels, height: 2, width: 3, pixels: bytes(count * channels * 6), labels, classNames });
};
const oneOf300 = Array.from({ length: 300 }, (_, i) => `class ${i}`);

test.for([
  ['colours and class names that are no ASCII', images(Int32Array.of(1, 0, 1), ['Käse', '치즈'])],
  ['one channel, more than a byte of classes', images(Int32Array.of(299, 0), oneOf300, 1)],
  ['several labels per image', images(Float32Array.of(1, 0, 1, 0, 0, 1), ['a', 'b', 'c'])],
] as const)('what is written is read back: %s', async ([, train]) => {
  const parts = readNpz(await writeNpz({ train, test: train }), 'x.npz');
  const { count, channels, height, width, pixels, labels, classNames } = train;
  expect(parts.train).toEqual({ count, channels, height, width, pixels, labels, classNames });
  expect([parts.validation, parts.test]).toEqual([undefined, parts.train]);
});

test('NumPy reads what is written', async (context) => {
  const reason = missingFor('numpy');
  context.skip(reason !== undefined, reason);
  const train = images(Int32Array.of(1, 0, 1), ['a', 'b']);
  const script =
    'import io, numpy, sys; file = numpy.load(io.BytesIO(sys.stdin.buffer.read()));' +
    'print(file["class_names.txt"], file["train_images"].shape, file["train_images"][0, 0].tolist(), file["train_labels"].tolist())';
  const out = execFileSync(PYTHON, ['-c', script], { input: await writeNpz({ train }) });
  expect(out.toString()).toBe("b'a\\nb' (3, 2, 3, 3) [[0, 6, 12], [1, 7, 13], [2, 8, 14]] [[1], [0], [1]]\n");
});

test.for([
  [images(Float32Array.of(1, Number.NaN), ['a', 'b']), /missing label/],
  [images(Float32Array.of(1, 0), ['a']), /single/],
  [images(Int32Array.of(0), ['a\nb']), /line break/],
  [{ ...images(Int32Array.of(0), ['a']), height: 70000, width: 70000 }, /2 GB/],
] as const)('what the file would not hold is not written: %#', async ([train, problem]) => {
  await expect(writeNpz({ train })).rejects.toThrow(problem);
});

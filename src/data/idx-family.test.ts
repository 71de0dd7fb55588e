import { expect, test } from 'vitest';
import { DataError } from '../runtime/errors.ts';
import {
  emnistClasses,
  idxFilesIn,
  idxFilesOf,
  KMNIST_CLASSES,
  readEmnistMapping,
  recognisedClasses,
  transposed,
} from './idx-family.ts';

const mapping = (text: string) => readEmnistMapping({ name: 'emnist-mapping.txt', text, encoding: 'UTF-8' });

test('data sets are told by the names of their files', () => {
  const mnist = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte'];
  expect(idxFilesIn(mnist)).toMatchObject([{ train: { images: 'train-images-idx3-ubyte' } }]);
  const emnist = idxFilesIn([
    'emnist-letters-train-images-idx3-ubyte.gz',
    'emnist-digits-train-images-idx3-ubyte',
    'emnist-nonsense-train-images-idx3-ubyte',
  ]);
  expect(emnist.map((files) => [files.emnist, files.mapping, files.test.labels])).toEqual([
    ['letters', 'emnist-letters-mapping.txt', 'emnist-letters-test-labels-idx1-ubyte'],
    ['digits', 'emnist-digits-mapping.txt', 'emnist-digits-test-labels-idx1-ubyte'],
  ]);
  expect(idxFilesOf('emnist-byclass-test-labels-idx1-ubyte.gz')?.emnist).toBe('byclass');
  expect([
    idxFilesOf('t10k-labels-idx1-ubyte')?.emnist,
    idxFilesOf('emnist-constructor-test-labels-idx1-ubyte'),
    idxFilesOf('cat.png'),
  ]).toEqual([undefined, undefined, undefined]);
  expect(idxFilesOf('t10k-labels-idx1-ubyte')).toBeDefined();
});

test("EMNIST's images are turned upright", () => {
  const images = {
    count: 2,
    channels: 1,
    height: 2,
    width: 3,
    pixels: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
  };
  expect(transposed(images)).toEqual({
    count: 2,
    channels: 1,
    height: 3,
    width: 2,
    pixels: Uint8Array.of(1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12),
  });
  expect(transposed(transposed(images))).toEqual(images);
});

test('classes of EMNIST, from the mapping or as they are known', () => {
  expect(mapping('0 48\r\n1 49\n\n2 65\n')).toEqual(['0', '1', 'A']);
  expect(mapping('1 65 97\n2 66 98\n')).toEqual(['N/A', 'a', 'b']);
  expect([
    emnistClasses('letters')[26],
    emnistClasses('byclass').length,
    emnistClasses('balanced').length,
    emnistClasses('bymerge').at(-1),
  ]).toEqual(['z', 62, 47, 't']);
  for (const bad of ['', 'x 1', '1', '300 65', '1 70000', '1 55296', '1 7', '-1 65', '1 6x'])
    expect(() => mapping(bad), bad).toThrow(DataError);
});

test('KMNIST is recognised by its files as they are distributed', () => {
  const sha256 = { images: '', labels: '' };
  const md5 = { images: 'bdb82020997e1d708af4cf47b453dcf7', labels: 'e144d726b3acfaa3e44228e80efcd344' };
  expect(recognisedClasses({ sha256, md5 })).toEqual(KMNIST_CLASSES);
  expect(recognisedClasses({ sha256, md5: { ...md5, labels: '' } })).toBeUndefined();
});

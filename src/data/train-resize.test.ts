// Validation and test images beside larger training images are, to the byte, what prediction makes of their files.
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../runtime/errors.ts';
import { createRandom } from '../runtime/random.ts';
import { type ImageDataset, inMemory } from './dataset.ts';
import type { ImageFilesOptions } from './dataset-options.ts';
import { type DecodedImage, prepareImage } from './preprocess.ts';
import { asPredicted, partSizes } from './train-resize.ts';

function picture(height: number, width: number): DecodedImage {
  const random = createRandom(height, width);
  return { height, width, channels: 3, pixels: Uint8Array.from({ length: 3 * height * width }, () => random.uint32()) };
}
/** Margins of every parity, ahead of both sizes. */
const PICTURES = [
  picture(40, 57),
  picture(41, 29),
  picture(33, 64),
  picture(29, 29),
  picture(100, 20),
  picture(37, 38),
];

const read = async (images: ImageDataset, indices: readonly number[]) => {
  const into = new Uint8Array(indices.length * images.channels * images.height * images.width);
  await images.read(indices, into);
  return into;
};

describe('the middle of larger images', () => {
  it.each<[string, ImageFilesOptions]>([
    ['an even margin', { size: 24, trainResize: 28 }],
    ['an odd one', { size: 24, trainResize: 27 }],
    ['margins of two sizes', { size: { height: 20, width: 15 }, trainResize: { height: 26, width: 15 } }],
    ['a `resize` of its own', { size: 20, trainResize: 24, resizing: { resize: 29, interpolation: 'bicubic' } }],
    ['rounded down', { size: 20, trainResize: 25, resizing: { centre: 'floor' } }],
    ['squashed', { size: 24, trainResize: 27, resizing: { fit: 'squash' } }],
    ['padded', { size: 22, trainResize: 27, resizing: { fit: 'border', fill: [1, 2, 3] } }],
    [
      'padded, and not resized',
      { size: 35, trainResize: 44, resizing: { fit: 'none', fill: [9, 8, 7], centre: 'floor' } },
    ],
  ])('%s', async (_, options) => {
    const sizes = partSizes(options);
    const { height = 0, width = 0 } = sizes.decoded;
    const stored = PICTURES.map((each) => prepareImage(each, { ...sizes.decoded, channels: 3, height, width }));
    const whole = inMemory({
      count: PICTURES.length,
      channels: 3,
      height,
      width,
      classNames: ['a'],
      labels: new Int32Array(PICTURES.length),
      pixels: Uint8Array.from(stored.flatMap((each) => [...each])),
    });
    const order = [3, 0, 5, 1, 4, 2];
    const found = await read(
      asPredicted(whole, sizes, (index) => PICTURES[index] ?? { height, width }),
      order,
    );
    const wanted = order.flatMap((index) => {
      const of = PICTURES[index];
      if (!of || !sizes.middle) throw new Error('there is a middle');
      return [...prepareImage(of, { ...sizes.middle, channels: 3 })];
    });
    expect(found).toEqual(Uint8Array.from(wanted));
  });

  it('is the image itself where training images are not larger', () => {
    const sizes = partSizes({ size: 24, resizing: { fit: 'square' } });
    expect(sizes).toEqual({ decoded: { fit: 'square', height: 24, width: 24 } });
    expect(partSizes({})).toEqual({ decoded: {} });
  });
});

it.each<[string, ImageFilesOptions, RegExp]>([
  ['without a size', { trainResize: 28 }, /^trainResize: "28x28" needs the size of the network's input too.*--size/],
  ['no larger', { trainResize: 28, size: 28 }, /^trainResize: "28x28" must be larger than the network's input, 28x28/],
  ['smaller on one side', { trainResize: { height: 40, width: 27 }, size: 28 }, /^trainResize: "40x27" must be larger/],
  ['of the middle square', { trainResize: 40, size: 28, resizing: { fit: 'square' } }, /^trainResize: .*'square'/],
])('a larger size %s is refused', (_, options, words) => {
  expect(() => partSizes(options)).toThrow(words);
  expect(() => partSizes(options)).toThrow(ConfigError);
});

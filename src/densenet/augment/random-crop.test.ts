// A random crop, pixel for pixel: what the kernel's float64 reference makes of the records that are drawn is a slice of the bytes.
import { expect, it } from 'vitest';
import { OPERATION_WORDS } from '../../shaders/augment/records.ts';
import { operate } from '../../shaders/augment/reference.ts';
import { Random } from '../../shaders/random-inputs.ts';
import { NO_AUGMENTATION } from '../train/augmentation.ts';
import { type AugmentedSize, drawAugmentation } from './parameters.ts';
import { writeRecords } from './records.ts';

const IMAGES = 5;

it.each<[string, AugmentedSize]>([
  ['colours', { channels: 3, height: 7, width: 9, source: { height: 12, width: 10 } }],
  ['grey', { channels: 1, height: 8, width: 3, source: { height: 8, width: 31 } }],
  ['many channels', { channels: 5, height: 1, width: 6, source: { height: 4, width: 7 } }],
])('a random crop of %s is a slice of its image', (_, size) => {
  const random = new Random(3);
  const { channels, height, width, source } = size;
  const bytes = Uint8Array.from({ length: IMAGES * channels * source.height * source.width }, () =>
    random.integer(0, 255),
  );
  const pixels = new Uint32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(pixels.buffer).set(bytes);
  const drawn = drawAugmentation({ ...NO_AUGMENTATION, randomCrop: true }, size, IMAGES, 11);
  const records = new Uint32Array(writeRecords(drawn, 1, size).buffer, 0, IMAGES * OPERATION_WORDS);
  const shape = { images: IMAGES, channels, height, width, sourceHeight: source.height, sourceWidth: source.width };
  const words = operate(shape, false, pixels, records, []);
  for (const [n, { stages }] of drawn.entries()) {
    const [stage] = stages;
    if (stage?.kind !== 'resize') throw new Error('the only stage is the crop');
    const { top, left } = stage.crop;
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        const from = ((n * channels + c) * source.height + top + y) * source.width + left;
        const groups = Math.ceil(channels / 4);
        const own = Array.from({ length: width }, (__, x) => {
          const word = words[((n * groups + (c >> 2)) * height + y) * width + x] ?? 0;
          return (word >>> (8 * (c & 3))) & 255;
        });
        expect(own).toEqual([...bytes.subarray(from, from + width)]);
      }
    }
  }
});

import { expect, test } from 'vitest';
import { measureNormalisation, normalisationOf } from '../densenet/normalisation.ts';
import { createRandom } from '../runtime/random.ts';
import { inMemory, subset, taskOf } from './dataset.ts';
import { PixelTotals, pixelSums } from './pixel-sums.ts';

const random = createRandom(7);
const noise = (count: number) => Uint8Array.from({ length: count }, () => random.uint32());

test('a part of a data set has its images, labels and names, in its own order', async () => {
  const images = { count: 4, channels: 1, height: 1, width: 2, pixels: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7) };
  const about = {
    name: (i: number) => `image ${i}`,
    group: (i: number) => (i > 1 ? 'late' : undefined),
    size: () => ({ height: 9, width: 8 }),
  };
  const whole = inMemory({ ...images, labels: Int32Array.of(0, 1, 2, 1), classNames: ['a', 'b', 'c'] }, about);
  const part = subset(whole, [3, 0]);
  const into = new Uint8Array(6).fill(255);
  await part.read([1, 0], into);
  expect([...into]).toEqual([0, 1, 6, 7, 255, 255]);
  expect([part.count, [...part.labels], part.about?.name(0), part.about?.group(0), part.about?.group(1)]).toEqual([
    2,
    [1, 0],
    'image 3',
    'late',
    undefined,
  ]);
  const several = inMemory({
    ...images,
    labels: Float32Array.of(0, 1, 1, 0, Number.NaN, 1, 1, 1),
    classNames: ['a', 'b'],
  });
  expect([taskOf(several), taskOf(whole), [...subset(several, [2, 1]).labels]]).toEqual([
    'multi-label',
    'single-label',
    [Number.NaN, 1, 1, 0],
  ]);
  expect(() => subset(whole, [4])).toThrow(/indices: 4 is not an image: there are 4/);
});

test('mean and deviation of images one by one are those of all at once, bit for bit', () => {
  for (const [count, channels, area] of [
    [7, 3, 31],
    [1, 1, 1],
    [50, 3, 64],
  ] as const) {
    const pixels = noise(count * channels * area);
    const totals = new PixelTotals(channels);
    for (let i = 0; i < count; i++)
      totals.add(pixelSums(pixels.subarray(i * channels * area, (i + 1) * channels * area), channels));
    const { sums, squares } = totals.total;
    expect(normalisationOf(sums, squares, count * area)).toEqual(measureNormalisation(pixels, channels, area));
  }
});

test('sums beyond 2^53 are exact', () => {
  const totals = new PixelTotals(1);
  for (let i = 0; i < 3; i++) totals.add({ sums: [2 ** 53 - 1], squares: [2 ** 53] });
  totals.add({ sums: [4], squares: [0] });
  // 3 (2^53 - 1) + 4 = 3 * 2^53 + 1: the nearest float64 is 3 * 2^53.
  expect(totals.total).toEqual({ sums: [3 * 2 ** 53], squares: [3 * 2 ** 53] });
});

// The bundled sample: that it is whole, balanced and what its constants say.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FASHION_MNIST_FILES, FASHION_MNIST_NORMALIZATION, readFashionMnist } from './fashion-mnist.ts';

const folder = new URL('../../data/fashion-mnist-sample/', import.meta.url);
const zipped = (name: string) => readFileSync(new URL(`${name}.gz`, folder));
const file = (name: string) => ({ name, bytes: new Uint8Array(gunzipSync(zipped(name))) });
const { training, test } = FASHION_MNIST_FILES;

describe('the Fashion-MNIST sample', () => {
  it.each([
    [training, 5000],
    [test, 1000],
  ])('is balanced and 28 x 28: %o', (part, count) => {
    const sample = readFashionMnist(file(part.images), file(part.labels));
    expect(sample).toMatchObject({ count, channels: 1, height: 28, width: 28 });
    const each = new Array(10).fill(0);
    for (const label of sample.labels) each[label]++;
    expect(each).toEqual(new Array(10).fill(count / 10));
  });

  it('has the mean and standard deviation that normalisation uses', () => {
    const { pixels } = readFashionMnist(file(training.images), file(training.labels));
    const mean = pixels.reduce((sum, value) => sum + value / 255, 0) / pixels.length;
    const variance = pixels.reduce((sum, value) => sum + (value / 255 - mean) ** 2, 0) / pixels.length;
    expect(FASHION_MNIST_NORMALIZATION.mean[0]).toBeCloseTo(mean, 10);
    expect(FASHION_MNIST_NORMALIZATION.std[0]).toBeCloseTo(Math.sqrt(variance), 10);
  });

  it.each([training.images, training.labels, test.images, test.labels])('is the file README describes: %s', (name) => {
    const digest = createHash('sha256').update(zipped(name)).digest('hex');
    expect(readFileSync(new URL('README.md', folder), 'utf8')).toMatch(new RegExp(`${name}.gz.*${digest}`));
  });
});

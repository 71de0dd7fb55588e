// Shuffling and batches: every order equally likely, every image once per epoch, the right pixels in the right place, and a
// feed that can be resumed.
import { describe, expect, it } from 'vitest';
import { ConfigError, DataError } from '../runtime/errors.ts';
import { BatchFeed, epochBatches, gatherLabels, gatherPixels, permutation, sequentialBatches } from './batches.ts';
import { inMemory } from './dataset.ts';
import type { LabelledImages } from './idx.ts';

/** Image i has the pixels 3i, 3i + 1, 3i + 2 and the label i. */
function numbered(count: number): LabelledImages {
  return {
    count,
    channels: 1,
    height: 1,
    width: 3,
    pixels: Uint8Array.from({ length: 3 * count }, (_, i) => i),
    labels: Int32Array.from({ length: count }, (_, i) => i),
    classNames: Array.from({ length: count }, (_, i) => `${i}`),
  };
}
const plain = (batches: readonly Uint32Array[]) => batches.map((batch) => [...batch]);

describe('epochBatches', () => {
  it('cuts the shuffled order', () => {
    const order = [...permutation(7, 5, 2)];
    expect(plain(epochBatches(7, 3, 5, 2, { dropLast: false }))).toEqual([
      order.slice(0, 3),
      order.slice(3, 6),
      order.slice(6),
    ]);
    expect(plain(epochBatches(7, 3, 5, 2, { dropLast: true }))).toEqual([order.slice(0, 3), order.slice(3, 6)]);
  });

  it('keeps the images in order for evaluation', () => {
    expect(plain(sequentialBatches(5, 2))).toEqual([[0, 1], [2, 3], [4]]);
  });

  it.each([
    [3, 4, true],
    [0, 4, false],
    [3, 0, false],
    [3, 1.5, false],
    [3, Number.NaN, false],
  ])('refuses %i images in batches of %d, dropLast %s', (count, batchSize, dropLast) => {
    expect(() => epochBatches(count, batchSize, 0, 0, { dropLast })).toThrow(ConfigError);
  });
});

describe('gathering', () => {
  it('copies images and labels to the front', () => {
    const pixels = new Uint8Array(8).fill(99);
    const labels = new Int32Array(3).fill(99);
    gatherPixels(numbered(4), [3, 1], pixels);
    gatherLabels(numbered(4), [3, 1], labels);
    expect([...pixels]).toEqual([9, 10, 11, 3, 4, 5, 99, 99]);
    expect([...labels]).toEqual([3, 1, 99]);
  });

  it('throws where the images do not fit', () => {
    expect(() => gatherPixels(numbered(4), [3, 1], new Uint8Array(5))).toThrow(RangeError);
  });
});

describe('BatchFeed', () => {
  const images = inMemory(numbered(7));
  const options = { batchSize: 3, seed: 5, dropLast: false };
  const labelsOf = async (feed: BatchFeed) => {
    const { labels, count } = await feed.take();
    return [...labels.subarray(0, count)];
  };

  it('gives every epoch its own order, prepared or not', async () => {
    const feed = new BatchFeed(images, options);
    for (const epoch of [0, 1]) {
      for (const expected of plain(epochBatches(7, 3, 5, epoch, options))) {
        if (epoch === 1) feed.prepare();
        feed.prepare();
        expect(await labelsOf(feed)).toEqual(expected);
      }
    }
  });

  it('says where it is, and fills a short batch with zeros', async () => {
    const feed = new BatchFeed(images, options);
    await feed.take();
    await feed.take();
    const last = await feed.take();
    const [image = 0] = permutation(7, 5, 0).subarray(6);
    expect(last).toMatchObject({ epoch: 0, index: 2, batches: 3, count: 1 });
    expect([...last.pixels]).toEqual([3 * image, 3 * image + 1, 3 * image + 2, ...new Array(6).fill(0)]);
    expect([...last.labels]).toEqual([image, 0, 0]);
    expect(await feed.take()).toMatchObject({ epoch: 1, index: 0, count: 3 });
  });

  it('leaves a batch alone while the next one is prepared, and uses two buffers only', async () => {
    const feed = new BatchFeed(images, options);
    const first = await feed.take();
    const before = [...first.pixels];
    feed.prepare();
    expect([...first.pixels]).toEqual(before);
    expect((await feed.take()).pixels).not.toBe(first.pixels);
    expect((await feed.take()).pixels).toBe(first.pixels);
  });

  it('goes on where another left off', async () => {
    const whole = new BatchFeed(images, options);
    for (let i = 0; i < 4; i++) await whole.take();
    const resumed = new BatchFeed(images, { ...options, epoch: 1, index: 1 });
    for (let i = 0; i < 4; i++) expect(await labelsOf(resumed)).toEqual(await labelsOf(whole));
  });

  it('stages whole words, as writeBuffer wants them', async () => {
    const { pixels } = await new BatchFeed(images, { ...options, batchSize: 1 }).take();
    expect(pixels).toHaveLength(3);
    expect(pixels.buffer.byteLength).toBe(4);
  });

  it('refuses a batch that the epoch does not have', async () => {
    expect(() => new BatchFeed(images, { ...options, index: 3 })).toThrow(/^index: 3 /);
  });

  it('reads as many batches ahead as it was told, and hands them over in their order', async () => {
    const waiting: (() => void)[] = [];
    const slow = {
      ...images,
      read: async (indices: ArrayLike<number>, into: Uint8Array) => {
        const asked = Uint32Array.from(indices);
        await new Promise<void>((resolve) => waiting.push(resolve));
        await images.read(asked, into);
      },
    };
    const feed = new BatchFeed(slow, { ...options, ahead: 2 });
    feed.prepare();
    expect(waiting).toHaveLength(3);
    const first = feed.take();
    // The last that was asked for comes first.
    for (const resolve of waiting.splice(0).toReversed()) resolve();
    const order = permutation(7, 5, 0);
    expect([...(await first).labels]).toEqual([...order.slice(0, 3)]);
    feed.prepare();
    expect(waiting, 'what was taken is not read over').toHaveLength(0);
    expect([...(await feed.take()).labels]).toEqual([...order.slice(3, 6)]);
    feed.prepare();
    expect(waiting).toHaveLength(1);
  });

  it('throws what a read threw when its batch is taken, and no earlier', async () => {
    let reads = 0;
    const failing = {
      ...images,
      read: async () => {
        if (++reads === 2) throw new DataError('photo.jpg', 0, 'is gone');
      },
    };
    const feed = new BatchFeed(failing, { ...options, ahead: 2 });
    feed.prepare();
    await feed.take();
    await expect(feed.take()).rejects.toThrow('photo.jpg');
    await feed.take();
  });

  it('has a row of labels for each image of several', async () => {
    const labels = Float32Array.from({ length: 49 }, (_, i) => (i % 5 === 0 ? Number.NaN : i));
    const feed = new BatchFeed({ ...images, labels }, options);
    const [first = 0, second = 0, third = 0] = permutation(7, 5, 0);
    const row = (image: number) => [...labels.subarray(7 * image, 7 * image + 7)];
    expect([...(await feed.take()).labels]).toEqual([...row(first), ...row(second), ...row(third)]);
  });
});

describe('permutation', () => {
  it.each([0, 1, 2, 1000])('holds each of %i numbers once', (count) => {
    expect([...permutation(count, 1, 0)].toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  it('is pinned: a resumed run depends on it', () => {
    expect([...permutation(10, 42, 0)]).toEqual([6, 1, 0, 4, 2, 8, 5, 9, 3, 7]);
    expect([...permutation(10, 42, 1)]).toEqual([0, 8, 9, 3, 1, 6, 5, 4, 2, 7]);
  });

  it('differs by seed and epoch', () => {
    const orders = [permutation(100, 0, 0), permutation(100, 0, 1), permutation(100, 1, 0), permutation(100, 1, 1)];
    expect(new Set(orders.map(String)).size).toBe(4);
  });

  it('gives the 24 orders of four numbers equally often', () => {
    const seen = new Map<string, number>();
    for (let epoch = 0; epoch < 24_000; epoch++) {
      const order = String(permutation(4, 9, epoch));
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(24);
    const chiSquared = [...seen.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(Math.abs(chiSquared - 23)).toBeLessThan(4 * Math.sqrt(2 * 23));
  });
});

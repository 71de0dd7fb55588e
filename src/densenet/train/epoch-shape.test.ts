import { describe, expect, it } from 'vitest';
import { Random } from '../../shaders/random-inputs.ts';
import { PRESETS } from '../presets.ts';
import { epochShape, imagesOfUpdate } from './epoch-shape.ts';

const config = { ...PRESETS['bc-40-36'], blockLayers: [1], height: 4, width: 4 };
const batching = { config, batch: 4, accumulate: 2, dropLast: false, trainable: 'all' } as const;

describe('the updates of an epoch', () => {
  it.each([
    ['whole updates', 16, { updates: 2, batch: 4, lastBatch: undefined, images: 16 }],
    ['a smaller last batch', 19, { updates: 3, batch: 4, lastBatch: 3, images: 19 }],
    ['a whole micro-batch is left over', 20, { updates: 3, batch: 4, lastBatch: undefined, images: 20 }],
    ['a micro-batch and a smaller one', 23, { updates: 3, batch: 4, lastBatch: 3, images: 23 }],
    ['fewer images than an update', 7, { updates: 1, batch: 4, lastBatch: 3, images: 7 }],
    ['fewer images than a batch', 3, { updates: 1, batch: 3, lastBatch: undefined, images: 3 }],
    ['none', 0, { updates: 0, batch: 4, lastBatch: undefined, images: 0 }],
  ])('%s: %i images', (_, count, shape) => {
    expect(epochShape(batching, count)).toEqual({ update: 8, ...shape });
  });

  it('leaves out what makes no whole update where that was asked for, as runs from before did', () => {
    const dropping = { ...batching, dropLast: true };
    expect(epochShape(dropping, 23)).toMatchObject({ updates: 2, lastBatch: undefined, images: 16 });
    expect(epochShape(dropping, 7)).toMatchObject({ updates: 0, images: 0 });
  });

  it('leaves out an image that has no batch statistics alone', () => {
    const pixel = { ...batching, config: { ...config, height: 1, width: 1 } };
    expect(epochShape(pixel, 17)).toMatchObject({ updates: 2, lastBatch: undefined, images: 16 });
    expect(epochShape(pixel, 21)).toMatchObject({ updates: 3, lastBatch: undefined, images: 20 });
    expect(epochShape(pixel, 18)).toMatchObject({ updates: 3, lastBatch: 2, images: 18 });
    expect(epochShape(pixel, 1)).toMatchObject({ updates: 0, images: 0 });
    // Whose batch norms are frozen, and need none.
    expect(epochShape({ ...pixel, trainable: 'classifier' }, 17)).toMatchObject({ updates: 3, lastBatch: 1 });
  });

  it('counts every image once', () => {
    const random = new Random(Date.now());
    for (let i = 0; i < 200; i++) {
      const [batch, accumulate, count] = [random.integer(1, 9), random.integer(1, 4), random.integer(0, 80)];
      const shape = epochShape({ ...batching, batch, accumulate, dropLast: random.integer(0, 1) === 1 }, count);
      const updates = Array.from({ length: shape.updates }, (_, u) => imagesOfUpdate(shape, u));
      const sum = updates.reduce((a, b) => a + b, 0);
      expect(sum, JSON.stringify({ batch, accumulate, count, shape })).toBe(shape.images);
      expect(updates.every((images) => images > 0)).toBe(true);
      // Every update is whole micro-batches, and then perhaps the smaller one.
      for (const images of updates) expect([0, shape.lastBatch]).toContain(images % shape.batch);
    }
  });
});

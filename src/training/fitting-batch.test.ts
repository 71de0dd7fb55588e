import { describe, expect, it } from 'vitest';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { augmenter } from '../densenet/augment/augmenter.ts';
import { DEFAULT_LIMITS } from '../densenet/plan/plan.ts';
import { PRESETS } from '../densenet/presets.ts';
import { ConfigError, GpuError, LimitError } from '../runtime/errors.ts';
import { fittingBatch, withFittingBatch } from './fitting-batch.ts';

const { run } = sampleRun({ ...PRESETS['bc-40-36'], blockLayers: [2, 2, 2], growthRate: 12 }, 'sgd');
const given = { ...run.hyperparameters, batch: 64, accumulate: 1 };
const training = { count: 640, labels: new Int32Array(640), classNames: Array(10).fill('c') };
const setup = { training, augment: { mirror: true, shift: 1 } };
const limits = (bytes: number) => ({ ...DEFAULT_LIMITS, maxStorageBufferBindingSize: bytes, maxBufferSize: bytes });

it('leaves a batch that fits as it is', () => {
  expect(fittingBatch(given, setup, DEFAULT_LIMITS)).toEqual({ batching: { batch: 64, accumulate: 1 }, notes: [] });
});

it('splits one that does not fit into the fewest equal micro-batches, and says so', () => {
  // The first feature map takes 64 x 32 x 32 x 48 channels x 4 bytes, 12.6 MB.
  const { batching, notes } = fittingBatch({ ...given, accumulate: 3 }, setup, limits(5e6));
  expect(batching.batch * batching.accumulate).toBe(3 * 64);
  expect(64 % batching.batch).toBe(0);
  expect(batching.batch).toBeLessThan(64);
  const [larger] = fittingBatch({ ...given, batch: 2 * batching.batch }, setup, limits(5e6)).notes;
  expect(larger, 'twice as many do not fit').toContain('micro-batches');
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain(`micro-batches of ${batching.batch}`);
});

it('splits one that takes more memory than the system allows a page', () => {
  const { batching, notes } = fittingBatch(given, setup, { ...DEFAULT_LIMITS, pageMemory: 5e7 });
  expect(batching.batch).toBeLessThan(64);
  expect(batching.batch * batching.accumulate).toBe(64);
  expect(notes[0]).toMatch(
    /GPU memory are needed, this system allows a page about 47.7 MiB.*: each batch of 64 is trained as 4 /,
  );
});

it('refuses what does not even fit alone', () => {
  expect(() => fittingBatch(given, setup, limits(1000))).toThrow(LimitError);
});

it('counts what augmentation takes', () => {
  // 64 images of 3 x 600 x 600 bytes are 69 MB; everything else is within 50 MB.
  const source = { height: 600, width: 600 };
  const augment = augmenter({ rotation: 10, randomResizedCrop: [0.5, 1], source });
  expect(fittingBatch(given, setup, limits(5e7)).notes).toEqual([]);
  const { batching, notes } = fittingBatch(given, { ...setup, augment }, limits(5e7));
  expect(batching).toEqual({ batch: 32, accumulate: 2 });
  expect(notes).toHaveLength(1);
});

describe('where memory runs out', () => {
  const full = () => new GpuError('allocating: the GPU is out of memory', { outOfMemory: true });
  /** Makes no more than so many images at a time. */
  const making = (most: number, tried: number[] = []) => ({
    tried,
    make: async (batching: { batch: number; accumulate: number }, notes: readonly string[]) => {
      tried.push(batching.batch);
      if (batching.batch > most) throw full();
      return { ...batching, notes };
    },
  });

  it('tries the next smaller equal micro-batches, and says so once', async () => {
    const { tried, make } = making(3);
    const { notes, ...batching } = await withFittingBatch({ batch: 12, accumulate: 2 }, make);
    expect(tried).toEqual([12, 6, 4, 3]);
    expect(batching).toEqual({ batch: 3, accumulate: 8 });
    expect(notes).toEqual([
      'allocating: the GPU is out of memory: each micro-batch of 12 is trained as 4 micro-batches of 3, ' +
        'whose gradients are averaged and which have batch statistics of their own',
    ]);
  });

  it('leaves what fits as it is', async () => {
    const { tried, make } = making(12);
    expect(await withFittingBatch({ batch: 12, accumulate: 1 }, make)).toEqual({ batch: 12, accumulate: 1, notes: [] });
    expect(tried).toEqual([12]);
  });

  it('gives up at single images, with the first error', async () => {
    const { tried, make } = making(0);
    await expect(withFittingBatch({ batch: 6, accumulate: 1 }, make)).rejects.toThrow('out of memory');
    expect(tried).toEqual([6, 3, 2, 1]);
  });

  it('gives up with that error, too, where so few images cannot be trained on', async () => {
    const make = async ({ batch }: { batch: number }) => {
      throw batch > 1 ? full() : new ConfigError('batch', 1, 'has one value per channel');
    };
    await expect(withFittingBatch({ batch: 2, accumulate: 1 }, make)).rejects.toThrow('out of memory');
  });

  it('is not for other errors', async () => {
    let tries = 0;
    const make = async () => {
      tries++;
      throw new GpuError('validation failed');
    };
    await expect(withFittingBatch({ batch: 6, accumulate: 1 }, make)).rejects.toThrow('validation failed');
    expect(tries).toBe(1);
  });
});

// How fast a data set is read: images decoded per second, images read per second, and the share of time for which steps of a
// given length would wait for their images. Nothing is computed from them.

import { setTimeout as sleep } from 'node:timers/promises';
import { epochBatches } from '../data/batches.ts';
import type { ImageDataset } from '../data/dataset.ts';
import type { DeepOptions } from '../data/deep-image.ts';
import { imageBytes } from '../data/idx.ts';
import { PICTURE_DEFAULTS } from '../data/picture-options.ts';
import { DecodePool } from './decode-pool.ts';
import { inOrder } from './decode-queue.ts';
import { listFiles } from './file-sets.ts';

export interface StepSimulation {
  readonly steps: number;
  readonly batch: number;
  /** Of a step without any waiting. */
  readonly stepMilliseconds: number;
  /** Of all the time, that in which a step waited for its images. */
  readonly waitShare: number;
  /** While steps were simulated. */
  readonly imagesPerSecond: number;
}

/**
 * Steps that only take time: while one is under way the next batch is read, in a training's shuffled order.
 * @param seconds about how long; at least one epoch's first batches are read
 */
export async function simulateSteps(
  images: ImageDataset,
  {
    batch,
    stepMilliseconds,
    seconds = 3,
    signal,
  }: { batch: number; stepMilliseconds: number; seconds?: number; signal?: AbortSignal },
): Promise<StepSimulation> {
  const order = shuffled(images, batch);
  const buffers = [0, 1].map(() => new Uint8Array(batch * imageBytes(images)));
  const read = (step: number) => images.read(order(step), buffers[step % 2] ?? new Uint8Array());
  // The first batch is there before the first step, as it is when a network is compiled meanwhile.
  await read(0);
  const start = performance.now();
  let waited = 0;
  let steps = 0;
  for (; steps < 2 || performance.now() - start < 1000 * seconds; steps++) {
    signal?.throwIfAborted();
    const over = performance.now() + stepMilliseconds;
    const step = sleep(stepMilliseconds);
    // When its images are there, and not when the timer is through: reading that blocks this thread delays both.
    const [ready] = await Promise.all([read(steps + 1).then(() => performance.now()), step]);
    waited += Math.max(0, ready - over);
  }
  const total = performance.now() - start;
  return { steps, batch, stepMilliseconds, waitShare: waited / total, imagesPerSecond: (1000 * steps * batch) / total };
}

/** Images per second, as fast as they are read in shuffled order. */
export async function readRate(
  images: ImageDataset,
  { batch, seconds = 1, signal }: { batch: number; seconds?: number; signal?: AbortSignal },
): Promise<number> {
  const order = shuffled(images, batch);
  const into = new Uint8Array(batch * imageBytes(images));
  const start = performance.now();
  let count = 0;
  for (let step = 0; step < 1 || performance.now() - start < 1000 * seconds; step++) {
    signal?.throwIfAborted();
    await images.read(order(step), into);
    count += batch;
  }
  return (1000 * count) / (performance.now() - start);
}

/** The indices of a step, epoch after epoch; a batch that is larger than the set has images twice. */
function shuffled({ count }: ImageDataset, batch: number): (step: number) => Uint32Array {
  if (batch >= count) return () => Uint32Array.from({ length: batch }, (_, i) => i % count);
  const perEpoch = Math.floor(count / batch);
  let [epoch, batches] = [-1, [new Uint32Array()]];
  return (step) => {
    const own = Math.floor(step / perEpoch);
    if (own !== epoch) [epoch, batches] = [own, epochBatches(count, batch, 0, own, { dropLast: true })];
    return batches[step % perEpoch] ?? new Uint32Array();
  };
}

/**
 * Images per second, decoded and resized from their files, by all threads; undefined where a data set has no image files.
 * @param most how many are decoded
 */
export async function decodeRate(
  path: string,
  { channels, height, width }: Pick<ImageDataset, 'channels' | 'height' | 'width'>,
  {
    most = 500,
    threads,
    pictures = PICTURE_DEFAULTS,
    signal,
  }: { most?: number; threads?: number | undefined; pictures?: DeepOptions; signal?: AbortSignal } = {},
): Promise<{ readonly imagesPerSecond: number; readonly threads: number }> {
  const { files } = await listFiles(path, { signal });
  const stride = Math.max(1, Math.floor(files.length / most));
  const some = files.filter((_, i) => i % stride === 0).slice(0, most);
  const pool = await DecodePool.open({ threads });
  try {
    // Threads start with the first few images.
    await Promise.all(
      some
        .slice(0, pool.width)
        .map(({ path: file, bytes, mtimeMs }) => pool.run({ file: { path: file, bytes, mtimeMs }, options: pictures })),
    );
    const start = performance.now();
    for await (const _ of inOrder(
      some,
      pool,
      (file) => ({ file, input: { channels, height, width }, options: pictures }),
      signal,
    ));
    return { imagesPerSecond: (1000 * some.length) / (performance.now() - start), threads: Math.max(1, pool.threads) };
  } finally {
    await pool.close();
  }
}

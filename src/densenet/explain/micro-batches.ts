// What methods of many runs share (SmoothGrad, integrated gradients, occlusion): runs in micro-batches that report their
// progress and can be aborted, and the weighted sum of input gradients at many variants of one image.

import { ConfigError } from '../../runtime/errors.ts';
import { aFunction, anObject, anything, checkOptions, type Rules } from '../../runtime/options.ts';
import { checkArray, checkImages } from '../images.ts';
import type { Explainer } from './explainer.ts';

/** How to watch and abort an explanation that takes many runs. */
export interface ProgressOptions {
  /** Checked between two runs; once it is aborted the explanation ends and resolves with undefined. */
  readonly signal?:
    | {
        /** An AbortSignal's. */
        readonly aborted: boolean;
      }
    | undefined;
  /** Called after each run. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** For the rules of a method's own options. */
export const PROGRESS_RULES = { signal: anObject, onProgress: aFunction } satisfies Rules<ProgressOptions>;

/** Calls `run(first, count)` for every micro-batch of `total`, one after another; false where the signal aborted it. */
export async function inMicroBatches(
  total: number,
  batch: number,
  { signal, onProgress }: ProgressOptions,
  run: (first: number, count: number) => Promise<void>,
): Promise<boolean> {
  for (let first = 0; first < total; first += batch) {
    if (signal?.aborted) return false;
    const count = Math.min(batch, total - first);
    await run(first, count);
    onProgress?.(first + count, total);
  }
  return true;
}

/** One image, and what of its logits is explained. */
export interface Explained {
  /** [C][H][W] float32 as the network takes it (normalised). */
  readonly image: Float32Array<ArrayBuffer>;
  /** [classes], the gradient at the logits: `oneHot([label], classes)` for one class. */
  readonly seed: Float32Array<ArrayBuffer>;
}

const EXPLAINED = { image: anything, seed: anything } satisfies Rules<Explained>;

/** @throws ConfigError for an image or a seed of another kind or size than the network's */
export function checkExplained({ model: { config } }: Pick<Explainer, 'model'>, explained: Explained): void {
  checkOptions('explained', explained, EXPLAINED);
  checkImages('image', explained.image, 'Float32Array', 1, config);
  checkArray('seed', explained.seed, 'Float32Array', config.classes, `the network has ${config.classes} classes`);
}

export interface Variants {
  readonly count: number;
  readonly weight: (index: number) => number;
  /** Writes variant `index` of the image, [C][H][W]. */
  readonly write: (index: number, into: Float32Array) => void;
}

/**
 * The weighted sum of input gradients at the variants, added up in float64 in a fixed order; undefined where the signal
 * aborted it. Variants run in micro-batches of the explainer's batch.
 * @throws ConfigError for an explainer of another target than the input, or sizes that do not fit the network
 */
export async function weightedGradients(
  explainer: Explainer,
  { image, seed }: Explained,
  { count, weight, write }: Variants,
  progress: ProgressOptions,
): Promise<Float64Array | undefined> {
  if (explainer.target.kind !== 'input') {
    throw new ConfigError('target', explainer.target.name, 'must be input for a method that explains the input');
  }
  checkExplained(explainer, { image, seed });
  const { batch } = explainer.plan;
  const images = new Float32Array(batch * image.length);
  const seeds = new Float32Array(batch * seed.length);
  for (let n = 0; n < batch; n++) seeds.set(seed, n * seed.length);
  const sum = new Float64Array(image.length);
  const isComplete = await inMicroBatches(count, batch, progress, async (first, runCount) => {
    for (let n = 0; n < runCount; n++) write(first + n, images.subarray(n * image.length, (n + 1) * image.length));
    const { gradient } = await explainer.gradients(
      images.subarray(0, runCount * image.length),
      seeds.subarray(0, runCount * seed.length),
      runCount,
    );
    for (let n = 0; n < runCount; n++) {
      const share = weight(first + n);
      const start = n * image.length;
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + share * (gradient[start + i] ?? 0);
    }
  });
  return isComplete ? sum : undefined;
}

/** @throws ConfigError where `value` is not a whole number of at least `least` */
export function requireWhole(field: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new ConfigError(field, value, `must be a whole number, ${least} or more`);
  }
}

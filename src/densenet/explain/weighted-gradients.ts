// A weighted sum of input gradients at many variants of one image: what SmoothGrad and integrated gradients have in common.
// Variants run in micro-batches of the explainer's batch; sums are taken in float64, in a fixed order.

import { ConfigError } from '../../runtime/errors.ts';
import { anything, checkOptions, type Rules } from '../../runtime/options.ts';
import { checkArray, checkImages } from '../images.ts';
import type { Explainer } from './explainer.ts';
import { inMicroBatches, type LongRun } from './long-run.ts';

/** One image and what of its logits is explained. */
export interface Explained {
  /** [C][H][W] float32 as the network takes it (normalised). */
  readonly image: Float32Array<ArrayBuffer>;
  /** [classes], the gradient at the logits: `oneHot([label], classes)` for one class. */
  readonly seed: Float32Array<ArrayBuffer>;
}

export interface Variants {
  readonly count: number;
  readonly weight: (index: number) => number;
  /** Writes variant `index` of the image, [C][H][W]. */
  readonly write: (index: number, into: Float32Array) => void;
}

/** @throws ConfigError for an explainer of another target than the input, or sizes that do not fit the network */
export async function weightedGradients(
  explainer: Explainer,
  { image, seed }: Explained,
  { count, weight, write }: Variants,
  run: LongRun,
): Promise<Float64Array | undefined> {
  if (explainer.target.kind !== 'input')
    throw new ConfigError('target', explainer.target.name, 'must be input for a method that explains the input');
  checkExplained(explainer, { image, seed });
  const { batch } = explainer.plan;
  const images = new Float32Array(batch * image.length);
  const seeds = new Float32Array(batch * seed.length);
  for (let n = 0; n < batch; n++) seeds.set(seed, n * seed.length);
  const sum = new Float64Array(image.length);
  const isWhole = await inMicroBatches(count, batch, run, async (first, these) => {
    for (let n = 0; n < these; n++) write(first + n, images.subarray(n * image.length, (n + 1) * image.length));
    const { gradient } = await explainer.gradients(
      images.subarray(0, these * image.length),
      seeds.subarray(0, these * seed.length),
      these,
    );
    for (let n = 0; n < these; n++) {
      const share = weight(first + n);
      const start = n * image.length;
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + share * (gradient[start + i] ?? 0);
    }
  });
  return isWhole ? sum : undefined;
}

/** @throws ConfigError for an image or a seed of another kind or size than the network's */
export function checkExplained({ model: { config } }: Pick<Explainer, 'model'>, explained: Explained): void {
  checkOptions('explained', explained, EXPLAINED);
  checkImages('image', explained.image, 'Float32Array', 1, config);
  checkArray('seed', explained.seed, 'Float32Array', config.classes, `the network has ${config.classes} classes`);
}

const EXPLAINED = { image: anything, seed: anything } satisfies Rules<Explained>;

// SmoothGrad (Smilkov et al., 1706.03825): the input gradient averaged over copies of the image with Gaussian noise,
//   mean over s of d y / d input at (image + noise[s]),   noise[s] ~ N(0, sigma^2),   sigma = level * (max - min of image).
// The noise is the library's own counter-based random numbers: the same for the same seed on every host, and exported, so
// that another program can use the same.

import { atLeast, checkOptions, type Rules, SEED, whole } from '../../runtime/options.ts';
import { createRandom } from '../../runtime/random.ts';
import type { Explainer } from './explainer.ts';
import {
  checkExplained,
  type Explained,
  PROGRESS_RULES,
  type ProgressOptions,
  weightedGradients,
} from './micro-batches.ts';

/** Options of SmoothGrad (Smilkov et al., 1706.03825). */
export interface SmoothGradOptions extends ProgressOptions {
  /** Noisy copies. Default 25. */
  readonly samples?: number;
  /** The noise's standard deviation as a share of the image's range; the paper finds 0.1 to 0.2 good. Default 0.15. */
  readonly level?: number;
  /** Default 0. */
  readonly seed?: number;
}

export const SMOOTH_GRAD_RULES = {
  samples: whole(1, 2 ** 20),
  level: atLeast(0),
  seed: SEED,
} satisfies Rules<Omit<SmoothGradOptions, keyof ProgressOptions>>;

export const SMOOTH_GRAD = { samples: 25, level: 0.15, seed: 0 } as const;

/** The noise of one sample, [C][H][W] float32: stream `sample` of `seed`, each normal number times sigma, rounded. */
export function smoothGradNoise(
  image: Float32Array,
  sample: number,
  { level = SMOOTH_GRAD.level, seed = SMOOTH_GRAD.seed }: Pick<SmoothGradOptions, 'level' | 'seed'> = {},
): Float32Array<ArrayBuffer> {
  const { normal } = createRandom(seed, sample);
  const sigma = level * rangeOf(image);
  return Float32Array.from({ length: image.length }, () => sigma * normal());
}

/**
 * The averaged gradient [C][H][W]; undefined where the signal aborted it.
 * @param explainer of the target `input`; its batch is how many samples run at once
 * @throws ConfigError for invalid options or sizes
 */
export async function smoothGrad(
  explainer: Explainer,
  explained: Explained,
  options: SmoothGradOptions = {},
): Promise<Float32Array<ArrayBuffer> | undefined> {
  checkOptions<SmoothGradOptions>('options of smoothGrad', options, { ...SMOOTH_GRAD_RULES, ...PROGRESS_RULES });
  const { samples = SMOOTH_GRAD.samples, level = SMOOTH_GRAD.level, seed = SMOOTH_GRAD.seed, ...progress } = options;
  checkExplained(explainer, explained);
  const image = explained.image.slice();
  const sum = await weightedGradients(
    explainer,
    { image, seed: explained.seed.slice() },
    {
      count: samples,
      weight: () => 1 / samples,
      write: (sample, into) => {
        const noise = smoothGradNoise(image, sample, { level, seed });
        for (let i = 0; i < image.length; i++) into[i] = (image[i] ?? 0) + (noise[i] ?? 0);
      },
    },
    progress,
  );
  return sum && Float32Array.from(sum);
}

function rangeOf(image: Float32Array): number {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of image) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return most - least;
}

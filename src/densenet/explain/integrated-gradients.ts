// Integrated gradients (Sundararajan et al., 1703.01365): what each input value adds to a logit y on the straight way from
// a baseline to the image,
//   attribution = (image - baseline) * sum over s of weight[s] * d y / d input at (baseline + alpha[s] * (image - baseline)).
// The attributions of an exact integral add up to y(image) - y(baseline); by how much a sum misses that is its
// completeness error.

import { ConfigError } from '../../runtime/errors.ts';
import { anything, checkOptions, oneOf, type Rules, whole } from '../../runtime/options.ts';
import type { Explainer } from './explainer.ts';
import { LONG_RUN, type LongRun } from './long-run.ts';
import { DEFAULT_RULE, INTEGRATION_RULES, type IntegrationRule, integrationPoints } from './quadrature.ts';
import { checkExplained, type Explained, weightedGradients } from './weighted-gradients.ts';

/** Options of integrated gradients (Sundararajan et al., 1703.01365). */
export interface IntegratedGradientsOptions extends LongRun {
  /** [C][H][W] in the network's (normalised) values, or one number for all. Default 0: the training images' mean. */
  readonly baseline?: Float32Array | number;
  /** Points of the sum. Default 50. */
  readonly steps?: number;
  /** Named and placed as Captum's. Default gausslegendre. */
  readonly rule?: IntegrationRule;
}

/** What each may be. */
export const INTEGRATED_GRADIENTS_RULES = {
  steps: whole(1, 2 ** 20),
  rule: oneOf(...INTEGRATION_RULES),
} satisfies Rules<Omit<IntegratedGradientsOptions, keyof LongRun | 'baseline'>>;

export const INTEGRATED_GRADIENTS = { baseline: 0, steps: 50, rule: DEFAULT_RULE } as const;

/** What integrated gradients found. */
export interface IntegratedGradients {
  /** [C][H][W] */
  readonly attribution: Float32Array<ArrayBuffer>;
  /** What is explained, of the image and of the baseline: `seed . logits`. */
  readonly atImage: number;
  /** The same of the baseline. */
  readonly atBaseline: number;
  /** Sum of the attributions less (atImage - atBaseline). */
  readonly completenessError: number;
}

/**
 * Undefined where the signal ended it.
 * @param explainer of the target `input`; its batch is how many points run at a time
 * @throws ConfigError for options or sizes that cannot be
 */
export async function integratedGradients(
  explainer: Explainer,
  explained: Explained,
  options: IntegratedGradientsOptions = {},
): Promise<IntegratedGradients | undefined> {
  const rules = { ...INTEGRATED_GRADIENTS_RULES, baseline: anything, ...LONG_RUN };
  checkOptions<IntegratedGradientsOptions>('options of integratedGradients', options, rules);
  const { steps = INTEGRATED_GRADIENTS.steps, rule = INTEGRATED_GRADIENTS.rule } = options;
  const { baseline: given = INTEGRATED_GRADIENTS.baseline, signal, onProgress } = options;
  checkExplained(explainer, explained);
  const [image, seed] = [explained.image.slice(), explained.seed.slice()];
  const baseline = typeof given === 'number' ? new Float32Array(image.length).fill(given) : Float32Array.from(given);
  if (baseline.length !== image.length || !baseline.every(Number.isFinite))
    throw new ConfigError('baseline', baseline.length, `values, finite, and the image has ${image.length}`);
  const points = integrationPoints(rule, steps);
  const difference = image.map((value, i) => value - (baseline[i] ?? 0));
  const sum = await weightedGradients(
    explainer,
    { image, seed },
    {
      count: steps,
      weight: (s) => points[s]?.weight ?? 0,
      write: (s, into) => {
        const alpha = points[s]?.alpha ?? 0;
        for (let i = 0; i < into.length; i++) into[i] = (baseline[i] ?? 0) + alpha * (difference[i] ?? 0);
      },
    },
    { signal, onProgress },
  );
  if (!sum) return undefined;
  const atImage = await valueAt(explainer, image, seed);
  const atBaseline = await valueAt(explainer, baseline, seed);
  const attribution = Float32Array.from(sum, (value, i) => value * (difference[i] ?? 0));
  const total = attribution.reduce((all, value) => all + value, 0);
  return { attribution, atImage, atBaseline, completenessError: total - (atImage - atBaseline) };
}

async function valueAt(explainer: Explainer, image: Float32Array<ArrayBuffer>, seed: Float32Array): Promise<number> {
  const logits = await explainer.logits(image, 1);
  return logits.reduce((sum, logit, k) => sum + logit * (seed[k] ?? 0), 0);
}

// Integrated gradients (Sundararajan et al., 1703.01365): what each input value adds to a logit y on the straight line from
// a baseline to the image,
//   attribution = (image - baseline) * sum over s of weight[s] * d y / d input at (baseline + alpha[s] * (image - baseline)).
// The attributions of an exact integral add up to y(image) - y(baseline); by how much a sum misses that is its
// completeness error. Points and weights are those of Captum: n points each; the Riemann rules weigh 1/n (trapezoid: its two
// ends half of that, its points 1/(n-1) apart, so that its weights add up to (n-1)/n); gausslegendre is exact for polynomials
// up to degree 2n - 1.

import { ConfigError } from '../../runtime/errors.ts';
import { anything, checkOptions, oneOf, type Rules, whole } from '../../runtime/options.ts';
import type { Explainer } from './explainer.ts';
import {
  checkExplained,
  type Explained,
  PROGRESS_RULES,
  type ProgressOptions,
  requireWhole,
  weightedGradients,
} from './micro-batches.ts';

/** How an integral from 0 to 1 becomes a sum; names and points as in Captum. */
export const INTEGRATION_RULES = [
  'gausslegendre',
  'riemann_middle',
  'riemann_trapezoid',
  'riemann_left',
  'riemann_right',
] as const;
/** Name of an integration rule. */
export type IntegrationRule = (typeof INTEGRATION_RULES)[number];

export interface IntegrationPoint {
  readonly alpha: number;
  readonly weight: number;
}

/** Options of integrated gradients (Sundararajan et al., 1703.01365). */
export interface IntegratedGradientsOptions extends ProgressOptions {
  /** [C][H][W] in the network's (normalised) values, or one number for all. Default 0: the training images' mean. */
  readonly baseline?: Float32Array | number;
  /** Points of the sum. Default 50. */
  readonly steps?: number;
  /** Named and placed as Captum's. Default gausslegendre. */
  readonly rule?: IntegrationRule;
}

export const INTEGRATED_GRADIENTS_RULES = {
  steps: whole(1, 2 ** 20),
  rule: oneOf(...INTEGRATION_RULES),
} satisfies Rules<Omit<IntegratedGradientsOptions, keyof ProgressOptions | 'baseline'>>;

export const INTEGRATED_GRADIENTS = { baseline: 0, steps: 50, rule: 'gausslegendre' } as const;

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
 * Undefined where the signal aborted it.
 * @param explainer of the target `input`; its batch is how many points run at once
 * @throws ConfigError for invalid options or sizes
 */
export async function integratedGradients(
  explainer: Explainer,
  explained: Explained,
  options: IntegratedGradientsOptions = {},
): Promise<IntegratedGradients | undefined> {
  const rules = { ...INTEGRATED_GRADIENTS_RULES, baseline: anything, ...PROGRESS_RULES };
  checkOptions<IntegratedGradientsOptions>('options of integratedGradients', options, rules);
  const { steps = INTEGRATED_GRADIENTS.steps, rule = INTEGRATED_GRADIENTS.rule } = options;
  const { baseline: given = INTEGRATED_GRADIENTS.baseline, signal, onProgress } = options;
  checkExplained(explainer, explained);
  const [image, seed] = [explained.image.slice(), explained.seed.slice()];
  const baseline = typeof given === 'number' ? new Float32Array(image.length).fill(given) : Float32Array.from(given);
  if (baseline.length !== image.length || !baseline.every(Number.isFinite))
    throw new ConfigError(
      'baseline',
      baseline.length,
      `must be ${image.length} finite values, as many as the image has`,
    );
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

/** @throws ConfigError for an unknown rule, or fewer points than it needs */
export function integrationPoints(rule: IntegrationRule, count: number): readonly IntegrationPoint[] {
  if (!INTEGRATION_RULES.includes(rule))
    throw new ConfigError('rule', rule, `must be one of ${INTEGRATION_RULES.join(', ')}`);
  requireWhole('steps', count, rule === 'gausslegendre' ? 1 : 2);
  if (rule === 'gausslegendre') return gaussLegendre(count);
  const alpha: Readonly<Record<Exclude<IntegrationRule, 'gausslegendre'>, (s: number) => number>> = {
    riemann_left: (s) => s / count,
    riemann_middle: (s) => (s + 0.5) / count,
    riemann_right: (s) => (s + 1) / count,
    riemann_trapezoid: (s) => s / (count - 1),
  };
  const isHalved = (s: number) => rule === 'riemann_trapezoid' && (s === 0 || s === count - 1);
  return Array.from({ length: count }, (_, s) => ({ alpha: alpha[rule](s), weight: (isHalved(s) ? 0.5 : 1) / count }));
}

/** The guess is good to a few digits; each iteration doubles their number. */
const ITERATIONS = 8;

/** Newton's iteration on the Legendre polynomial from the Chebyshev-like guess that converges for every root. */
function gaussLegendre(count: number): IntegrationPoint[] {
  return Array.from({ length: count }, (_, s) => {
    let x = -Math.cos((Math.PI * (s + 0.75)) / (count + 0.5));
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      const { value, derivative } = legendre(count, x);
      x -= value / derivative;
    }
    const { derivative } = legendre(count, x);
    return { alpha: (1 + x) / 2, weight: 1 / ((1 - x * x) * derivative * derivative) };
  });
}

/** P_n(x) and its derivative, by the three-term recurrence. */
function legendre(degree: number, x: number): { value: number; derivative: number } {
  let before = 1;
  let value = x;
  for (let n = 2; n <= degree; n++) [before, value] = [value, ((2 * n - 1) * x * value - (n - 1) * before) / n];
  return { value, derivative: (degree * (x * value - before)) / (x * x - 1) };
}

// Points and weights of sums that stand for an integral from 0 to 1, as Captum's integrated gradients has them: n points
// each; the Riemann rules weigh 1/n (trapezoid: its two ends half of that, its points 1/(n-1) apart, so that its weights add
// up to (n-1)/n); gausslegendre is exact for polynomials up to degree 2n - 1.

import { ConfigError } from '../../runtime/errors.ts';
import { requireWhole } from './long-run.ts';

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
export const DEFAULT_RULE: IntegrationRule = 'gausslegendre';

export interface IntegrationPoint {
  readonly alpha: number;
  readonly weight: number;
}

/** @throws ConfigError for a rule that is none, or fewer points than it needs */
export function integrationPoints(rule: IntegrationRule, count: number): readonly IntegrationPoint[] {
  if (!INTEGRATION_RULES.includes(rule))
    throw new ConfigError('rule', rule, `is none of ${INTEGRATION_RULES.join(', ')}`);
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

/** From a guess that is good to a few digits, each doubles their number. */
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

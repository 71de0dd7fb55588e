// From which probability on a label counts as present, chosen by validation data: Youden's index, or the sensitivity or the
// specificity that is needed. A threshold is one of the scores, as scikit-learn's `roc_curve` has them, and `score >= threshold`
// counts as present.

import { ConfigError } from '../runtime/errors.ts';
import { cumulative, type Ranking } from './ranking.ts';

/** How a threshold is chosen; where several are equally good, the highest. */
export type ThresholdRule =
  /** The largest sensitivity + specificity - 1 (Youden 1950). */
  | {
      /** Youden's index. */
      readonly kind: 'youden';
    }
  /** The largest specificity of at least this sensitivity. */
  | {
      /** TP / P, the recall. */
      readonly kind: 'sensitivity';
      /** Above 0, at most 1. */
      readonly atLeast: number;
    }
  /** The largest sensitivity of at least this specificity. */
  | {
      /** TN / N. */
      readonly kind: 'specificity';
      /** Above 0, at most 1. */
      readonly atLeast: number;
    };

export const THRESHOLD_KINDS = [
  'youden',
  'sensitivity',
  'specificity',
] as const satisfies readonly ThresholdRule['kind'][];

/** A threshold and what it comes to on the images that it was chosen by. */
export interface OperatingPoint {
  /** Among the scores; infinite where the rule is met only by a label that is never present. */
  readonly threshold: number;
  /** TP / P. */
  readonly sensitivity: number;
  /** TN / N. */
  readonly specificity: number;
}

/**
 * @returns null where the label has no positive or no negative image, so that nothing can be chosen
 * @throws ConfigError for a sensitivity or specificity that is not in (0, 1]
 */
export function chooseThreshold(ranking: Ranking, rule: ThresholdRule): OperatingPoint | null {
  checkThresholdRule(rule);
  const { positives, negatives } = ranking;
  if (positives === 0 || negatives === 0) return null;
  const { thresholds, truePositives: tp, falsePositives: fp } = cumulative(ranking);
  /** Point 0 is above all scores. */
  const points = thresholds.length + 1;
  const sensitivity = (i: number) => (i === 0 ? 0 : (tp[i - 1] ?? 0) / positives);
  const specificity = (i: number) => (i === 0 ? 1 : (negatives - (fp[i - 1] ?? 0)) / negatives);
  const falsePositiveRate = (i: number) => (i === 0 ? 0 : (fp[i - 1] ?? 0) / negatives);
  let best = 0;
  for (let i = 1; i < points; i++) {
    if (rule.kind === 'youden') {
      if (sensitivity(i) - falsePositiveRate(i) > sensitivity(best) - falsePositiveRate(best)) best = i;
    } else if (rule.kind === 'sensitivity') {
      if (sensitivity(best) < rule.atLeast) best = i;
    } else if (specificity(i) >= rule.atLeast && sensitivity(i) > sensitivity(best)) best = i;
  }
  const threshold = best === 0 ? Number.POSITIVE_INFINITY : (thresholds[best - 1] ?? Number.NaN);
  return { threshold, sensitivity: sensitivity(best), specificity: specificity(best) };
}

/** @throws ConfigError */
export function checkThresholdRule(rule: ThresholdRule): void {
  if (!THRESHOLD_KINDS.some((kind) => kind === rule.kind))
    throw new ConfigError('thresholds', rule.kind, `must be one of ${THRESHOLD_KINDS.join(', ')}`);
  if (rule.kind !== 'youden' && !(rule.atLeast > 0 && rule.atLeast <= 1))
    throw new ConfigError(`thresholds: ${rule.kind}`, rule.atLeast, 'must be above 0 and at most 1');
}

/** The rule as it is written: 'youden', 'sensitivity=0.9'. @throws ConfigError for anything else */
export function parseThresholdRule(text: string): ThresholdRule {
  const [, kind = '', share] = /^([a-z]+)(?:=(\d+(?:\.\d+)?|\.\d+))?$/.exec(text) ?? [];
  if (kind === 'youden' && share === undefined) return { kind };
  if ((kind !== 'sensitivity' && kind !== 'specificity') || share === undefined)
    throw new ConfigError('thresholds', text, "must be 'youden', 'sensitivity=0.9' or 'specificity=0.9'");
  const rule: ThresholdRule = { kind, atLeast: Number(share) };
  checkThresholdRule(rule);
  return rule;
}

export const thresholdRuleText = (rule: ThresholdRule): string =>
  rule.kind === 'youden' ? 'youden' : `${rule.kind}=${rule.atLeast}`;

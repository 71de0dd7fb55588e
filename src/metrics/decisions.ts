// What an evaluation may choose on validation images and a checkpoint keeps: the temperature, and per label the threshold. Where
// the images do not determine one, nothing is made up: what was there stays, and a note says why.

import { fitTemperature, type TemperatureFit } from './calibration.ts';
import { chooseThresholds } from './multi-label.ts';
import { logit, sigmoid } from './probabilities.ts';
import { type OperatingPoint, type ThresholdRule, thresholdRuleText } from './thresholds.ts';

/** What turns logits into probabilities and decisions. */
export type Decisions = {
  /** What logits are divided by. */
  readonly temperature: number;
  /** Of several labels per image: from which probability on each is present; left out: 0.5 each. */
  readonly thresholds?: readonly number[] | undefined;
};

/** What is to be chosen. */
export interface DecisionOptions {
  /** Fit the temperature. */
  readonly calibrate: boolean;
  /** How thresholds are chosen; left out: they are not. */
  readonly rule?: ThresholdRule | undefined;
  /** By class number. */
  readonly classNames: readonly string[];
}

/** Decisions and how they came about. */
export type FittedDecisions = Decisions & {
  /** Null: the temperature was not fitted. */
  readonly temperatureFit: TemperatureFit | null;
  /** By label, null where it has no threshold of its own; null for all: thresholds were not chosen. */
  readonly operatingPoints: readonly (OperatingPoint | null)[] | null;
  /** What could not be determined, as sentences. */
  readonly notes: readonly string[];
};

/** The threshold of a label that has none. */
export const DEFAULT_THRESHOLD = 0.5;

/**
 * Fits a temperature, chooses thresholds, or both.
 * @param logits [count][classes], finite
 * @param labels class numbers [count], which take no thresholds; or [count][classes] of 0 and 1, NaN where missing
 * @param before what the checkpoint has
 */
export function fitDecisions(
  logits: Float32Array,
  labels: Int32Array | Float32Array,
  before: Decisions,
  { calibrate, rule, classNames }: DecisionOptions,
): FittedDecisions {
  const classes = classNames.length;
  const notes: string[] = [];
  const fit = calibrate ? fitTemperature(logits, labels, classes) : null;
  const temperature = fit?.determined ? fit.temperature : before.temperature;
  if (fit && !fit.determined)
    notes.push(
      `no temperature fits these images: all are right, or their classes are not told apart; it stays ${temperature}`,
    );
  const old = before.thresholds?.map((threshold) => rescaledThreshold(threshold, before.temperature, temperature));
  if (!rule || labels instanceof Int32Array)
    return { temperature, thresholds: old, temperatureFit: fit, operatingPoints: null, notes };
  const points = chooseThresholds(logits, labels, classes, temperature, rule).map((point) =>
    point && point.threshold <= 1 ? point : null,
  );
  const without = classNames.filter((_, k) => !points[k]);
  if (without.length > 0)
    notes.push(
      `no threshold (${thresholdRuleText(rule)}) for ${without.slice(0, 8).join(', ')}${without.length > 8 ? ' …' : ''}: ` +
        'these images do not show both, with the label and without it, or do not tell them apart; what was there stays, else 0.5',
    );
  const thresholds = points.map((point, k) => point?.threshold ?? old?.[k] ?? DEFAULT_THRESHOLD);
  return { temperature, thresholds, temperatureFit: fit, operatingPoints: points, notes };
}

/** The threshold that decides under another temperature as `threshold` decided before: logits divided by T have it at logit / T. */
export const rescaledThreshold = (threshold: number, from: number, to: number): number =>
  from === to ? threshold : sigmoid((logit(threshold) * from) / to);

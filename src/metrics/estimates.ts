// What the evaluations of both kinds consist of: numbers with their intervals, curves with few enough points to be drawn, and
// reliability diagrams. Plain data without NaN, so that a report is the same after JSON: what is not defined is null.

import { type BootstrapOptions, bootstrapIntervals, defaultResamples, type Interval } from './bootstrap.ts';
import { expectedCalibrationError, type ReliabilityBin, reliabilityBins } from './calibration.ts';
import { areas, precisionRecallCurve, type Ranking, rocCurve } from './ranking.ts';

/** A metric with its bootstrap percentile interval; null where there is none. */
export type Estimate = {
  /** Of all images. */
  readonly value: number;
  /** Null: none was computed, or most samples do not have the metric. */
  readonly interval: Interval | null;
};

/** How the intervals came about. */
export type BootstrapRecord = {
  /** Samples of the images; 0: no intervals. */
  readonly resamples: number;
  /** Of the draws. */
  readonly seed: number;
  /** 0.95: 95% intervals. */
  readonly confidence: number;
};

/** How intervals are computed. */
export interface BootstrapChoice {
  /** Default: 1000, fewer where that would take long, none where 200 would. */
  readonly resamples?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** Default 0.95. */
  readonly confidence?: number | undefined;
}

/** @param rankings how many orders of the images a sample is walked in */
export function bootstrapOptions(choice: BootstrapChoice, images: number, rankings: number): BootstrapOptions {
  const { resamples = defaultResamples(images, rankings), seed = 0, confidence = 0.95 } = choice;
  return { resamples, seed, confidence };
}

/** The areas of each ranking with their intervals, the means over all that are defined, and further means over images. */
export interface EstimatedAreas {
  readonly auroc: readonly (Estimate | null)[];
  readonly averagePrecision: readonly (Estimate | null)[];
  readonly macroAuroc: Estimate | null;
  readonly macroAveragePrecision: Estimate | null;
  /** Of `perImage`, in its order. */
  readonly means: readonly (Estimate | null)[];
}

/**
 * @param rankings one per class
 * @param perImage values of the images, whose means are estimated too; images of NaN are left out of a mean
 */
export function estimateAreas(
  images: number,
  rankings: readonly Ranking[],
  perImage: readonly ArrayLike<number>[],
  options: BootstrapOptions,
): EstimatedAreas {
  const classes = rankings.length;
  // In this order: AUROC of each class, average precision of each class, their means, means over images.
  const count = 2 * classes + 2 + perImage.length;
  const measure = (weights: Uint16Array, into: Float64Array) => {
    for (const [k, ranking] of rankings.entries()) {
      const { auroc, averagePrecision } = areas(ranking, weights);
      into[k] = auroc;
      // Without positives scikit-learn says 0; here it is not defined.
      into[classes + k] = averagePrecision === 0 ? Number.NaN : averagePrecision;
    }
    into[2 * classes] = definedMean(into.subarray(0, classes));
    into[2 * classes + 1] = definedMean(into.subarray(classes, 2 * classes));
    for (const [i, values] of perImage.entries()) into[2 * classes + 2 + i] = weightedMean(values, weights);
  };
  const found = new Float64Array(count);
  measure(new Uint16Array(images).fill(1), found);
  const intervals = bootstrapIntervals(images, count, measure, options);
  const estimates = Array.from(found, (value, i) => estimate(value, intervals[i] ?? null));
  return {
    auroc: estimates.slice(0, classes),
    averagePrecision: estimates.slice(classes, 2 * classes),
    macroAuroc: estimates[2 * classes] ?? null,
    macroAveragePrecision: estimates[2 * classes + 1] ?? null,
    means: estimates.slice(2 * classes + 2),
  };
}

const estimate = (value: number, interval: Interval | null): Estimate | null =>
  Number.isNaN(value) ? null : { value, interval };

/** The mean of what is defined; NaN where nothing is. */
function definedMean(values: Float64Array): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}

function weightedMean(values: ArrayLike<number>, weights: Uint16Array): number {
  let sum = 0;
  let total = 0;
  for (let image = 0; image < weights.length; image++) {
    const value = values[image] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const weight = weights[image] ?? 0;
    sum += weight * value;
    total += weight;
  }
  return sum / total;
}

/** The number, or null where it is not defined. */
export const defined = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** A reliability diagram and its sum. */
export type Calibration = {
  /** The mean distance of probability and truth over the bins; null without images. */
  readonly expectedCalibrationError: number | null;
  /** Of equal width, from 0 to 1. */
  readonly bins: readonly ReliabilityBin[];
};

export function calibrationOf(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): Calibration {
  const bins = reliabilityBins(probabilities, outcomes);
  return { expectedCalibrationError: defined(expectedCalibrationError(bins)), bins };
}

/** A curve to be drawn: x and y of its points. */
export type Curve = {
  /** Of each point. */
  readonly x: readonly number[];
  /** Of each point, as many. */
  readonly y: readonly number[];
};

/** The curves of one class. */
export type ClassCurves = {
  /** False positive rate and true positive rate. */
  readonly roc: Curve;
  /** Recall and precision. */
  readonly precisionRecall: Curve;
};

/** Null where a class has no positive or no negative image. @param points at most so many per curve, about */
export function classCurves(ranking: Ranking, points: number): ClassCurves | null {
  if (ranking.positives === 0 || ranking.negatives === 0) return null;
  const { falsePositiveRate, truePositiveRate } = rocCurve(ranking, { dropIntermediate: true });
  const { precision, recall } = precisionRecallCurve(ranking);
  return {
    roc: thinned(falsePositiveRate, truePositiveRate, points),
    precisionRecall: thinned(recall, precision, points),
  };
}

/** The first and the last point, and between them each that is far enough from the one before. */
function thinned(x: Float64Array, y: Float64Array, points: number): Curve {
  const step = 2 / points;
  const last = x.length - 1;
  let before = 0;
  const kept = Array.from(x.keys()).filter((i) => {
    const distance = Math.abs((x[i] ?? 0) - (x[before] ?? 0)) + Math.abs((y[i] ?? 0) - (y[before] ?? 0));
    if (i > 0 && i < last && distance < step) return false;
    before = i;
    return true;
  });
  const rounded = (values: Float64Array) => kept.map((i) => Number((values[i] ?? 0).toFixed(5)));
  return { x: rounded(x), y: rounded(y) };
}

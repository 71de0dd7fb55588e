// The evaluation of images that have one class each.

import { multiClassBrierScore } from './calibration.ts';
import {
  balancedAccuracy,
  classMetrics,
  confusionMatrix,
  macroAverage,
  type PrecisionRecall,
  predictedClasses,
  topKAccuracy,
  weightedAverage,
} from './classification.ts';
import {
  type BootstrapChoice,
  type BootstrapRecord,
  bootstrapOptions,
  type Calibration,
  type ClassCurves,
  calibrationOf,
  classCurves,
  type Estimate,
  estimateAreas,
} from './estimates.ts';
import { imageLosses } from './log-loss.ts';
import { allProbabilities } from './probabilities.ts';
import { type Ranking, rank } from './ranking.ts';

/** A class, one against the rest. */
export type ClassReport = PrecisionRecall & {
  /** The class's name. */
  readonly name: string;
  /** Images of the class. */
  readonly support: number;
  /** Images that were predicted to be of it. */
  readonly predicted: number;
  /** Area under the ROC curve of its probability; null where there are no images of it, or no others. */
  readonly auroc: Estimate | null;
  /** Null where there are no images of it. */
  readonly averagePrecision: Estimate | null;
  /** Null where curves were not asked for, or are not defined. */
  readonly curves: ClassCurves | null;
};

/**
 * How well a network does on images of one class each. What is not defined is null; metrics are scikit-learn's, over all classes
 * (`labels=range(classes)`).
 */
export type SingleLabelEvaluation = {
  /** Tells the two kinds of evaluation apart. */
  readonly task: 'single-label';
  /** How many there were. */
  readonly images: number;
  /** What logits were divided by before all that follows; 1: nothing. */
  readonly temperature: number;
  /** Mean log loss (softmax cross-entropy). */
  readonly loss: Estimate;
  /** The share of images that were given their class: top-1. */
  readonly accuracy: Estimate;
  /** The share of images whose class is among the five most probable; null with five classes or fewer. */
  readonly top5Accuracy: number | null;
  /** Mean recall of the classes that have images. */
  readonly balancedAccuracy: number;
  /** The mean over classes. */
  readonly macro: PrecisionRecall;
  /** The mean over classes by their images. */
  readonly weighted: PrecisionRecall;
  /** The mean over the classes that have one. */
  readonly macroAuroc: Estimate | null;
  /** The mean over the classes that have one. */
  readonly macroAveragePrecision: Estimate | null;
  /** By class number. */
  readonly classes: readonly ClassReport[];
  /** A row is what images are, a column what they were predicted to be. */
  readonly confusion: readonly (readonly number[])[];
  /** Of the predicted class's probability. */
  readonly calibration: Calibration;
  /** Mean squared error of the probabilities, summed over classes: 0 to 2. */
  readonly brierScore: number;
  /** How the intervals came about. */
  readonly bootstrap: BootstrapRecord;
};

/** What an evaluation is made of, checked (evaluation.ts). */
export interface SingleLabelInput extends BootstrapChoice {
  /** [count][classes] */
  readonly logits: Float32Array;
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
  readonly temperature: number;
  /** Points per curve; 0: none. */
  readonly curvePoints: number;
}

export function evaluateSingleLabel(input: SingleLabelInput): SingleLabelEvaluation {
  const { logits, labels, classNames, temperature, curvePoints } = input;
  const classes = classNames.length;
  const probabilities = allProbabilities(logits, classes, 'single-label', temperature);
  const predicted = predictedClasses(logits, classes);
  const right = Float64Array.from(labels, (label, image) => (predicted[image] === label ? 1 : 0));
  const confusion = confusionMatrix(labels, predicted, classes);
  const metrics = classMetrics(confusion, classes);
  const rankings = classNames.map((_, k) => rankClass(probabilities, labels, classes, k));
  const bootstrap = bootstrapOptions(input, labels.length, classes);
  const losses = imageLosses(logits, labels, classes, temperature);
  const estimated = estimateAreas(labels.length, rankings, [right, losses], bootstrap);
  const [accuracy, loss] = estimated.means;
  const nothing: Estimate = { value: 0, interval: null };
  const rows = classNames.map((_, k) => Array.from(confusion.subarray(k * classes, (k + 1) * classes)));
  return {
    task: 'single-label',
    images: labels.length,
    temperature,
    loss: loss ?? nothing,
    accuracy: accuracy ?? nothing,
    top5Accuracy: classes > 5 ? topKAccuracy(logits, labels, classes, 5) : null,
    balancedAccuracy: balancedAccuracy(metrics),
    macro: macroAverage(metrics),
    weighted: weightedAverage(metrics),
    macroAuroc: estimated.macroAuroc,
    macroAveragePrecision: estimated.macroAveragePrecision,
    classes: metrics.map((metric, k) => ({
      name: classNames[k] ?? String(k),
      ...metric,
      predicted: rows.reduce((sum, row) => sum + (row[k] ?? 0), 0),
      auroc: estimated.auroc[k] ?? null,
      averagePrecision: estimated.averagePrecision[k] ?? null,
      curves: curvesOf(rankings[k], curvePoints),
    })),
    confusion: rows,
    calibration: calibrationOf(
      Float64Array.from(predicted, (k, image) => probabilities[image * classes + k] ?? 0),
      right,
    ),
    brierScore: multiClassBrierScore(probabilities, labels, classes),
    bootstrap,
  };
}

/** Images by the probability of class `k`. */
function rankClass(probabilities: Float64Array, labels: Int32Array, classes: number, k: number): Ranking {
  const scores = Float64Array.from(labels, (_, image) => probabilities[image * classes + k] ?? 0);
  return rank(
    scores,
    labels.map((label) => (label === k ? 1 : 0)),
  );
}

const curvesOf = (ranking: Ranking | undefined, points: number): ClassCurves | null =>
  ranking && points > 0 ? classCurves(ranking, points) : null;

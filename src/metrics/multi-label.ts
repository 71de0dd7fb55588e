// The evaluation of images that may have several labels at once. A label that is missing (NaN) counts nowhere.

import { brierScore } from './calibration.ts';
import {
  type DecisionCounts,
  macroAverage,
  type PrecisionRecall,
  precisionRecall,
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
  defined,
  type Estimate,
  estimateAreas,
} from './estimates.ts';
import { logLoss } from './log-loss.ts';
import { allProbabilities } from './probabilities.ts';
import { rank } from './ranking.ts';
import { chooseThreshold, type OperatingPoint, type ThresholdRule } from './thresholds.ts';

/** A label at its threshold. */
export type LabelReport = PrecisionRecall & {
  /** The label's name. */
  readonly name: string;
  /** Images that have it, images that do not, and those of which it is not known. */
  readonly positives: number;
  /** Images that do not have it. */
  readonly negatives: number;
  /** Images of which it is not known. */
  readonly missing: number;
  /** Area under the ROC curve; null without positives or without negatives. */
  readonly auroc: Estimate | null;
  /** Null without positives. */
  readonly averagePrecision: Estimate | null;
  /** From this probability on the label counts as present. */
  readonly threshold: number;
  /** Present and found. */
  readonly truePositives: number;
  /** Absent and found all the same. */
  readonly falsePositives: number;
  /** Absent, and not found. */
  readonly trueNegatives: number;
  /** Present, and not found. */
  readonly falseNegatives: number;
  /** TN / N; null without negatives. `recall` is the sensitivity. */
  readonly specificity: number | null;
  /** Mean squared error of its probability; null where it is not known of any image. */
  readonly brierScore: number | null;
  /** Of its probability. */
  readonly calibration: Calibration;
  /** Null where curves were not asked for, or are not defined. */
  readonly curves: ClassCurves | null;
};

/** How well a network does on images of several labels each. What is not defined is null; metrics are scikit-learn's. */
export type MultiLabelEvaluation = {
  /** Tells the two kinds of evaluation apart. */
  readonly task: 'multi-label';
  /** How many there were. */
  readonly images: number;
  /** What logits were divided by before all that follows; 1: nothing. */
  readonly temperature: number;
  /** Mean log loss (sigmoid cross-entropy) over all labels that are known; null where none is. */
  readonly loss: number | null;
  /** The share of images, of those whose labels are all known, with every label right; null where there are none. */
  readonly exactMatch: Estimate | null;
  /** The share of labels that are right, of all that are known. */
  readonly accuracy: number | null;
  /** The mean over labels. */
  readonly macro: PrecisionRecall;
  /** Of all decisions together. */
  readonly micro: PrecisionRecall;
  /** The mean over labels by their images. */
  readonly weighted: PrecisionRecall;
  /** The mean over the labels that have one. */
  readonly macroAuroc: Estimate | null;
  /** The mean over the labels that have one. */
  readonly macroAveragePrecision: Estimate | null;
  /** By label number. */
  readonly labels: readonly LabelReport[];
  /** Of all labels together. */
  readonly calibration: Calibration;
  /** How the intervals came about. */
  readonly bootstrap: BootstrapRecord;
};

/** What an evaluation is made of, checked (evaluation.ts). */
export interface MultiLabelInput extends BootstrapChoice {
  /** [count][classes] */
  readonly logits: Float32Array;
  /** [count][classes] of 0 and 1, NaN where missing */
  readonly labels: Float32Array;
  readonly classNames: readonly string[];
  readonly temperature: number;
  /** One per label, of probabilities. */
  readonly thresholds: readonly number[];
  /** Points per curve; 0: none. */
  readonly curvePoints: number;
}

export function evaluateMultiLabel(input: MultiLabelInput): MultiLabelEvaluation {
  const { logits, labels, classNames, temperature, thresholds, curvePoints } = input;
  const classes = classNames.length;
  const images = labels.length / classes;
  const probabilities = allProbabilities(logits, classes, 'multi-label', temperature);
  const columns = classNames.map((_, k) => ({
    threshold: thresholds[k] ?? 0.5,
    labels: column(labels, classes, k),
    probabilities: column(probabilities, classes, k),
    // By logits, which no temperature brings together: of large ones the probabilities are 1 alike.
    ranking: rank(column(logits, classes, k), column(labels, classes, k)),
  }));
  const counts = columns.map(decisionCounts);
  const metrics = counts.map((of) => ({ ...precisionRecall(of), support: of.truePositives + of.falseNegatives }));
  const bootstrap = bootstrapOptions(input, images, classes);
  const rankings = columns.map(({ ranking }) => ranking);
  const estimated = estimateAreas(images, rankings, [allRight(labels, probabilities, thresholds, classes)], bootstrap);
  const total = (part: keyof (typeof counts)[number]) => counts.reduce((sum, of) => sum + of[part], 0);
  const [truePositives, falsePositives] = [total('truePositives'), total('falsePositives')];
  const [falseNegatives, trueNegatives] = [total('falseNegatives'), total('trueNegatives')];
  const known = truePositives + falsePositives + falseNegatives + trueNegatives;
  return {
    task: 'multi-label',
    images,
    temperature,
    loss: defined(logLoss(logits, labels, classes, temperature)),
    exactMatch: estimated.means[0] ?? null,
    accuracy: defined((truePositives + trueNegatives) / known),
    macro: macroAverage(metrics),
    micro: precisionRecall({ truePositives, falsePositives, falseNegatives }),
    weighted: weightedAverage(metrics),
    macroAuroc: estimated.macroAuroc,
    macroAveragePrecision: estimated.macroAveragePrecision,
    labels: columns.map((of, k) => {
      const { positives, negatives } = of.ranking;
      const { precision = 0, recall = 0, f1 = 0 } = metrics[k] ?? {};
      const count = counts[k] ?? NO_DECISIONS;
      return {
        name: classNames[k] ?? String(k),
        positives,
        negatives,
        missing: images - positives - negatives,
        precision,
        recall,
        f1,
        specificity: defined(count.trueNegatives / negatives),
        ...count,
        threshold: of.threshold,
        auroc: estimated.auroc[k] ?? null,
        averagePrecision: estimated.averagePrecision[k] ?? null,
        brierScore: defined(brierScore(of.probabilities, of.labels)),
        calibration: calibrationOf(of.probabilities, of.labels),
        curves: curvePoints > 0 ? classCurves(of.ranking, curvePoints) : null,
      };
    }),
    calibration: calibrationOf(probabilities, labels),
    bootstrap,
  };
}

/** The `k`-th value of each row of `classes`. */
function column(values: Float32Array | Float64Array, classes: number, k: number): Float64Array {
  const out = new Float64Array(values.length / classes);
  for (let image = 0; image < out.length; image++) out[image] = values[image * classes + k] ?? 0;
  return out;
}

type Decisions = DecisionCounts & { readonly trueNegatives: number };
const NO_DECISIONS: Decisions = { truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0 };

interface Column {
  readonly threshold: number;
  readonly labels: Float64Array;
  readonly probabilities: Float64Array;
}

function decisionCounts({ threshold, labels, probabilities }: Column): Decisions {
  const counts = { ...NO_DECISIONS };
  const add = (kind: keyof Decisions) => counts[kind]++;
  for (const [image, label] of labels.entries()) {
    if (Number.isNaN(label)) continue;
    const present = (probabilities[image] ?? 0) >= threshold;
    if (label === 1) add(present ? 'truePositives' : 'falseNegatives');
    else add(present ? 'falsePositives' : 'trueNegatives');
  }
  return counts;
}

/** Per image: 1 where every label is right, else 0; NaN where one is missing. */
function allRight(
  labels: Float32Array,
  probabilities: Float64Array,
  thresholds: readonly number[],
  classes: number,
): Float64Array {
  const right = new Float64Array(labels.length / classes).fill(1);
  for (const [i, label] of labels.entries()) {
    const image = Math.floor(i / classes);
    const present = (probabilities[i] ?? 0) >= (thresholds[i % classes] ?? 0.5) ? 1 : 0;
    if (Number.isNaN(label)) right[image] = Number.NaN;
    else if (present !== label) right[image] = 0 * (right[image] ?? 0);
  }
  return right;
}

/**
 * For each label the threshold that a rule gives, of probabilities at this temperature; null where the label has no positive or
 * no negative image.
 */
export function chooseThresholds(
  logits: Float32Array,
  labels: Float32Array,
  classes: number,
  temperature: number,
  rule: ThresholdRule,
): (OperatingPoint | null)[] {
  const probabilities = allProbabilities(logits, classes, 'multi-label', temperature);
  return Array.from({ length: classes }, (_, k) =>
    chooseThreshold(rank(column(probabilities, classes, k), column(labels, classes, k)), rule),
  );
}

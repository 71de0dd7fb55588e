// Metrics of decisions: which class each image was given, against which it has. Definitions, ties and empty classes are
// scikit-learn's: of equal scores the first class is predicted (numpy.argmax), 0 / 0 is `zeroDivision`.

/** What a ratio without a denominator counts as: a class that is never predicted has no precision. */
export type ZeroDivision = 0 | 1;

/** How often a class was found, wrongly found, and missed. */
export interface DecisionCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/** All in [0, 1]. */
export interface PrecisionRecall {
  /** TP / (TP + FP): of what was predicted to be the class, the share that is. */
  readonly precision: number;
  /** TP / (TP + FN), the sensitivity: of what is the class, the share that was found. */
  readonly recall: number;
  /** The harmonic mean of both. */
  readonly f1: number;
}

/** A class's metrics. `support`: how many images are of it. */
export type ClassMetrics = PrecisionRecall & { readonly support: number };

/** `precision_recall_fscore_support` of one class. */
export function precisionRecall(
  { truePositives: tp, falsePositives: fp, falseNegatives: fn }: DecisionCounts,
  zeroDivision: ZeroDivision = 0,
): PrecisionRecall {
  const ratio = (top: number, bottom: number) => (bottom === 0 ? zeroDivision : top / bottom);
  return { precision: ratio(tp, tp + fp), recall: ratio(tp, tp + fn), f1: ratio(2 * tp, 2 * tp + fp + fn) };
}

/** The class with the largest score in each row of [count][classes]; of equal ones the first. */
export function predictedClasses(scores: Float32Array | Float64Array, classes: number): Int32Array<ArrayBuffer> {
  const predicted = new Int32Array(scores.length / classes);
  for (let image = 0; image < predicted.length; image++) {
    const start = image * classes;
    let best = 0;
    for (let k = 1; k < classes; k++) if ((scores[start + k] ?? 0) > (scores[start + best] ?? 0)) best = k;
    predicted[image] = best;
  }
  return predicted;
}

/** Counts [classes][classes]: a row is what images are, a column what they were predicted to be. */
export function confusionMatrix(labels: Int32Array, predicted: Int32Array, classes: number): Uint32Array {
  const counts = new Uint32Array(classes * classes);
  for (const [image, label] of labels.entries()) {
    const cell = label * classes + (predicted[image] ?? 0);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return counts;
}

/** Each class's precision, recall, F1 and support, of a confusion matrix [classes][classes]. */
export function classMetrics(confusion: Uint32Array, classes: number, zeroDivision: ZeroDivision = 0): ClassMetrics[] {
  const cell = (row: number, column: number) => confusion[row * classes + column] ?? 0;
  const all = Array.from({ length: classes }, (_, k) => k);
  return all.map((k) => {
    const support = all.reduce((sum, other) => sum + cell(k, other), 0);
    const predicted = all.reduce((sum, other) => sum + cell(other, k), 0);
    const truePositives = cell(k, k);
    const counts = {
      truePositives,
      falsePositives: predicted - truePositives,
      falseNegatives: support - truePositives,
    };
    return { ...precisionRecall(counts, zeroDivision), support };
  });
}

/** The mean over classes (`average='macro'`): every class counts alike. */
export const macroAverage = (classes: readonly PrecisionRecall[]): PrecisionRecall => weighted(classes, () => 1, 0);

/** The mean over classes by their support (`average='weighted'`). @param zeroDivision where there is no support at all */
export const weightedAverage = (classes: readonly ClassMetrics[], zeroDivision: ZeroDivision = 0): PrecisionRecall =>
  weighted(classes, ({ support }) => support, zeroDivision);

function weighted<Class extends PrecisionRecall>(
  classes: readonly Class[],
  weight: (of: Class) => number,
  otherwise: number,
): PrecisionRecall {
  const total = classes.reduce((sum, of) => sum + weight(of), 0);
  const mean = (metric: keyof PrecisionRecall) =>
    total === 0 ? otherwise : classes.reduce((sum, of) => sum + weight(of) * of[metric], 0) / total;
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}

/** The share of images that were given their class; NaN without images. */
export const accuracy = (labels: Int32Array, predicted: Int32Array): number =>
  labels.reduce((right, label, image) => (predicted[image] === label ? right + 1 : right), 0) / labels.length;

/** The mean recall of the classes that have images (`balanced_accuracy_score`); NaN without images. */
export function balancedAccuracy(classes: readonly ClassMetrics[]): number {
  const present = classes.filter(({ support }) => support > 0);
  return present.reduce((sum, { recall }) => sum + recall, 0) / present.length;
}

/**
 * The share of images whose class is among the `k` with the largest scores (`top_k_accuracy_score`): of equal scores those of
 * larger class numbers come first, as there. NaN without images.
 */
export function topKAccuracy(
  scores: Float32Array | Float64Array,
  labels: Int32Array,
  classes: number,
  k: number,
): number {
  let right = 0;
  for (const [image, label] of labels.entries()) {
    const start = image * classes;
    const own = scores[start + label] ?? Number.NaN;
    let before = 0;
    for (let other = 0; other < classes; other++) {
      const score = scores[start + other] ?? Number.NaN;
      if (score > own || (score === own && other > label)) before++;
    }
    if (before < k) right++;
  }
  return right / labels.length;
}

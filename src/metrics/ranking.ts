// Metrics of an order: how far up in the order of its scores a label's images stand. Everything here walks one sorted list,
// which is made once; images with equal scores are passed at once, as scikit-learn does, so that no order among them matters.

/** Images by descending score. Images whose label is missing are not in it. */
export interface Ranking {
  /** 4 · image + 2 · (its label is 1) + (others have the same score): a bootstrap reads this array alone, a thousand times. */
  readonly places: Uint32Array;
  /** By place. */
  readonly scores: Float64Array;
  /** Images whose label is 1. */
  readonly positives: number;
  /** Images whose label is 0. */
  readonly negatives: number;
}

/**
 * @param scores one per image, finite
 * @param labels one per image: 0 or 1, NaN where it is missing
 */
export function rank(scores: Float32Array | Float64Array, labels: ArrayLike<number>): Ranking {
  const places = Uint32Array.from(scores.keys()).filter((image) => !Number.isNaN(labels[image]));
  places.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const sorted = Float64Array.from(places, (image) => scores[image] ?? 0);
  let positives = 0;
  for (let i = 0; i < places.length; i++) {
    const image = places[i] ?? 0;
    const positive = labels[image] === 1 ? 1 : 0;
    const tied = sorted[i] === sorted[i + 1] || sorted[i] === sorted[i - 1];
    positives += positive;
    places[i] = 4 * image + 2 * positive + (tied ? 1 : 0);
  }
  return { places, scores: sorted, positives, negatives: places.length - positives };
}

/** Areas under the two curves of a ranking. */
export interface Areas {
  /**
   * Area under the ROC curve, by the trapezoidal rule: the share of pairs of a positive and a negative image in which the
   * positive has the higher score, equal scores counting half. NaN where there are no positives, or no negatives.
   */
  readonly auroc: number;
  /**
   * Average precision: Σ (recall - recall before) · precision over the thresholds, without interpolation. 0 where there are
   * no positives, as in scikit-learn.
   */
  readonly averagePrecision: number;
}

/**
 * `roc_auc_score` and `average_precision_score` in one walk.
 * @param weights how often each image counts, by image number; left out: once
 */
export function areas({ places, scores }: Ranking, weights = everyImageOnce(places)): Areas {
  let tp = 0;
  let fp = 0;
  let pairs = 0;
  let precisions = 0;
  for (let i = 0; i < places.length; i++) {
    const place = places[i] ?? 0;
    const weight = weights[place >>> 2] ?? 0;
    if ((place & 1) === 1) {
      const { end, positives, negatives } = tiedAt(places, scores, i, weights);
      pairs += negatives * (tp + positives / 2);
      tp += positives;
      fp += negatives;
      if (positives > 0) precisions += (positives * tp) / (tp + fp);
      i = end - 1;
    } else if ((place & 2) === 2) {
      tp += weight;
      // Weights are whole: below 1 there are no images yet.
      precisions += (weight * tp) / Math.max(tp + fp, 1);
    } else {
      fp += weight;
      pairs += weight * tp;
    }
  }
  return { auroc: pairs / (tp * fp), averagePrecision: tp === 0 ? 0 : precisions / tp };
}

const everyImageOnce = (places: Uint32Array): Uint16Array =>
  new Uint16Array(places.reduce((most, place) => Math.max(most, (place >>> 2) + 1), 0)).fill(1);

/** The images that have the score of the place `start`. */
function tiedAt(places: Uint32Array, scores: Float64Array, start: number, weights: Uint16Array) {
  const score = scores[start];
  let positives = 0;
  let negatives = 0;
  let end = start;
  for (; scores[end] === score; end++) {
    const place = places[end] ?? 0;
    const weight = weights[place >>> 2] ?? 0;
    if ((place & 2) === 2) positives += weight;
    else negatives += weight;
  }
  return { end, positives, negatives };
}

/** For each distinct score, highest first: how many positives and negatives have it or a higher one. */
export interface Cumulative {
  readonly thresholds: Float64Array;
  readonly truePositives: Float64Array;
  readonly falsePositives: Float64Array;
}

export function cumulative({ places, scores }: Ranking): Cumulative {
  const isLast = (i: number) => scores[i] !== scores[i + 1];
  const count = scores.reduce((n, _, i) => (isLast(i) ? n + 1 : n), 0);
  const thresholds = new Float64Array(count);
  const truePositives = new Float64Array(count);
  const falsePositives = new Float64Array(count);
  let tp = 0;
  let at = 0;
  for (const [i, place] of places.entries()) {
    tp += (place >>> 1) & 1;
    if (!isLast(i)) continue;
    thresholds[at] = scores[i] ?? 0;
    truePositives[at] = tp;
    falsePositives[at] = i + 1 - tp;
    at++;
  }
  return { thresholds, truePositives, falsePositives };
}

/** Points of a ROC curve, from (0, 0) to (1, 1). */
export interface RocCurve {
  /** What scores are compared with: `score >= threshold` counts as positive. Descending; the first is infinite. */
  readonly thresholds: Float64Array;
  /** FP / N, 1 - specificity; NaN without negatives. */
  readonly falsePositiveRate: Float64Array;
  /** TP / P, sensitivity; NaN without positives. */
  readonly truePositiveRate: Float64Array;
}

/**
 * `roc_curve`.
 * @param options.dropIntermediate leave out the points on a straight line between their neighbours, as scikit-learn does
 */
export function rocCurve(
  ranking: Ranking,
  { dropIntermediate = false }: { readonly dropIntermediate?: boolean } = {},
): RocCurve {
  const { positives, negatives } = ranking;
  const { thresholds, truePositives: tp, falsePositives: fp } = cumulative(ranking);
  const bends = (values: Float64Array, i: number) =>
    (values[i + 1] ?? 0) - (values[i] ?? 0) !== (values[i] ?? 0) - (values[i - 1] ?? 0);
  const kept = Array.from(thresholds.keys()).filter(
    (i) => !dropIntermediate || i === 0 || i === thresholds.length - 1 || bends(tp, i) || bends(fp, i),
  );
  const points = (values: (i: number) => number, first: number) => Float64Array.of(first, ...kept.map(values));
  return {
    thresholds: points((i) => thresholds[i] ?? 0, Number.POSITIVE_INFINITY),
    falsePositiveRate: points((i) => (fp[i] ?? 0) / negatives, 0 / negatives),
    truePositiveRate: points((i) => (tp[i] ?? 0) / positives, 0 / positives),
  };
}

/** Points of a precision-recall curve, from recall 1 down to 0. */
export interface PrecisionRecallCurve {
  /** Ascending, one per point but the last, which has recall 0 and precision 1. */
  readonly thresholds: Float64Array;
  readonly precision: Float64Array;
  /** TP / P; 1 without positives, as in scikit-learn. */
  readonly recall: Float64Array;
}

/** `precision_recall_curve`, all of its points. */
export function precisionRecallCurve(ranking: Ranking): PrecisionRecallCurve {
  const { thresholds, truePositives: tp, falsePositives: fp } = cumulative(ranking);
  const last = thresholds.length;
  const precision = new Float64Array(last + 1).fill(1);
  const recall = new Float64Array(last + 1);
  for (let i = 0; i < last; i++) {
    const found = tp[i] ?? 0;
    precision[last - 1 - i] = found / (found + (fp[i] ?? 0));
    recall[last - 1 - i] = ranking.positives === 0 ? 1 : found / ranking.positives;
  }
  return { thresholds: thresholds.reverse(), precision, recall };
}

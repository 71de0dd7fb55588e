// Whether probabilities are what they say: reliability bins, the expected calibration error and the Brier score; and the one
// number that repairs most of it, a temperature that divides all logits (Guo et al. 2017, "On Calibration of Modern Neural
// Networks"). It changes no order and no single-label decision.

import { logLoss } from './log-loss.ts';
import { sigmoid } from './probabilities.ts';

/** Images whose probability lies in (low, high]; the first bin has 0 too. */
export interface ReliabilityBin {
  /** Of the bin, exclusive. */
  readonly low: number;
  /** Of the bin, inclusive. */
  readonly high: number;
  /** Images in it. */
  readonly count: number;
  /** Mean probability of its images; null where it has none. */
  readonly confidence: number | null;
  /** The share of its images of which what was predicted is true; null where it has none. */
  readonly accuracy: number | null;
}

/** Of Guo et al. */
export const RELIABILITY_BINS = 15;

/**
 * Bins of equal width, as scikit-learn's `calibration_curve` with strategy 'uniform' makes them.
 * @param probabilities each in [0, 1]
 * @param outcomes whether what was predicted is true: 1 or 0; those of NaN are left out
 */
export function reliabilityBins(
  probabilities: ArrayLike<number>,
  outcomes: ArrayLike<number>,
  bins = RELIABILITY_BINS,
): ReliabilityBin[] {
  // numpy.linspace's own rounding: an image on an edge must not fall on its other side.
  const edges = Array.from({ length: bins + 1 }, (_, i) => (i === bins ? 1 : i * (1 / bins)));
  const sums = edges.slice(1).map(() => ({ count: 0, probability: 0, right: 0 }));
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i] ?? Number.NaN;
    const outcome = outcomes[i] ?? Number.NaN;
    if (Number.isNaN(outcome)) continue;
    // Near the right bin by rounding alone.
    let bin = Math.min(Math.max(Math.ceil(probability * bins) - 1, 0), bins - 1);
    while (bin > 0 && probability <= (edges[bin] ?? 0)) bin--;
    while (bin < bins - 1 && probability > (edges[bin + 1] ?? 1)) bin++;
    const sum = sums[bin];
    if (!sum) continue;
    sum.count++;
    sum.probability += probability;
    sum.right += outcome;
  }
  return sums.map(({ count, probability, right }, i) => ({
    low: edges[i] ?? 0,
    high: edges[i + 1] ?? 1,
    count,
    confidence: count > 0 ? probability / count : null,
    accuracy: count > 0 ? right / count : null,
  }));
}

/** The mean distance of confidence and accuracy over all images, of their bins; NaN without images. */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const images = bins.reduce((sum, { count }) => sum + count, 0);
  const error = (bin: ReliabilityBin) => bin.count * Math.abs((bin.accuracy ?? 0) - (bin.confidence ?? 0));
  return bins.reduce((sum, bin) => sum + error(bin), 0) / images;
}

/** Mean squared error of probabilities against outcomes of 0 and 1; NaN is left out (`brier_score_loss`). */
export function brierScore(probabilities: ArrayLike<number>, outcomes: ArrayLike<number>): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const outcome = outcomes[i] ?? Number.NaN;
    if (Number.isNaN(outcome)) continue;
    sum += ((probabilities[i] ?? Number.NaN) - outcome) ** 2;
    count++;
  }
  return sum / count;
}

/** Brier's own score of several classes: the squared errors of all classes of an image, added, and their mean; from 0 to 2. */
export function multiClassBrierScore(probabilities: Float64Array, labels: Int32Array, classes: number): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const outcome = labels[Math.floor(i / classes)] === i % classes ? 1 : 0;
    sum += ((probabilities[i] ?? 0) - outcome) ** 2;
  }
  return sum / labels.length;
}

/** Temperatures beyond these are no calibration: the log loss has no minimum, or one where nothing is told apart. */
export const TEMPERATURE_LIMITS = { least: 0.01, most: 100 } as const;

/** What `fitDecisions` says of a temperature that was fitted. */
export interface TemperatureFit {
  /** What to divide logits by. */
  readonly temperature: number;
  /** False: the log loss falls until a limit (all images are right, or nothing is told apart); `temperature` is 1 then. */
  readonly determined: boolean;
  /** Log loss of the images at temperature 1. */
  readonly lossBefore: number;
  /** Log loss of the images at `temperature`. */
  readonly lossAfter: number;
}

/**
 * The temperature of the least log loss. That is convex in 1 / T, whose derivatives are those of an exponential family: found by
 * Newton's method, with bisection where a step would leave the bracket.
 * @param logits [count][classes]
 * @param labels class numbers [count]; or [count][classes] of 0 and 1, NaN where missing
 */
export function fitTemperature(
  logits: Float32Array,
  labels: Int32Array | Float32Array,
  classes: number,
): TemperatureFit {
  const slope = (inverse: number) =>
    labels instanceof Int32Array
      ? softmaxSlope(logits, labels, classes, inverse)
      : sigmoidSlope(logits, labels, inverse);
  const before = logLoss(logits, labels, classes);
  const undetermined = { temperature: 1, determined: false, lossBefore: before, lossAfter: before };
  let low = 1 / TEMPERATURE_LIMITS.most;
  let high = 1 / TEMPERATURE_LIMITS.least;
  if (!(slope(low).first < 0 && slope(high).first > 0)) return undetermined;
  let inverse = 1;
  for (let step = 0; step < 200; step++) {
    const { first, second } = slope(inverse);
    if (first === 0) break;
    if (first > 0) high = inverse;
    else low = inverse;
    const newton = inverse - first / second;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    const moved = Math.abs(next - inverse);
    inverse = next;
    if (moved <= 4 * Number.EPSILON * inverse) break;
  }
  const temperature = 1 / inverse;
  return {
    temperature,
    determined: true,
    lossBefore: before,
    lossAfter: logLoss(logits, labels, classes, temperature),
  };
}

interface Slope {
  /** The sum's first and second derivative by 1 / T. */
  readonly first: number;
  readonly second: number;
}

/** Of ln Σ e^(z/T) - z_y / T: the mean of z under its own softmax minus z_y, and its variance. */
function softmaxSlope(logits: Float32Array, labels: Int32Array, classes: number, inverse: number): Slope {
  let first = 0;
  let second = 0;
  for (const [image, label] of labels.entries()) {
    const start = image * classes;
    let most = Number.NEGATIVE_INFINITY;
    for (let k = start; k < start + classes; k++) most = Math.max(most, logits[k] ?? 0);
    let total = 0;
    let mean = 0;
    let square = 0;
    for (let k = start; k < start + classes; k++) {
      // From the largest logit down: what is squared stays small.
      const below = (logits[k] ?? 0) - most;
      const weight = Math.exp(below * inverse);
      total += weight;
      mean += weight * below;
      square += weight * below * below;
    }
    mean /= total;
    first += mean - ((logits[start + label] ?? 0) - most);
    second += square / total - mean * mean;
  }
  return { first, second };
}

/** Of -y ln σ(z/T) - (1 - y) ln(1 - σ(z/T)), over the labels that are known. */
function sigmoidSlope(logits: Float32Array, labels: Float32Array, inverse: number): Slope {
  let first = 0;
  let second = 0;
  for (const [i, label] of labels.entries()) {
    if (Number.isNaN(label)) continue;
    const value = logits[i] ?? 0;
    const probability = sigmoid(value * inverse);
    first += (probability - label) * value;
    second += probability * (1 - probability) * value * value;
  }
  return { first, second };
}

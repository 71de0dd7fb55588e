// The log loss (cross-entropy) of logits: per image, and its mean. Computed from the logits themselves, so that an image that is
// certainly wrong costs what it costs: scikit-learn's `log_loss` clips probabilities first, and agrees wherever it clips nothing.

import { softplus } from './probabilities.ts';

/**
 * The loss of each image: softmax cross-entropy, or the mean sigmoid cross-entropy over the labels that it has (NaN where it
 * has none).
 * @param logits [count][classes]
 * @param labels class numbers [count]; or [count][classes] of 0 and 1, NaN where missing
 */
export function imageLosses(
  logits: Float32Array,
  labels: Int32Array | Float32Array,
  classes: number,
  temperature = 1,
): Float64Array {
  const losses = new Float64Array(logits.length / classes);
  for (let image = 0; image < losses.length; image++) {
    const start = image * classes;
    losses[image] =
      labels instanceof Int32Array
        ? logSumExp(logits, start, classes, temperature) - (logits[start + (labels[image] ?? 0)] ?? 0) / temperature
        : sigmoidLoss(logits, labels, start, classes, temperature);
  }
  return losses;
}

/** ln Σ e^(logit / T) of one row. */
function logSumExp(logits: Float32Array, start: number, classes: number, temperature: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = start; k < start + classes; k++) most = Math.max(most, logits[k] ?? 0);
  let sum = 0;
  for (let k = start; k < start + classes; k++) sum += Math.exp(((logits[k] ?? 0) - most) / temperature);
  return most / temperature + Math.log(sum);
}

function sigmoidLoss(
  logits: Float32Array,
  labels: Float32Array,
  start: number,
  classes: number,
  temperature: number,
): number {
  let sum = 0;
  let known = 0;
  for (let k = start; k < start + classes; k++) {
    const label = labels[k] ?? Number.NaN;
    if (Number.isNaN(label)) continue;
    const value = (logits[k] ?? 0) / temperature;
    // -ln σ(x) = softplus(-x), and -ln(1 - σ(x)) = softplus(x).
    sum += label * softplus(-value) + (1 - label) * softplus(value);
    known++;
  }
  return known > 0 ? sum / known : Number.NaN;
}

/** The mean log loss of single-label images; of multi-label ones, over all labels that are known. NaN where there are none. */
export function logLoss(
  logits: Float32Array,
  labels: Int32Array | Float32Array,
  classes: number,
  temperature = 1,
): number {
  const losses = imageLosses(logits, labels, classes, temperature);
  if (labels instanceof Int32Array) return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  let sum = 0;
  let known = 0;
  for (const [image, loss] of losses.entries()) {
    const row = labels.subarray(image * classes, (image + 1) * classes);
    const here = row.reduce((n, label) => (Number.isNaN(label) ? n : n + 1), 0);
    if (here > 0) sum += loss * here;
    known += here;
  }
  return sum / known;
}

/** The numbers of the images with the largest losses, worst first; equal ones in their order. Images without one are left out. */
export function topLosses(losses: Float64Array, most: number): number[] {
  return Array.from(losses.keys())
    .filter((image) => !Number.isNaN(losses[image]))
    .sort((a, b) => (losses[b] ?? 0) - (losses[a] ?? 0) || a - b)
    .slice(0, most);
}

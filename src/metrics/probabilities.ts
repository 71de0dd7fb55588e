// From logits to probabilities, in float64: softmax where classes exclude each other, a sigmoid where each stands alone. A
// temperature T divides the logits first (calibration.ts); T = 1 changes no bit.

import type { LabelTask } from '../data/dataset.ts';

/** Softmax of one row of logits, divided by the temperature. */
export function softmax(logits: Float32Array | Float64Array | readonly number[], temperature = 1): number[] {
  const scaled = Array.from(logits, (logit) => logit / temperature);
  const largest = scaled.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const weights = scaled.map((logit) => Math.exp(logit - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** 1 / (1 + e^-x). */
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The inverse of `sigmoid`: infinite for 0 and 1. */
export const logit = (probability: number): number => Math.log(probability) - Math.log1p(-probability);

/** ln(1 + e^x), which neither overflows nor loses what is small. */
export const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Probabilities of one row of logits. */
export const probabilitiesOf = (
  logits: Float32Array | Float64Array | readonly number[],
  task: LabelTask,
  temperature = 1,
): number[] =>
  task === 'single-label' ? softmax(logits, temperature) : Array.from(logits, (value) => sigmoid(value / temperature));

/** Logits of many images, as float64 probabilities [count][classes]. */
export function allProbabilities(
  logits: Float32Array,
  classes: number,
  task: LabelTask,
  temperature = 1,
): Float64Array {
  const all = new Float64Array(logits.length);
  if (task === 'multi-label') {
    for (let i = 0; i < all.length; i++) all[i] = sigmoid((logits[i] ?? 0) / temperature);
    return all;
  }
  for (let start = 0; start < logits.length; start += classes) {
    all.set(softmax(logits.subarray(start, start + classes), temperature), start);
  }
  return all;
}

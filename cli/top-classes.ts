// Logits to what people want to know: the most probable classes.

export interface ClassProbability {
  readonly index: number;
  /** The class's name where the checkpoint has names, else `class N`. */
  readonly name: string;
  /** Softmax over all classes, or a sigmoid of its own. */
  readonly probability: number;
}

/**
 * The `count` most probable classes, best first; equal ones in the order of their numbers.
 * @param multiLabel several classes may hold at once: each has a sigmoid, instead of one softmax over all
 */
export function topClasses(
  logits: Float32Array,
  count: number,
  names?: readonly string[],
  multiLabel = false,
): ClassProbability[] {
  const probabilities = multiLabel ? Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit))) : softmax(logits);
  return probabilities
    .map((probability, index) => ({ index, name: names?.[index] ?? `class ${index}`, probability }))
    .toSorted((a, b) => b.probability - a.probability || a.index - b.index)
    .slice(0, count);
}

function softmax(logits: Float32Array): number[] {
  const largest = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY);
  const weights = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

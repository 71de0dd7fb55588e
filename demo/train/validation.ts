// What a network makes of the images that it does not learn from: the confusion matrix, and the top losses. From
// logits and labels alone; in slices, so that the page goes on between them.

export interface Misclassified {
  /** Place among the validation images. */
  readonly index: number;
  readonly truth: number;
  readonly predicted: number;
  /** Softmax of the predicted class, and of the true one. */
  readonly certainty: number;
  readonly truthProbability: number;
  readonly loss: number;
}

export interface ValidationResult {
  readonly classes: number;
  readonly count: number;
  /** [classes][classes]: images of class `row` that were taken for class `column`. */
  readonly confusion: readonly (readonly number[])[];
  /** The misclassified images with the highest loss, in that order. */
  readonly topLosses: readonly Misclassified[];
}

/** Validation images, and the share of them that naming always their commonest class gets right: what guessing gives. */
export interface ValidationShare {
  readonly count: number;
  readonly guess: number;
}

export function validationShare(labels: Int32Array): ValidationShare {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return { count: labels.length, guess: labels.length === 0 ? 1 : Math.max(...counts.values()) / labels.length };
}

/** By more than a standard deviation of so many guesses. */
export function isBetterThanGuessing(accuracy: number, { count, guess }: ValidationShare): boolean {
  return accuracy > guess + Math.sqrt((guess * (1 - guess)) / Math.max(1, count));
}

/** Logits between two yields: a few milliseconds of work. */
const SLICE = 100_000;

/**
 * @param logits [count][classes]
 * @param yieldToMain awaited between slices
 */
export async function evaluate(
  logits: Float32Array,
  labels: Int32Array,
  classes: number,
  most: number,
  yieldToMain: () => Promise<void>,
): Promise<ValidationResult> {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let topLosses: Misclassified[] = [];
  const rows = Math.max(1, Math.floor(SLICE / classes));
  for (let index = 0; index < labels.length; index++) {
    if (index > 0 && index % rows === 0) await yieldToMain();
    const truth = labels[index] ?? 0;
    const image = evaluateOne(logits.subarray(index * classes, (index + 1) * classes), truth, index);
    const row = confusion[truth];
    if (row) row[image.predicted] = (row[image.predicted] ?? 0) + 1;
    if (image.predicted === truth || image.loss <= (topLosses[most - 1]?.loss ?? Number.NEGATIVE_INFINITY)) continue;
    topLosses = [...topLosses, image].toSorted((a, b) => b.loss - a.loss).slice(0, most);
  }
  return { classes, count: labels.length, confusion, topLosses };
}

function evaluateOne(row: Float32Array, truth: number, index: number): Misclassified {
  let predicted = 0;
  for (let k = 1; k < row.length; k++) if ((row[k] ?? 0) > (row[predicted] ?? 0)) predicted = k;
  const largest = row[predicted] ?? 0;
  let sum = 0;
  for (const logit of row) sum += Math.exp(logit - largest);
  const loss = largest + Math.log(sum) - (row[truth] ?? 0);
  return { index, truth, predicted, certainty: 1 / sum, truthProbability: Math.exp(-loss), loss };
}

export interface ClassResult {
  readonly label: number;
  readonly count: number;
  readonly right: number;
  /** Of those taken for this class, how many are of it; undefined where none was. */
  readonly precision: number | undefined;
}

export function classResults({ confusion }: ValidationResult): ClassResult[] {
  return confusion.map((row, label) => {
    const right = row[label] ?? 0;
    const taken = confusion.reduce((sum, other) => sum + (other[label] ?? 0), 0);
    return {
      label,
      right,
      count: row.reduce((sum, n) => sum + n, 0),
      precision: taken === 0 ? undefined : right / taken,
    };
  });
}

/** The most frequent confusions, for more classes than a table can show. */
export function confusedPairs({ confusion }: ValidationResult, most: number) {
  return confusion
    .flatMap((row, truth) => row.map((count, predicted) => ({ truth, predicted, count })))
    .filter(({ truth, predicted, count }) => truth !== predicted && count > 0)
    .toSorted((a, b) => b.count - a.count)
    .slice(0, most);
}

// What the loss kernels compute, as the formulas read: float64, plain loops. Each result comes with its magnitude: the
// sum of its terms' absolute values.

import type { LossSize } from './cross-entropy.ts';

type Numbers = ArrayLike<number>;

export interface Losses {
  readonly dlogits: Float64Array;
  readonly dlogitsMagnitude: Float64Array;
  readonly losses: Float64Array;
  readonly lossesMagnitude: Float64Array;
  readonly correct: Float64Array;
}

const at = (numbers: Numbers, i: number): number => numbers[i] ?? Number.NaN;
const empty = (s: LossSize): Losses => ({
  dlogits: new Float64Array(s.images * s.classes),
  dlogitsMagnitude: new Float64Array(s.images * s.classes),
  losses: new Float64Array(s.images),
  lossesMagnitude: new Float64Array(s.images),
  correct: new Float64Array(s.images),
});

/** Softmax cross-entropy with smoothed targets, the mean over the images whose label is a class. */
export function crossEntropy(s: LossSize, labels: Numbers, logits: Numbers, smoothing: number, scale: number): Losses {
  const out = empty(s);
  const { images, classes } = s;
  const labelled = Array.from({ length: images }, (_, n) => at(labels, n)).filter((l) => l >= 0 && l < classes).length;
  for (let n = 0; n < images; n++) {
    const row = Array.from({ length: classes }, (_, j) => at(logits, n * classes + j));
    const label = at(labels, n);
    // NaN where one is, at the first of them.
    const largest = Math.max(...row);
    const place = row.findIndex((z) => Object.is(z, largest) || z === largest);
    const others = row.reduce((sum, z, j) => (j === place ? sum : sum + Math.exp(z - largest)), 0);
    const rest = Number.isFinite(largest) ? others : Number.NaN;
    if (label < 0 || label >= classes) {
      // No loss, and no gradient: 0 times what it would be.
      if (Number.isNaN(rest)) out.dlogits.fill(Number.NaN, n * classes, (n + 1) * classes);
      continue;
    }
    const logSum = Math.log1p(rest);
    out.correct[n] = place === label ? 1 : 0;
    let loss = 0;
    let magnitude = logSum;
    for (const [j, z] of row.entries()) {
      const target = smoothing / classes + (j === label ? 1 - smoothing : 0);
      if (target > 0) loss += target * (logSum - (z - largest));
      if (target > 0) magnitude += target * Math.abs(z - largest);
      const p = Math.exp(z - largest) / (1 + rest);
      // The largest class's own label: 1 - p is small, and known as well as the other terms are.
      const missing = j === place && j === label ? rest / (1 + rest) + smoothing : p + (j === label ? 1 : 0);
      const gradient = j === place && j === label ? smoothing - smoothing / classes - rest / (1 + rest) : p - target;
      out.dlogits[n * classes + j] = (gradient / labelled) * scale;
      out.dlogitsMagnitude[n * classes + j] = ((missing + smoothing / classes) / labelled) * scale;
    }
    out.losses[n] = loss / labelled;
    out.lossesMagnitude[n] = magnitude / labelled;
  }
  return out;
}

/** How an image's label is mixed with another's. */
export interface MixedLabels {
  readonly partner: Numbers;
  /** Of an image's own label. */
  readonly weight: Numbers;
}

/** Softmax cross-entropy with the smoothed targets of two labels, the mean over the images whose two labels are classes. */
export function mixedCrossEntropy(
  s: LossSize,
  labels: Numbers,
  { partner, weight }: MixedLabels,
  logits: Numbers,
  smoothing: number,
  scale: number,
): Losses {
  const out = empty(s);
  const { images, classes } = s;
  const isClass = (label: number) => label >= 0 && label < classes;
  const pair = (n: number) => [at(labels, n), at(labels, at(partner, n))] as const;
  const labelled = Array.from({ length: images }, (_, n) => pair(n)).filter((two) => two.every(isClass)).length;
  for (let n = 0; n < images; n++) {
    const row = Array.from({ length: classes }, (_, j) => at(logits, n * classes + j));
    const [own, other] = pair(n);
    const w = at(weight, n);
    const largest = Math.max(...row);
    const place = row.findIndex((z) => Object.is(z, largest) || z === largest);
    const others = row.reduce((sum, z, j) => (j === place ? sum : sum + Math.exp(z - largest)), 0);
    const rest = Number.isFinite(largest) ? others : Number.NaN;
    if (!isClass(own) || !isClass(other)) {
      // No loss, and no gradient: 0 times what it would be.
      if (Number.isNaN(rest)) out.dlogits.fill(Number.NaN, n * classes, (n + 1) * classes);
      continue;
    }
    const logSum = Math.log1p(rest);
    out.correct[n] = place === (w >= 0.5 ? own : other) ? 1 : 0;
    let loss = 0;
    let magnitude = logSum;
    for (const [j, z] of row.entries()) {
      const share = own === other ? Number(j === own) : (j === own ? w : 0) + (j === other ? 1 - w : 0);
      const target = smoothing / classes + (1 - smoothing) * share;
      if (target > 0) loss += target * (logSum - (z - largest));
      if (target > 0) magnitude += target * Math.abs(z - largest);
      const missing = j === place ? (1 - smoothing) * (1 - share) + smoothing : (1 - smoothing) * share;
      const probability = j === place ? rest / (1 + rest) : Math.exp(z - largest) / (1 + rest);
      const gradient = (j === place ? missing - probability : probability - missing) - smoothing / classes;
      out.dlogits[n * classes + j] = (gradient / labelled) * scale;
      out.dlogitsMagnitude[n * classes + j] = ((missing + probability + smoothing / classes) / labelled) * scale;
    }
    out.losses[n] = loss / labelled;
    out.lossesMagnitude[n] = magnitude / labelled;
  }
  return out;
}

/** Sigmoid cross-entropy, the mean over the labels that are not NaN. */
export function binaryCrossEntropy(s: LossSize, labels: Numbers, logits: Numbers, scale: number): Losses {
  const out = empty(s);
  const present = Array.from({ length: s.images * s.classes }, (_, i) => at(labels, i)).filter((y) => !Number.isNaN(y));
  const labelled = Math.max(1, present.length);
  for (let i = 0; i < s.images * s.classes; i++) {
    const [y, z] = [at(labels, i), at(logits, i)];
    if (Number.isNaN(y)) continue;
    const n = Math.floor(i / s.classes);
    const tail = 1 / (1 + Math.exp(Math.abs(z)));
    const missed = z > 0 ? 1 - y : y;
    // PyTorch's formula has infinity minus infinity there.
    const finite = Math.abs(z) * missed + Math.log1p(Math.exp(-Math.abs(z)));
    const loss = z === Number.NEGATIVE_INFINITY ? Number.NaN : finite;
    out.losses[n] = at(out.losses, n) + loss / labelled;
    out.lossesMagnitude[n] = at(out.losses, n);
    out.dlogits[i] = ((z > 0 ? missed - tail : tail - missed) / labelled) * scale;
    out.dlogitsMagnitude[i] = ((missed + tail) / labelled) * scale;
    if (!Number.isNaN(z) && z > 0 === y > 0.5) out.correct[n] = at(out.correct, n) + 1;
  }
  return out;
}

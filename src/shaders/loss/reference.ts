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

/** What a loss has beside its labels and logits. */
export interface LossVariant {
  /** PyTorch's `weight` of the softmax loss, `pos_weight` of the sigmoid one. */
  readonly weights?: Numbers | undefined;
  /** Exponent of focal loss; left out: the plain loss. */
  readonly gamma?: number | undefined;
  /** Of sigmoid focal loss; below 0: none. */
  readonly alpha?: number | undefined;
}

/** x^gamma, where 0 to the 0 is 1, and 0 where float32 has no such x. */
function power(x: number, gamma: number): number {
  if (Number.isNaN(x)) return x;
  if (gamma === 0) return 1;
  return x < 1e-37 ? 0 : x ** gamma;
}

/** By how much more than its terms a power is off: the exponent times the logarithm, which is rounded. */
const ofPower = (x: number, gamma: number): number => 1 + gamma * Math.abs(Math.log(Math.max(x, 1e-37)));

/**
 * Softmax cross-entropy with smoothed targets, the mean over the images whose label is a class: as PyTorch's, with class
 * weights too. Focal: times (1 - p)^gamma, p the label's probability; without smoothing.
 */
export function crossEntropy(
  s: LossSize,
  labels: Numbers,
  logits: Numbers,
  smoothing: number,
  scale: number,
  variant: LossVariant = {},
): Losses {
  if (variant.weights || variant.gamma !== undefined)
    return weightedCrossEntropy(s, labels, logits, smoothing, scale, variant);
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

function weightedCrossEntropy(
  { images, classes }: LossSize,
  labels: Numbers,
  logits: Numbers,
  smoothing: number,
  scale: number,
  { weights, gamma = 0 }: LossVariant,
): Losses {
  const out = empty({ images, classes });
  const weight = (j: number) => (weights ? at(weights, j) : 1);
  const hasLabel = (n: number) => at(labels, n) >= 0 && at(labels, n) < classes;
  const each = (count: number, value: (i: number) => number) => Array.from({ length: count }, (_, i) => value(i));
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const labelled = sum(each(images, (n) => (hasLabel(n) ? weight(at(labels, n)) : 0)));
  const total = labelled > 0 ? labelled : 1;
  const all = sum(each(classes, weight));
  for (let n = 0; n < images; n++) {
    const row = each(classes, (j) => at(logits, n * classes + j));
    const largest = Math.max(...row);
    const place = row.findIndex((z) => Object.is(z, largest) || z === largest);
    const rest = Number.isFinite(largest)
      ? sum(row.map((z, j) => (j === place ? 0 : Math.exp(z - largest))))
      : Number.NaN;
    const label = at(labels, n);
    const logSum = Math.log1p(rest);
    if (!hasLabel(n)) {
      // No loss, and no gradient: 0 times what it would be.
      if (Number.isNaN(rest)) out.dlogits.fill(Number.NaN, n * classes, (n + 1) * classes);
      continue;
    }
    out.correct[n] = place === label ? 1 : 0;
    const below = at(row, label) - largest;
    const p = Math.exp(below) / (1 + rest);
    const missed = place === label ? rest / (1 + rest) : 1 - p;
    const focus = power(missed, gamma);
    const loss = logSum - below;
    // -p log p / (1 - p)
    const ratio = place === label ? (rest === 0 ? 1 : logSum / rest) : p === 0 ? 0 : (p * loss) / missed;
    const slope = focus * (1 + gamma * ratio);
    const hard = (1 - smoothing) * weight(label);
    const even = smoothing / classes;
    const belows = row.map((z, j) => (weight(j) === 0 && !Number.isNaN(z) ? 0 : weight(j) * (z - largest)));
    const softLoss = even > 0 ? even * (all * logSum - sum(belows)) : 0;
    const softMagnitude = even > 0 ? even * (all * logSum + sum(belows.map(Math.abs))) : 0;
    out.losses[n] = (hard * focus * loss + softLoss) / total;
    out.lossesMagnitude[n] =
      (hard * focus * (logSum + Math.abs(below)) * ofPower(missed, gamma) + softMagnitude) / total;
    for (const [j, z] of row.entries()) {
      const q = Math.exp(z - largest) / (1 + rest);
      const isOwn = j === label;
      const off = isOwn && j === place ? -missed : q - (isOwn ? 1 : 0);
      const offMagnitude = isOwn && j === place ? missed : q + (isOwn ? 1 : 0);
      out.dlogits[n * classes + j] = ((hard * slope * off + even * (all * q - weight(j))) / total) * scale;
      const magnitude = hard * slope * offMagnitude * ofPower(missed, gamma) + even * (all * q + weight(j));
      out.dlogitsMagnitude[n * classes + j] = (magnitude / total) * scale;
    }
  }
  return out;
}

/** How an image's label is mixed with another's. */
export interface MixedLabels {
  readonly partner: Numbers;
  /** Of an image's own label. */
  readonly weight: Numbers;
}

/**
 * Softmax cross-entropy with the smoothed targets of two labels, the mean over the images whose two labels are classes.
 * @param weights of the classes, as PyTorch's `weight`: it divides by the images also then
 */
export function mixedCrossEntropy(
  s: LossSize,
  labels: Numbers,
  { partner, weight }: MixedLabels,
  logits: Numbers,
  smoothing: number,
  scale: number,
  weights?: Numbers,
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
    if (weights) {
      const terms = weightedTerms(row, { own, other, w }, { largest, place, rest, smoothing, weights });
      out.losses[n] = terms.loss / labelled;
      out.lossesMagnitude[n] = terms.magnitude / labelled;
      for (const [j, { gradient, magnitude }] of terms.classes.entries()) {
        out.dlogits[n * classes + j] = (gradient / labelled) * scale;
        out.dlogitsMagnitude[n * classes + j] = (magnitude / labelled) * scale;
      }
      continue;
    }
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

/** An image's loss and gradient where classes have weights: sum of w_j t_j (logSum - z_j), and its derivative. */
function weightedTerms(
  row: readonly number[],
  { own, other, w }: { readonly own: number; readonly other: number; readonly w: number },
  of: {
    readonly largest: number;
    readonly place: number;
    readonly rest: number;
    readonly smoothing: number;
    readonly weights: Numbers;
  },
) {
  const { largest, place, rest, smoothing, weights } = of;
  const logSum = Math.log1p(rest);
  const targets = row.map((_, j) => {
    const share = (j === own ? w : 0) + (j === other ? 1 - w : 0);
    return at(weights, j) * (smoothing / row.length + (1 - smoothing) * share);
  });
  const total = targets.reduce((a, b) => a + b, 0);
  let [loss, magnitude] = [0, 0];
  for (const [j, z] of row.entries()) {
    const target = targets[j] ?? 0;
    if (target > 0) loss += target * (logSum - (z - largest));
    if (target > 0) magnitude += target * (logSum + Math.abs(z - largest));
  }
  const classes = row.map((z, j) => {
    const target = targets[j] ?? 0;
    const p = Math.exp(z - largest) / (1 + rest);
    // At the largest, 1 - p is small, and known as well as the other terms are.
    const others = targets.reduce((sum, t, k) => (k === j ? sum : sum + t), 0);
    const gradient = j === place ? others - (total * rest) / (1 + rest) : total * p - target;
    // Smoothing's part is all of p less the class's own, which cancels.
    const smooth = (smoothing / row.length) * (row.reduce((sum, _, k) => sum + at(weights, k), 0) * p + at(weights, j));
    const missed = j === place ? others + (total * rest) / (1 + rest) : total * p + target;
    return { gradient, magnitude: missed + smooth };
  });
  return { loss: Number.isNaN(rest) ? Number.NaN : loss, magnitude, classes };
}

/**
 * Sigmoid cross-entropy, the mean over the labels that are not NaN: as PyTorch's, with `pos_weight` too. Focal: as
 * torchvision's sigmoid_focal_loss.
 */
export function binaryCrossEntropy(
  s: LossSize,
  labels: Numbers,
  logits: Numbers,
  scale: number,
  variant: LossVariant = {},
): Losses {
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
    const plain = {
      loss: finite,
      lossMagnitude: finite,
      gradient: z > 0 ? missed - tail : tail - missed,
      gradientMagnitude: missed + tail,
    };
    const term = termOf(y, z, i % s.classes, plain, variant);
    const loss = z === Number.NEGATIVE_INFINITY ? Number.NaN : term.loss;
    out.losses[n] = at(out.losses, n) + loss / labelled;
    out.lossesMagnitude[n] = at(out.lossesMagnitude, n) + term.lossMagnitude / labelled;
    out.dlogits[i] = (term.gradient / labelled) * scale;
    out.dlogitsMagnitude[i] = (term.gradientMagnitude / labelled) * scale;
    if (!Number.isNaN(z) && z > 0 === y > 0.5) out.correct[n] = at(out.correct, n) + 1;
  }
  return out;
}

interface Term {
  readonly loss: number;
  readonly lossMagnitude: number;
  readonly gradient: number;
  readonly gradientMagnitude: number;
}

/** A label's loss and its gradient by the logit, from those of the plain loss. */
function termOf(y: number, z: number, j: number, plain: Term, { weights, gamma, alpha = -1 }: LossVariant): Term {
  const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const [p, notP] = [1 / (1 + Math.exp(-z)), 1 / (1 + Math.exp(z))];
  if (weights) {
    const weight = at(weights, j);
    const loss = weight * y * softplus(-z) + (1 - y) * softplus(z);
    const gradient = (1 - y) * p - weight * y * notP;
    return { loss, lossMagnitude: loss, gradient, gradientMagnitude: (1 - y) * p + weight * y * notP };
  }
  if (gamma === undefined) return plain;
  const missed = p * (1 - y) + notP * y;
  const weight = alpha < 0 ? 1 : alpha * y + (1 - alpha) * (1 - y);
  const focus = weight * power(missed, gamma);
  const slope = gamma * (1 - 2 * y) * ((p * notP) / Math.max(missed, 1e-38)) * plain.loss;
  const off = focus * ofPower(missed, gamma);
  return {
    loss: focus * plain.loss,
    lossMagnitude: off * plain.loss,
    gradient: focus * (plain.gradient + slope),
    gradientMagnitude: off * (plain.gradientMagnitude + Math.abs(slope)),
  };
}

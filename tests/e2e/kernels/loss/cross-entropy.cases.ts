import { crossEntropyReference } from '../../../../src/shaders/loss/checks.ts';
import { type LossSize, logitCount } from '../../../../src/shaders/loss/cross-entropy.ts';
import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import type { Random } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';

const size = (images: number, classes: number): LossSize => ({ images, classes });

/**
 * Logits of undecided images, of sure ones, of ones sure of a wrong class (the others' probabilities reach 0), and ties
 * for the largest. `sure`: by how much a sure label's is the largest; a focal loss has a power of what is left of it. Differences stay below 80 or above 110: between them lie float32's subnormals, which a GPU may flush.
 */
export function logits(s: LossSize, labels: Int32Array, random: Random, sure: number): Float32Array {
  const data = new Float32Array(logitCount(s));
  for (let n = 0; n < s.images; n++) {
    const row = data.subarray(n * s.classes, (n + 1) * s.classes);
    const spread = random.pick([1, 4]);
    for (let j = 0; j < s.classes; j++) row[j] = spread * random.value();
    const label = labels[n] ?? -1;
    const kind = n % 5;
    if (kind === 0 && label >= 0 && label < s.classes) row[label] = sure + Math.max(...row);
    if (kind === 1) row[random.integer(0, s.classes - 1)] = 128;
    if (kind === 2) {
      const other = random.integer(0, s.classes - 1);
      for (const j of [label, other]) if (j >= 0 && j < s.classes) row[j] = 48;
    }
  }
  return data;
}

export default defineSuite({
  ...crossEntropyReference,
  sizes: {
    'one class': size(2, 1),
    'CIFAR-10': size(64, 10),
    'as many classes as invocations': size(5, 64),
    'one class more': size(70, 65),
    ImageNet: size(8, 1000),
  },
  variants: {
    plain: {},
    weighted: { WEIGHTED: true },
    focal: { FOCAL: true },
    'weighted focal': { WEIGHTED: true, FOCAL: true },
  },
  random: { count: 3, size: (r) => size(r.integer(1, 100), r.integer(1, 300)) },
  // Weights are numbers: the trainer refuses others.
  nonFinite: { size: 'one class more', allows: (binding) => binding !== 'weights' },
  inputs: (s, random, { WEIGHTED, FOCAL }) => {
    const labels = Int32Array.from({ length: s.images }, (_, n) =>
      n % 7 === 5 ? random.pick([-1, -100, s.classes]) : random.integer(0, s.classes - 1),
    );
    const weights = WEIGHTED && { weights: Float32Array.from({ length: s.classes }, () => random.integer(0, 64) / 16) };
    return { labels, logits: logits(s, labels, random, FOCAL ? 6 : 16), ...weights };
  },
  settings: (_, random) => ({
    step: {
      ...NO_OP_STEP,
      label_smoothing: Math.fround(random.pick([0, 0, 0.1])),
      gradient_scale: random.pick([1, 0.25]),
      focal_gamma: random.pick([0, 0.5, 1, 2, 3]),
    },
  }),
});

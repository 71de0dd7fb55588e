import { COMPOSITION_WORDS, MIXTURE_WORD } from '../../../../src/shaders/augment/records.ts';
import { mixedCrossEntropyReference } from '../../../../src/shaders/loss/checks.ts';
import type { LossSize } from '../../../../src/shaders/loss/cross-entropy.ts';
import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import type { Random } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { logits } from './cross-entropy.cases.ts';

const size = (images: number, classes: number): LossSize => ({ images, classes });

/** Partners of all kinds, themselves too, and weights of which some are 0, 1/2 and 1. */
function compositions(images: number, random: Random): Uint32Array {
  const words = new Uint32Array(images * COMPOSITION_WORDS);
  const weights = new Float32Array(words.buffer);
  for (let n = 0; n < images; n++) {
    words[n * COMPOSITION_WORDS + MIXTURE_WORD] = random.integer(0, images - 1);
    weights[n * COMPOSITION_WORDS + MIXTURE_WORD + 1] = random.pick([0, 0.5, 1, random.integer(0, 4096) / 4096]);
  }
  return words;
}

export default defineSuite({
  ...mixedCrossEntropyReference,
  sizes: {
    'one class': size(2, 1),
    'CIFAR-10': size(64, 10),
    'as many classes as invocations': size(5, 64),
    'one class more': size(70, 65),
    ImageNet: size(8, 1000),
  },
  variants: { plain: {}, weighted: { WEIGHTED: true } },
  random: { count: 3, size: (r) => size(r.integer(1, 100), r.integer(1, 300)) },
  // Weights are numbers: the trainer refuses others.
  nonFinite: { size: 'one class more', allows: (binding) => binding !== 'weights' },
  inputs: (s, random, { WEIGHTED }) => {
    const labels = Int32Array.from({ length: s.images }, (_, n) =>
      n % 7 === 5 ? random.pick([-1, -100, s.classes]) : random.integer(0, s.classes - 1),
    );
    const weights = WEIGHTED && { weights: Float32Array.from({ length: s.classes }, () => random.integer(0, 64) / 16) };
    return { labels, records: compositions(s.images, random), logits: logits(s, labels, random, 0), ...weights };
  },
  settings: (_, random) => ({
    step: {
      ...NO_OP_STEP,
      label_smoothing: Math.fround(random.pick([0, 0, 0.1])),
      gradient_scale: random.pick([1, 0.25]),
    },
  }),
});

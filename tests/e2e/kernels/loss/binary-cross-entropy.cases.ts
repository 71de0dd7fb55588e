import type { lossBinaryCrossEntropy } from '../../../../src/shaders/loss/binary-cross-entropy.ts';
import { binaryCrossEntropyReference } from '../../../../src/shaders/loss/checks.ts';
import { type LossSize, logitCount } from '../../../../src/shaders/loss/cross-entropy.ts';
import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import { defineSuite } from '../kernel-suite.ts';

interface Size extends LossSize {
  readonly missing: 'none' | 'some' | 'all';
}

const size = (images: number, classes: number, missing: Size['missing'] = 'some'): Size => ({
  images,
  classes,
  missing,
});

export default defineSuite<Size, typeof lossBinaryCrossEntropy.parameters, typeof lossBinaryCrossEntropy.bindings>({
  ...binaryCrossEntropyReference,
  sizes: {
    'one finding': size(1, 1, 'none'),
    'ChestX-ray14': size(32, 14, 'none'),
    'missing labels': size(16, 18),
    'nothing but missing labels': size(3, 5, 'all'),
    'more findings than invocations': size(3, 130),
  },
  variants: { plain: {}, 'positive weights': { WEIGHTED: true }, focal: { FOCAL: true } },
  random: { count: 2, size: (r) => size(r.integer(1, 40), r.integer(1, 100), r.pick(['none', 'some'])) },
  nonFinite: { size: 'missing labels', bits: ['labels'], allows: (binding) => binding !== 'weights' },
  // Focal: so that the largest power times the probability is no subnormal, which a GPU may flush.
  inputs: (s, random, { WEIGHTED, FOCAL }) => ({
    ...(WEIGHTED && { weights: Float32Array.from({ length: s.classes }, () => random.integer(0, 128) / 16) }),
    labels: new Uint32Array(
      Float32Array.from({ length: logitCount(s) }, () => {
        if (s.missing === 'all' || (s.missing === 'some' && random.integer(0, 2) === 0)) return Number.NaN;
        return random.pick([0, 1, 0, 1, 0.25]);
      }).buffer,
    ),
    logits: Float32Array.from(
      { length: logitCount(s) },
      () => random.pick(FOCAL ? [1, 2, 5] : [1, 8, 16]) * random.value(),
    ),
  }),
  settings: (_, random) => ({
    step: {
      ...NO_OP_STEP,
      gradient_scale: random.pick([1, 0.5]),
      focal_gamma: random.pick([0, 0.5, 1, 2, 3]),
      focal_alpha: random.pick([-1, 0.25, 0.75]),
    },
  }),
});

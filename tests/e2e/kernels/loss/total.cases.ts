import { totalReference } from '../../../../src/shaders/loss/checks.ts';
import type { LossTotalSize } from '../../../../src/shaders/loss/total.ts';
import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import { vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { clean } from '../verdicts.ts';

const size = (images: number): LossTotalSize => ({ images });

export default defineSuite({
  ...totalReference,
  sizes: { 'one image': size(1), 'as many as invocations': size(64), 'one more': size(65), many: size(1000) },
  random: { count: 2, size: (r) => size(r.integer(1, 500)) },
  nonFinite: { size: 'one more' },
  inputs: (s, random) => ({
    losses: vector(random, s.images).map((value) => Math.abs(value) / 3),
    correct: Uint32Array.from({ length: s.images }, () => random.integer(0, 14)),
    out: Float32Array.of(random.value(), random.integer(0, 500)),
    verdict: clean(),
  }),
  settings: (_, random) => ({
    step: { ...NO_OP_STEP, accumulate: random.integer(0, 1), gradient_scale: random.pick([1, 0.25]), first_image: 7 },
  }),
});

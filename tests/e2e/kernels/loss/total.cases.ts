import { type LossTotalSize, lossTotal } from '../../../../src/shaders/loss/total.ts';
import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import { vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { clean, firstNonFinite, noted } from '../verdicts.ts';

const size = (images: number): LossTotalSize => ({ images });
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

export default defineSuite({
  kernel: lossTotal,
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
  reference: (_, { losses, correct, out, verdict }, __, { step }) => {
    const image = firstNonFinite(losses ?? []);
    const place = image === undefined ? undefined : image + (step?.first_image ?? 0);
    const [loss, right] = step?.accumulate === 1 ? Array.from(out ?? []) : [0, 0];
    const values = [(loss ?? 0) + sum(losses ?? []) * (step?.gradient_scale ?? 1), (right ?? 0) + sum(correct ?? [])];
    const magnitude = [Math.abs(loss ?? 0) + sum(losses ?? []), 0];
    return { out: { values, magnitude }, verdict: noted(verdict ?? [], 'loss', place) };
  },
  roundings: (s) => s.images / 64 + 8,
});

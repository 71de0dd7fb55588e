import { optimizerClip } from '../../../../src/shaders/optimizer/clip.ts';
import {
  type ArenaSize,
  optimizerSquareNorm,
  squareNormGroups,
} from '../../../../src/shaders/optimizer/square-norm.ts';
import { QUIET_STEP } from '../../../../src/shaders/parts/step.ts';
import { defineSuite } from '../kernel-suite.ts';
import { vector } from '../random-inputs.ts';

const size = (count: number): ArenaSize => ({ count });
const STRETCH = 4096;

export default [
  defineSuite({
    kernel: optimizerSquareNorm,
    sizes: {
      'the smallest arena': size(64),
      'one stretch': size(STRETCH),
      'a few floats more': size(STRETCH + 64),
      'more stretches than workgroups': size(257 * STRETCH + 192),
    },
    inputs: (s, random) => ({ gradients: vector(random, s.count) }),
    reference: (s, { gradients }) => {
      const values = new Float64Array(squareNormGroups(s));
      for (let i = 0; i < s.count; i++) {
        const group = Math.floor(i / STRETCH) % values.length;
        values[group] = (values[group] ?? Number.NaN) + (gradients?.[i] ?? Number.NaN) ** 2;
      }
      return { partials: { values, magnitude: values } };
    },
    roundings: () => 24,
  }),
  defineSuite({
    kernel: optimizerClip,
    sizes: { 'one partial': size(64), 'a full workgroup of partials': size(2 ** 22), odd: size(5 * STRETCH) },
    inputs: (s, random) => ({ partials: vector(random, squareNormGroups(s)).map((value) => value * value) }),
    settings: (s, random) => ({ step: { ...QUIET_STEP, clip: s.count === 64 ? 0 : random.pick([0.5, 3, 1000]) } }),
    reference: (_, { partials }, __, { step }) => {
      const norm = Math.sqrt(Array.from(partials ?? []).reduce((a, b) => a + b, 0));
      const clip = step?.clip ?? 0;
      const values = [clip > 0 ? Math.min(1, clip / (norm + 1e-6)) : 1, norm];
      return { clip: { values, magnitude: values } };
    },
    roundings: () => 18,
  }),
];

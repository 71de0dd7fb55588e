import { ARENA_BLOCK, type ArenaSize } from '../../../../src/shaders/optimizer/arena.ts';
import { optimizerClip } from '../../../../src/shaders/optimizer/clip.ts';
import { optimizerSquareNorm, squareNormGroups } from '../../../../src/shaders/optimizer/square-norm.ts';
import { firstNonFinite, noted } from '../../../../src/shaders/parts/reference.ts';
import { NO_OP_STEP } from '../../../../src/shaders/parts/step.ts';
import { vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { clean } from '../verdicts.ts';

const size = (count: number): ArenaSize => ({ count });
const STRETCH = 4096;

interface ClipSize extends ArenaSize {
  readonly clip: number;
  /** Of each partial sum of squares, about. */
  readonly scale: number;
}

export default [
  defineSuite({
    kernel: optimizerSquareNorm,
    sizes: {
      'the smallest arena': size(64),
      'one stretch': size(STRETCH),
      'a few floats more': size(STRETCH + 64),
      'more stretches than workgroups': size(257 * STRETCH + 192),
    },
    // Groups are numbers that were checked.
    nonFinite: { size: 'a few floats more', allows: (binding) => binding !== 'clip' },
    variants: { alike: {}, 'by groups': { GROUPED: true } },
    // A rate is 0 where a block is frozen.
    inputs: (s, random, { GROUPED }) => ({
      gradients: vector(random, s.count),
      verdict: clean(),
      ...(GROUPED && {
        clip: Float32Array.from({ length: 2 + 2 * (s.count / ARENA_BLOCK) }, (_, i) =>
          i > 1 && i % 6 === 0 ? 0 : random.integer(1, 8),
        ),
      }),
    }),
    reference: (s, { gradients: given, clip, verdict }) => {
      const gradients = given?.map((value, i) => (clip?.[2 + 2 * Math.floor(i / ARENA_BLOCK)] === 0 ? 0 : value));
      const values = new Float64Array(squareNormGroups(s));
      for (let i = 0; i < s.count; i++) {
        const group = Math.floor(i / STRETCH) % values.length;
        values[group] = (values[group] ?? Number.NaN) + (gradients?.[i] ?? Number.NaN) ** 2;
      }
      const first = firstNonFinite(gradients ?? []);
      return { partials: { values, magnitude: values }, verdict: noted(verdict ?? [], 'gradient', first) };
    },
    roundings: () => 24,
  }),
  defineSuite<ClipSize, typeof optimizerClip.parameters, typeof optimizerClip.bindings>({
    kernel: optimizerClip,
    sizes: {
      'one partial, no clipping': { count: 64, clip: 0, scale: 1 },
      'a gradient that is too large': { count: 5 * STRETCH, clip: 0.5, scale: 4 },
      'a gradient that is not': { count: 3 * STRETCH, clip: 1000, scale: 4 },
      'a gradient near 0': { count: 2 * STRETCH, clip: 1e-4, scale: 1e-8 },
      'no gradient at all': { count: 64, clip: 1, scale: 0 },
      'a full workgroup of partials': { count: 2 ** 22, clip: 1, scale: 1 },
    },
    // Squares are not negative.
    nonFinite: { size: 'a gradient that is not', allows: (_, __, value) => !(value < 0) },
    inputs: (s, random) => ({
      partials: Float32Array.from({ length: squareNormGroups(s) }, () => (s.scale * random.integer(1, 64)) / 64),
    }),
    settings: (s) => ({ step: { ...NO_OP_STEP, clip: s.clip } }),
    reference: (s, { partials }) => {
      const norm = Math.sqrt(Array.from(partials ?? []).reduce((a, b) => a + b, 0));
      const values = [s.clip > 0 ? Math.min(1, Math.fround(s.clip) / (norm + Math.fround(1e-6))) : 1, norm];
      return { clip: { values, magnitude: values } };
    },
    roundings: () => 18,
  }),
];

import type { Expected } from '../../../../src/shaders/check-kernel.ts';
import { optimizerAdamw } from '../../../../src/shaders/optimizer/adamw.ts';
import type { ArenaSize } from '../../../../src/shaders/optimizer/arena.ts';
import { adamw, sgd } from '../../../../src/shaders/optimizer/reference.ts';
import { optimizerSgd } from '../../../../src/shaders/optimizer/sgd.ts';
import { NO_OP_STEP, type StepValues } from '../../../../src/shaders/parts/step.ts';
import { type Random, vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { clean, firstNonFinite, noted } from '../verdicts.ts';

interface Size extends ArenaSize {
  readonly step: Partial<StepValues>;
  /** Something was met: nothing may be written. */
  readonly stopped?: true;
}

const f32 = (step: Partial<StepValues>): StepValues => {
  const all = { ...NO_OP_STEP, ...step };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, Math.fround(value)])) as typeof all;
};
const size = (count: number, step: Partial<StepValues> = {}): Size => ({ count, step });

const arenas = (s: Size, random: Random, { APPLIES }: { readonly APPLIES: boolean }) => ({
  ...(APPLIES ? { settled: s.stopped ? clean().fill(3, 2, 3) : clean() } : { verdict: clean() }),
  parameters: vector(random, s.count),
  gradients: vector(random, s.count).map((value) => value / 16),
  momentum: vector(random, s.count).map((value) => value / 8),
  clip: Float32Array.of(random.pick([1, 0.375]), Number.NaN),
});
const variants = { applies: { APPLIES: true }, 'only looks': { APPLIES: false } };

/** What a kernel that only looks leaves, or one that must not write; else what it writes. */
function outcome(
  s: Size,
  { verdict }: { readonly verdict?: ArrayLike<number> | undefined },
  next: Readonly<Record<string, Expected>>,
): Readonly<Record<string, Expected>> {
  const untouched = { values: new Float64Array(s.count).fill(Number.NaN), magnitude: [] };
  if (!verdict && !s.stopped) return next;
  const stays = Object.fromEntries(Object.keys(next).map((name) => [name, untouched]));
  if (!verdict) return stays;
  const places = Object.values(next).map(({ values }) => firstNonFinite(values) ?? s.count);
  const first = Math.min(...places);
  return { ...stays, verdict: noted(verdict, 'update', first < s.count ? first : undefined) };
}

const PAPER = { learning_rate: 0.1, momentum: 0.9, weight_decay: 1e-4 };
const ADAM = {
  learning_rate: 1e-2,
  weight_decay: 0.05,
  bias_correction1: 1 - 0.9 ** 3,
  bias_correction2: 1 - 0.999 ** 3,
};

export default [
  defineSuite<Size, typeof optimizerSgd.parameters, typeof optimizerSgd.bindings>({
    kernel: optimizerSgd,
    sizes: {
      plain: size(64, { learning_rate: 0.5 }),
      momentum: size(1088, PAPER),
      'more than a row of workgroups': size(257 * 1024 + 64, PAPER),
      "Nesterov's": size(1024, { ...PAPER, nesterov: 1 }),
      'a rate that overflows': { ...size(1088, { learning_rate: 1e38 }), stopped: true },
      'behind something that is not finite': { ...size(64, PAPER), stopped: true },
    },
    nonFinite: { size: 'momentum' },
    inputs: arenas,
    settings: (s) => ({ step: f32(s.step) }),
    variants,
    reference: (s, { parameters = [], gradients = [], momentum = [], clip, ...rest }) =>
      outcome(s, rest, sgd(s.count, { parameters, gradients, momentum }, clip?.[0] ?? 1, f32(s.step))),
    roundings: () => 8,
  }),
  defineSuite<Size, typeof optimizerAdamw.parameters, typeof optimizerAdamw.bindings>({
    kernel: optimizerAdamw,
    sizes: {
      'no decay': size(64, { learning_rate: 1e-3 }),
      'with decay, third step': size(1088, ADAM),
      'more than a row of workgroups': size(257 * 1024 + 64, ADAM),
      'behind something that is not finite': { ...size(64, ADAM), stopped: true },
      'large epsilon': size(4096, { ...ADAM, epsilon: 0.1 }),
    },
    // A mean of squares is not negative.
    nonFinite: {
      size: 'with decay, third step',
      allows: (binding, _, value) => binding !== 'secondMomentum' || !(value < 0),
    },
    inputs: (s, random, p) => ({
      ...arenas(s, random, p),
      secondMomentum: vector(random, s.count).map((value) => value * value),
    }),
    settings: (s) => ({ step: f32(s.step) }),
    variants,
    reference: (s, { parameters = [], gradients = [], momentum = [], secondMomentum = [], clip, ...rest }) =>
      outcome(
        s,
        rest,
        adamw(s.count, { parameters, gradients, momentum, secondMomentum }, clip?.[0] ?? 1, f32(s.step)),
      ),
    roundings: () => 12,
  }),
];

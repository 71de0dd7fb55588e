import type { FieldValues } from '../../../../src/runtime/kernel.ts';
import type { Expected } from '../../../../src/shaders/check-kernel.ts';
import { optimizerAdamw } from '../../../../src/shaders/optimizer/adamw.ts';
import type { ArenaSize } from '../../../../src/shaders/optimizer/arena.ts';
import { optimizerLion } from '../../../../src/shaders/optimizer/lion.ts';
import { adamw, lion, sgd } from '../../../../src/shaders/optimizer/reference.ts';
import { optimizerSgd } from '../../../../src/shaders/optimizer/sgd.ts';
import { type Random, vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { clean, firstNonFinite, noted } from '../verdicts.ts';

interface Size<Values> extends ArenaSize {
  readonly update: Values;
  /** Something was met: nothing may be written. */
  readonly stopped?: true;
}

const f32 = <Values extends Readonly<Record<string, number>>>(values: Values): Values => {
  const rounded = Object.entries(values).map(([name, value]) => [name, Math.fround(value)]);
  return { ...values, ...Object.fromEntries(rounded) };
};

type SgdValues = FieldValues<typeof optimizerSgd.fields>;
type AdamwValues = FieldValues<typeof optimizerAdamw.fields>;
type LionValues = FieldValues<typeof optimizerLion.fields>;
const sgdSize = (count: number, update: Partial<SgdValues> = {}): Size<SgdValues> => ({
  count,
  update: f32({ learning_rate: 0, weight_decay: 0, momentum: 0, nesterov: 0, ...update }),
});
const NO_UPDATE: AdamwValues = {
  learning_rate: 0,
  weight_decay: 0,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  bias_correction1: 1,
  bias_correction2: 1,
};
const adamwSize = (count: number, update: Partial<AdamwValues> = {}): Size<AdamwValues> => ({
  count,
  update: f32({ ...NO_UPDATE, ...update }),
});

const lionSize = (count: number, update: Partial<LionValues> = {}): Size<LionValues> => ({
  count,
  update: f32({ learning_rate: 0, weight_decay: 0, beta1: 0.9, beta2: 0.99, ...update }),
});

const arenas = (s: Size<unknown>, random: Random, APPLIES: boolean) => ({
  ...(APPLIES ? { settled: s.stopped ? clean().fill(3, 2, 3) : clean() } : { verdict: clean() }),
  parameters: vector(random, s.count),
  gradients: vector(random, s.count).map((value) => value / 16),
  average: vector(random, s.count).map((value) => value / 8),
  clip: Float32Array.of(random.pick([1, 0.375]), Number.NaN),
});
const variants = { applies: { APPLIES: true }, 'only looks': { APPLIES: false } };

/** What a kernel that only looks leaves, or one that must not write; else what it writes. */
function outcome(
  s: Size<unknown>,
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
  defineSuite<Size<SgdValues>, typeof optimizerSgd.parameters, typeof optimizerSgd.bindings>({
    kernel: optimizerSgd,
    sizes: {
      plain: sgdSize(64, { learning_rate: 0.5 }),
      momentum: sgdSize(1088, PAPER),
      'more than a row of workgroups': sgdSize(257 * 1024 + 64, PAPER),
      "Nesterov's": sgdSize(1024, { ...PAPER, nesterov: 1 }),
      'a rate that overflows': { ...sgdSize(1088, { learning_rate: 1e38 }), stopped: true },
      'behind something that is not finite': { ...sgdSize(64, PAPER), stopped: true },
    },
    nonFinite: { size: 'momentum' },
    inputs: (s, random, { APPLIES }) => {
      const { average: momentum_buffer, ...rest } = arenas(s, random, APPLIES === true);
      return { ...rest, momentum_buffer };
    },
    settings: (s) => ({ update: s.update }),
    variants,
    reference: (s, inputs) => outcome(s, inputs, sgd(s.count, inputs, inputs.clip?.[0] ?? 1, s.update)),
    roundings: () => 8,
  }),
  defineSuite<Size<AdamwValues>, typeof optimizerAdamw.parameters, typeof optimizerAdamw.bindings>({
    kernel: optimizerAdamw,
    sizes: {
      'no decay': adamwSize(64, { learning_rate: 1e-3 }),
      'with decay, third step': adamwSize(1088, ADAM),
      'more than a row of workgroups': adamwSize(257 * 1024 + 64, ADAM),
      'behind something that is not finite': { ...adamwSize(64, ADAM), stopped: true },
      'large epsilon': adamwSize(4096, { ...ADAM, epsilon: 0.1 }),
    },
    // A mean of squares is not negative.
    nonFinite: {
      size: 'with decay, third step',
      allows: (binding, _, value) => binding !== 'exp_avg_sq' || !(value < 0),
    },
    inputs: (s, random, { APPLIES }) => {
      const { average: exp_avg, ...rest } = arenas(s, random, APPLIES === true);
      return { ...rest, exp_avg, exp_avg_sq: vector(random, s.count).map((value) => value * value) };
    },
    settings: (s) => ({ update: s.update }),
    variants,
    reference: (s, inputs) => outcome(s, inputs, adamw(s.count, inputs, inputs.clip?.[0] ?? 1, s.update)),
    roundings: () => 12,
  }),
  defineSuite<Size<LionValues>, typeof optimizerLion.parameters, typeof optimizerLion.bindings>({
    kernel: optimizerLion,
    sizes: {
      'no decay': lionSize(64, { learning_rate: 1e-3 }),
      'with decay': lionSize(1088, { learning_rate: 1e-2, weight_decay: 0.5 }),
      'more than a row of workgroups': lionSize(257 * 1024 + 64, { learning_rate: 1e-2, weight_decay: 0.5 }),
      'behind something that is not finite': { ...lionSize(64, { learning_rate: 1e-3 }), stopped: true },
    },
    nonFinite: { size: 'with decay' },
    inputs: (s, random, { APPLIES }) => {
      const { average, ...rest } = arenas(s, random, APPLIES === true);
      const factor = rest.clip[0] ?? 1;
      // Whose sign is asked for is kept away from 0: there float32 and float64 may differ.
      const exp_avg = average.map((value, i) => {
        const c = 0.9 * value + 0.1 * factor * (rest.gradients[i] ?? 0);
        return Math.abs(c) < 1e-3 ? value + 0.25 : value;
      });
      return { ...rest, exp_avg };
    },
    settings: (s) => ({ update: s.update }),
    variants,
    reference: (s, inputs) => outcome(s, inputs, lion(s.count, inputs, inputs.clip?.[0] ?? 1, s.update)),
    roundings: () => 8,
  }),
];

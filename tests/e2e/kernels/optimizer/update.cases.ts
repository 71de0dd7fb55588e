import type { FieldValues } from '../../../../src/runtime/kernel.ts';
import type { Expected } from '../../../../src/shaders/check-kernel.ts';
import { optimizerAdamw } from '../../../../src/shaders/optimizer/adamw.ts';
import { ARENA_BLOCK, type ArenaSize } from '../../../../src/shaders/optimizer/arena.ts';
import { optimizerLamb } from '../../../../src/shaders/optimizer/lamb.ts';
import { optimizerLambNorms } from '../../../../src/shaders/optimizer/lamb-norms.ts';
import { type LambTrustSize, optimizerLambTrust } from '../../../../src/shaders/optimizer/lamb-trust.ts';
import { optimizerLion } from '../../../../src/shaders/optimizer/lion.ts';
import { adamw, lamb, lambNorms, lambTrust, lion, rmsprop, sgd } from '../../../../src/shaders/optimizer/reference.ts';
import { optimizerRmsprop } from '../../../../src/shaders/optimizer/rmsprop.ts';
import { optimizerSgd } from '../../../../src/shaders/optimizer/sgd.ts';
import { firstNonFinite, noted } from '../../../../src/shaders/parts/reference.ts';
import { type Random, vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { clean } from '../verdicts.ts';

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

type RmspropValues = FieldValues<typeof optimizerRmsprop.fields>;
const rmspropSize = (count: number, { alpha = 0.9, ...update }: Partial<RmspropValues> = {}): Size<RmspropValues> => ({
  count,
  update: f32({
    learning_rate: 1e-3,
    weight_decay: 0,
    alpha,
    rest: 1 - alpha,
    momentum: 0,
    epsilon: 1e-8,
    centered: 0,
    ...update,
  }),
});

interface Variant {
  readonly APPLIES?: unknown;
  readonly GROUPED?: unknown;
}

/** Of each 64 floats: frozen, or other multipliers. */
const groupTable = (count: number, random: Random): number[] =>
  Array.from({ length: count / ARENA_BLOCK }, (_, block) => [
    block % 5 === 1 ? 0 : random.pick([0.5, 1, 3]),
    random.pick([0, 1]),
  ]).flat();

const clipOf = ({ count }: ArenaSize, random: Random, { GROUPED }: Variant): Float32Array =>
  Float32Array.of(random.pick([1, 0.375]), Number.NaN, ...(GROUPED === true ? groupTable(count, random) : []));

const arenas = (s: Size<unknown>, random: Random, variant: Variant) => ({
  ...(variant.APPLIES === true ? { settled: s.stopped ? clean().fill(3, 2, 3) : clean() } : { verdict: clean() }),
  parameters: vector(random, s.count),
  gradients: vector(random, s.count).map((value) => value / 16),
  average: vector(random, s.count).map((value) => value / 8),
  clip: clipOf(s, random, variant),
});
const variants = {
  applies: { APPLIES: true },
  'only looks': { APPLIES: false },
  'applies by groups': { APPLIES: true, GROUPED: true },
  'only looks by groups': { APPLIES: false, GROUPED: true },
};

/** What a kernel that only looks leaves, or one that must not write; else what it writes. */
function outcome(
  s: Size<unknown>,
  {
    verdict,
    clip,
  }: { readonly verdict?: ArrayLike<number> | undefined; readonly clip?: ArrayLike<number> | undefined },
  next: Readonly<Record<string, Expected>>,
): Readonly<Record<string, Expected>> {
  const untouched = { values: new Float64Array(s.count).fill(Number.NaN), magnitude: [] };
  if (!verdict && !s.stopped) return next;
  const stays = Object.fromEntries(Object.keys(next).map((name) => [name, untouched]));
  if (!verdict) return stays;
  const isFrozen = (i: number) => clip?.[2 + 2 * Math.floor(i / ARENA_BLOCK)] === 0;
  const places = Object.values(next).map(
    ({ values }) => firstNonFinite(Array.from(values, (value, i) => (isFrozen(i) ? 0 : value))) ?? s.count,
  );
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

interface TrustSize extends LambTrustSize {
  /** Blocks of each tensor. */
  readonly lengths: readonly number[];
  /** The first three blocks' weights are 0, and the directions of the others. */
  readonly zeros?: true;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const trustSize = (lengths: readonly number[]): TrustSize => ({
  lengths,
  tensors: lengths.length,
  count: ARENA_BLOCK * sum(lengths),
});

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
    inputs: (s, random, variant) => {
      const { average: momentum_buffer, ...rest } = arenas(s, random, variant);
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
    inputs: (s, random, variant) => {
      const { average: exp_avg, ...rest } = arenas(s, random, variant);
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
    inputs: (s, random, variant) => {
      const { average, ...rest } = arenas(s, random, variant);
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
  defineSuite<Size<RmspropValues>, typeof optimizerRmsprop.parameters, typeof optimizerRmsprop.bindings>({
    kernel: optimizerRmsprop,
    sizes: {
      plain: rmspropSize(64),
      'with decay and momentum': rmspropSize(1088, { weight_decay: 0.05, momentum: 0.9 }),
      'centered, no momentum': rmspropSize(1088, { centered: 1, epsilon: 1e-3 }),
      'centered, more than a row of workgroups': rmspropSize(257 * 1024 + 64, { centered: 1, momentum: 0.5 }),
      'behind something that is not finite': { ...rmspropSize(64), stopped: true },
    },
    nonFinite: {
      size: 'with decay and momentum',
      allows: (binding, _, value) => binding !== 'square_avg' || !(value < 0),
    },
    inputs: (s, random, variant) => {
      const { average: grad_avg, ...rest } = arenas(s, random, variant);
      // The mean of squares is at least the square of the mean; so much more that their difference cancels little.
      const square_avg = Float32Array.from(grad_avg, (mean) => 2 * mean * mean + random.integer(1, 64) / 64);
      return { ...rest, grad_avg, square_avg, momentum_buffer: vector(random, s.count) };
    },
    settings: (s) => ({ update: s.update }),
    variants,
    reference: (s, inputs) => outcome(s, inputs, rmsprop(s.count, inputs, inputs.clip?.[0] ?? 1, s.update)),
    roundings: () => 14,
  }),
  defineSuite<Size<AdamwValues>, typeof optimizerLamb.parameters, typeof optimizerLamb.bindings>({
    kernel: optimizerLamb,
    sizes: {
      'no decay': adamwSize(64, { learning_rate: 1e-3 }),
      'with decay, third step': adamwSize(1088, ADAM),
      'more than a row of workgroups': adamwSize(257 * 1024 + 64, ADAM),
      'behind something that is not finite': { ...adamwSize(64, ADAM), stopped: true },
    },
    nonFinite: {
      size: 'with decay, third step',
      allows: (binding, _, value) => binding !== 'exp_avg_sq' || !(value < 0),
    },
    inputs: (s, random, variant) => {
      const { average: exp_avg, ...rest } = arenas(s, random, variant);
      const trust = Float32Array.from({ length: s.count / ARENA_BLOCK }, () => random.integer(1, 256) / 64);
      return { ...rest, trust, exp_avg, exp_avg_sq: vector(random, s.count).map((value) => value * value) };
    },
    settings: (s) => ({ update: s.update }),
    variants,
    reference: (s, inputs) => outcome(s, inputs, lamb(s.count, inputs, inputs.clip?.[0] ?? 1, s.update)),
    roundings: () => 13,
  }),
  defineSuite<Size<AdamwValues>, typeof optimizerLambNorms.parameters, typeof optimizerLambNorms.bindings>({
    kernel: optimizerLambNorms,
    sizes: {
      'one block': adamwSize(64, ADAM),
      'a few floats more than a workgroup': adamwSize(1088, ADAM),
      'more than a row of workgroups': adamwSize(257 * 1024 + 64, ADAM),
    },
    nonFinite: {
      size: 'a few floats more than a workgroup',
      allows: (binding, _, value) => binding !== 'exp_avg_sq' || !(value < 0),
    },
    inputs: (s, random, variant) => ({
      parameters: vector(random, s.count),
      gradients: vector(random, s.count).map((value) => value / 16),
      exp_avg: vector(random, s.count).map((value) => value / 8),
      // Away from 0, where a direction is no larger than its own error.
      exp_avg_sq: vector(random, s.count).map((value) => value * value + 1 / 64),
      clip: clipOf(s, random, variant),
    }),
    settings: (s) => ({ update: s.update }),
    variants: { alike: {}, 'by groups': { GROUPED: true } },
    reference: (s, inputs) => ({ squares: lambNorms(s.count, inputs, inputs.clip?.[0] ?? 1, s.update) }),
    // A direction's roundings count twice in its square; then four products and sixteen sums.
    roundings: () => 2 * 12 + 8,
  }),
  defineSuite<TrustSize, typeof optimizerLambTrust.parameters, typeof optimizerLambTrust.bindings>({
    kernel: optimizerLambTrust,
    sizes: {
      'one tensor of one block': trustSize([1]),
      'tensors of all lengths': trustSize([1, 2, 255, 256, 257, 1, 1000]),
      'no gradient, no weights': { ...trustSize([3, 2, 1]), zeros: true },
    },
    random: { count: 1, size: (r) => trustSize(Array.from({ length: r.integer(1, 40) }, () => r.integer(1, 300))) },
    nonFinite: { size: 'tensors of all lengths', allows: (_, __, value) => !(value < 0) },
    inputs: (s, random) => ({
      squares: Float32Array.from({ length: 2 * (s.count / ARENA_BLOCK) }, (_, i) =>
        s.zeros === true && i % 2 === (i < 6 ? 0 : 1) ? 0 : random.integer(1, 4096) / 64,
      ),
      tensors: Uint32Array.from(s.lengths.flatMap((length, t) => [sum(s.lengths.slice(0, t)), length])),
    }),
    reference: (s, { squares = [], tensors = [] }) => {
      const trust = lambTrust(s.count / ARENA_BLOCK, squares, tensors);
      return { trust: { ...trust, magnitude: trust.values } };
    },
    // A tree of 8 levels over 4 trips, two roots of which each halves an error, and a quotient.
    roundings: () => 16,
  }),
];

// What the optimizer kernels compute, as PyTorch's formulas read: float64, plain loops. Each result comes with its
// magnitude: the sum of its terms' absolute values.

import type { FieldValues } from '../../runtime/kernel.ts';
import type { optimizerAdamw } from './adamw.ts';
import { ARENA_BLOCK } from './arena.ts';
import type { LAMB_FIELDS } from './lamb.ts';
import type { optimizerLion } from './lion.ts';
import type { optimizerRmsprop } from './rmsprop.ts';
import type { optimizerSgd } from './sgd.ts';

type Numbers = ArrayLike<number>;

export interface Updated {
  readonly values: Float64Array;
  readonly magnitude: Float64Array;
}

const at = (numbers: Numbers | undefined, i: number): number => numbers?.[i] ?? Number.NaN;
const updated = (count: number): Updated => ({
  values: new Float64Array(count),
  magnitude: new Float64Array(count),
});
function put(into: Updated, i: number, terms: readonly number[]): number {
  const value = terms.reduce((a, b) => a + b, 0);
  into.values[i] = value;
  into.magnitude[i] = terms.reduce((a, b) => a + Math.abs(b), 0);
  return value;
}

/** Parameters, gradients and the optimizer's state, by the kernel's names. */
export type Arenas = Readonly<Record<string, Numbers>>;

/** What a parameter's group multiplies: its learning rate (0: frozen, nothing of it is written) and its weight decay. */
function groupOf(clip: Numbers | undefined, i: number): { readonly rate: number; readonly decay: number } {
  if (clip === undefined || clip.length <= 2) return { rate: 1, decay: 1 };
  const pair = 2 + 2 * Math.floor(i / ARENA_BLOCK);
  return { rate: at(clip, pair), decay: at(clip, pair + 1) };
}

function untouched(out: Readonly<Record<string, Updated>>, i: number): void {
  for (const { values } of Object.values(out)) values[i] = Number.NaN;
}

/** The uniform, as the group of parameter i has it. */
const grouped = <U extends { readonly learning_rate: number; readonly weight_decay: number }>(
  update: U,
  { rate, decay }: ReturnType<typeof groupOf>,
): U => ({ ...update, learning_rate: update.learning_rate * rate, weight_decay: update.weight_decay * decay });

/** torch.optim.SGD with weight decay, momentum and Nesterov's look-ahead. */
export function sgd(count: number, arenas: Arenas, factor: number, all: FieldValues<typeof optimizerSgd.fields>) {
  const out = { parameters: updated(count), momentum_buffer: updated(count) };
  for (let i = 0; i < count; i++) {
    const group = groupOf(arenas.clip, i);
    const update = grouped(all, group);
    const w = at(arenas.parameters, i);
    const [gradient, decay] = [at(arenas.gradients, i) * factor, update.weight_decay * w];
    const kept = update.momentum * at(arenas.momentum_buffer, i);
    const m = put(out.momentum_buffer, i, [gradient, decay, kept]);
    const ahead = update.nesterov ? update.momentum : 1;
    const direct = update.nesterov ? [-update.learning_rate * gradient, -update.learning_rate * decay] : [];
    put(out.parameters, i, [w, ...direct, -update.learning_rate * ahead * m]);
    const moved =
      at(out.momentum_buffer.magnitude, i) * ahead + (update.nesterov ? Math.abs(gradient) + Math.abs(decay) : 0);
    out.parameters.magnitude[i] = Math.abs(w) + update.learning_rate * moved;
    if (group.rate === 0) untouched(out, i);
  }
  return out;
}

/** torch.optim.AdamW. */
export function adamw(count: number, arenas: Arenas, factor: number, all: FieldValues<typeof optimizerAdamw.fields>) {
  const out = { parameters: updated(count), exp_avg: updated(count), exp_avg_sq: updated(count) };
  for (let i = 0; i < count; i++) {
    const group = groupOf(arenas.clip, i);
    const update = grouped(all, group);
    const g = at(arenas.gradients, i) * factor;
    const before = at(arenas.exp_avg, i);
    const m = put(out.exp_avg, i, [before, (1 - update.beta1) * (g - before)]);
    const v = put(out.exp_avg_sq, i, [update.beta2 * at(arenas.exp_avg_sq, i), (1 - update.beta2) * g * g]);
    const denominator = Math.sqrt(v / update.bias_correction2) + update.epsilon;
    const w = at(arenas.parameters, i);
    const rate = update.learning_rate / update.bias_correction1 / denominator;
    put(out.parameters, i, [w, -update.learning_rate * update.weight_decay * w, -rate * m]);
    const averaged = at(out.exp_avg.magnitude, i);
    out.parameters.magnitude[i] = Math.abs(w) * (1 + update.learning_rate * update.weight_decay) + rate * averaged;
    if (group.rate === 0) untouched(out, i);
  }
  return out;
}

/** Lion as algorithm 2 of Chen et al. 2023 has it. */
export function lion(count: number, arenas: Arenas, factor: number, all: FieldValues<typeof optimizerLion.fields>) {
  const out = { parameters: updated(count), exp_avg: updated(count) };
  for (let i = 0; i < count; i++) {
    const group = groupOf(arenas.clip, i);
    const update = grouped(all, group);
    const g = at(arenas.gradients, i) * factor;
    const before = at(arenas.exp_avg, i);
    const c = update.beta1 * before + (1 - update.beta1) * g;
    put(out.exp_avg, i, [update.beta2 * before, (1 - update.beta2) * g]);
    const w = at(arenas.parameters, i);
    put(out.parameters, i, [w, -update.learning_rate * update.weight_decay * w, -update.learning_rate * Math.sign(c)]);
    if (group.rate === 0) untouched(out, i);
  }
  return out;
}

/** torch.optim.RMSprop. */
export function rmsprop(
  count: number,
  arenas: Arenas,
  factor: number,
  all: FieldValues<typeof optimizerRmsprop.fields>,
) {
  const out = {
    parameters: updated(count),
    square_avg: updated(count),
    momentum_buffer: updated(count),
    grad_avg: updated(count),
  };
  for (let i = 0; i < count; i++) {
    const group = groupOf(arenas.clip, i);
    const update = grouped(all, group);
    const w = at(arenas.parameters, i);
    const g = at(arenas.gradients, i) * factor + update.weight_decay * w;
    const gMagnitude = Math.abs(at(arenas.gradients, i) * factor) + Math.abs(update.weight_decay * w);
    const v = put(out.square_avg, i, [update.alpha * at(arenas.square_avg, i), update.rest * g * g]);
    // The square is of a sum, whose own error counts twice.
    out.square_avg.magnitude[i] = update.alpha * Math.abs(at(arenas.square_avg, i)) + update.rest * gMagnitude ** 2;
    const isCentered = update.centered !== 0;
    const a = put(
      out.grad_avg,
      i,
      isCentered ? [update.alpha * at(arenas.grad_avg, i), update.rest * g] : [at(arenas.grad_avg, i)],
    );
    if (isCentered)
      out.grad_avg.magnitude[i] = update.alpha * Math.abs(at(arenas.grad_avg, i)) + update.rest * gMagnitude;
    const spread = isCentered ? Math.max(0, v - a * a) : v;
    const denominator = Math.sqrt(spread) + update.epsilon;
    // What the difference cancels, in units of the result: the denominator is off by half of it.
    const lost =
      1 +
      (isCentered
        ? (at(out.square_avg.magnitude, i) + at(out.grad_avg.magnitude, i) ** 2) / spread
        : at(out.square_avg.magnitude, i) / spread);
    const before = at(arenas.momentum_buffer, i);
    const m = put(out.momentum_buffer, i, update.momentum > 0 ? [update.momentum * before, g / denominator] : [before]);
    const quotient = (gMagnitude / denominator) * lost;
    if (update.momentum > 0) out.momentum_buffer.magnitude[i] = update.momentum * Math.abs(before) + quotient;
    const direction = update.momentum > 0 ? m : g / denominator;
    put(out.parameters, i, [w, -update.learning_rate * direction]);
    const moved = update.momentum > 0 ? at(out.momentum_buffer.magnitude, i) : quotient;
    out.parameters.magnitude[i] = Math.abs(w) + update.learning_rate * moved;
    if (group.rate === 0) untouched(out, i);
  }
  return out;
}

/** LAMB's moments and direction of parameter i; magnitude: of the direction's terms. */
function lambDirection(arenas: Arenas, factor: number, update: FieldValues<typeof LAMB_FIELDS>, i: number) {
  const g = at(arenas.gradients, i) * factor;
  const before = at(arenas.exp_avg, i);
  const m = [before, (1 - update.beta1) * (g - before)];
  const v = update.beta2 * at(arenas.exp_avg_sq, i) + (1 - update.beta2) * g * g;
  const denominator = Math.sqrt(v / update.bias_correction2) + update.epsilon;
  const decay = update.weight_decay * at(arenas.parameters, i);
  const scale = 1 / update.bias_correction1 / denominator;
  const u = m.reduce((a, b) => a + b, 0) * scale + decay;
  return { m, v, u, magnitude: m.reduce((a, b) => a + Math.abs(b), 0) * scale + Math.abs(decay) };
}

/** Sums of squares per block of the arena, of the parameters and of LAMB's directions: [blocks][2]. */
export function lambNorms(
  count: number,
  arenas: Arenas,
  factor: number,
  all: FieldValues<typeof LAMB_FIELDS>,
): Updated {
  const out = updated(2 * (count / ARENA_BLOCK));
  for (let i = 0; i < count; i++) {
    const block = 2 * Math.floor(i / ARENA_BLOCK);
    const w = at(arenas.parameters, i);
    const { u, magnitude } = lambDirection(arenas, factor, grouped(all, groupOf(arenas.clip, i)), i);
    for (const [at2, value, size] of [
      [block, w, Math.abs(w)],
      [block + 1, u, magnitude],
    ] as const) {
      out.values[at2] = at(out.values, at2) + value * value;
      out.magnitude[at2] = at(out.magnitude, at2) + size * size;
    }
  }
  return out;
}

/** The trust ratio of each tensor (first block, blocks), at each of its blocks; NaN between them, where nothing is written. */
export function lambTrust(blocks: number, squares: Numbers, tensors: Numbers): Updated {
  const out = updated(blocks);
  out.values.fill(Number.NaN);
  for (let t = 0; t < tensors.length; t += 2) {
    const [first, length] = [at(tensors, t), at(tensors, t + 1)];
    const sum = (k: number) =>
      Array.from({ length }, (_, b) => at(squares, 2 * (first + b) + k)).reduce((a, b) => a + b, 0);
    const [w, u] = [Math.sqrt(sum(0)), Math.sqrt(sum(1))];
    out.values.fill(w > 0 && u > 0 ? w / u : 1, first, first + length);
  }
  return out;
}

/** LAMB as algorithm 2 of You et al. 2020 has it, phi the identity. */
export function lamb(count: number, arenas: Arenas, factor: number, all: FieldValues<typeof LAMB_FIELDS>) {
  const out = { parameters: updated(count), exp_avg: updated(count), exp_avg_sq: updated(count) };
  for (let i = 0; i < count; i++) {
    const group = groupOf(arenas.clip, i);
    const update = grouped(all, group);
    const { m, v, u, magnitude } = lambDirection(arenas, factor, update, i);
    put(out.exp_avg, i, m);
    put(out.exp_avg_sq, i, [v]);
    const rate = update.learning_rate * at(arenas.trust, Math.floor(i / ARENA_BLOCK));
    const w = at(arenas.parameters, i);
    put(out.parameters, i, [w, -rate * u]);
    out.parameters.magnitude[i] = Math.abs(w) + rate * magnitude;
    if (group.rate === 0) untouched(out, i);
  }
  return out;
}

/** torch.lerp(average, values, weight): exact at both ends. `rest` is 1 - weight, rounded by itself. */
export function average(count: number, before: Numbers, values: Numbers, weight: number, rest: number): Updated {
  const out = updated(count);
  for (let i = 0; i < count; i++) {
    const [a, x] = [at(before, i), at(values, i)];
    put(out, i, weight < 0.5 ? [a, weight * (x - a)] : [x, -rest * (x - a)]);
    out.magnitude[i] = Math.abs(a) + Math.abs(x);
  }
  return out;
}

// What the optimizer kernels compute, as PyTorch's formulas read: float64, plain loops. Each result comes with its
// magnitude: the sum of its terms' absolute values.

import type { FieldValues } from '../../runtime/kernel.ts';
import type { optimizerAdamw } from './adamw.ts';
import type { optimizerLion } from './lion.ts';
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

/** torch.optim.SGD with weight decay, momentum and Nesterov's look-ahead. */
export function sgd(count: number, arenas: Arenas, factor: number, update: FieldValues<typeof optimizerSgd.fields>) {
  const out = { parameters: updated(count), momentum_buffer: updated(count) };
  for (let i = 0; i < count; i++) {
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
  }
  return out;
}

/** torch.optim.AdamW. */
export function adamw(
  count: number,
  arenas: Arenas,
  factor: number,
  update: FieldValues<typeof optimizerAdamw.fields>,
) {
  const out = { parameters: updated(count), exp_avg: updated(count), exp_avg_sq: updated(count) };
  for (let i = 0; i < count; i++) {
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
  }
  return out;
}

/** Lion as algorithm 2 of Chen et al. 2023 has it. */
export function lion(count: number, arenas: Arenas, factor: number, update: FieldValues<typeof optimizerLion.fields>) {
  const out = { parameters: updated(count), exp_avg: updated(count) };
  for (let i = 0; i < count; i++) {
    const g = at(arenas.gradients, i) * factor;
    const before = at(arenas.exp_avg, i);
    const c = update.beta1 * before + (1 - update.beta1) * g;
    put(out.exp_avg, i, [update.beta2 * before, (1 - update.beta2) * g]);
    const w = at(arenas.parameters, i);
    put(out.parameters, i, [w, -update.learning_rate * update.weight_decay * w, -update.learning_rate * Math.sign(c)]);
  }
  return out;
}

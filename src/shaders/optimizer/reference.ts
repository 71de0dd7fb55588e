// What the optimizer kernels compute, as PyTorch's formulas read: float64, plain loops. Each result comes with its
// magnitude: the sum of its terms' absolute values.

import type { StepValues } from '../parts/step.ts';

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

interface Arenas {
  readonly parameters: Numbers;
  readonly gradients: Numbers;
  readonly momentum: Numbers;
  readonly secondMomentum?: Numbers;
}

/** torch.optim.SGD with weight decay, momentum and Nesterov's look-ahead. */
export function sgd(count: number, { parameters, gradients, momentum }: Arenas, factor: number, step: StepValues) {
  const out = { parameters: updated(count), momentum: updated(count) };
  for (let i = 0; i < count; i++) {
    const w = at(parameters, i);
    const [gradient, decay] = [at(gradients, i) * factor, step.weight_decay * w];
    const kept = step.momentum * at(momentum, i);
    const m = put(out.momentum, i, [gradient, decay, kept]);
    const ahead = step.nesterov ? step.momentum : 1;
    const direct = step.nesterov ? [-step.learning_rate * gradient, -step.learning_rate * decay] : [];
    put(out.parameters, i, [w, ...direct, -step.learning_rate * ahead * m]);
    const update = at(out.momentum.magnitude, i) * ahead + (step.nesterov ? Math.abs(gradient) + Math.abs(decay) : 0);
    out.parameters.magnitude[i] = Math.abs(w) + step.learning_rate * update;
  }
  return out;
}

/** torch.optim.AdamW. */
export function adamw(count: number, arenas: Arenas, factor: number, step: StepValues) {
  const out = { parameters: updated(count), momentum: updated(count), secondMomentum: updated(count) };
  for (let i = 0; i < count; i++) {
    const g = at(arenas.gradients, i) * factor;
    const before = at(arenas.momentum, i);
    const m = put(out.momentum, i, [before, (1 - step.beta1) * (g - before)]);
    const v = put(out.secondMomentum, i, [step.beta2 * at(arenas.secondMomentum, i), (1 - step.beta2) * g * g]);
    const denominator = Math.sqrt(v / step.bias_correction2) + step.epsilon;
    const w = at(arenas.parameters, i);
    const rate = step.learning_rate / step.bias_correction1 / denominator;
    put(out.parameters, i, [w, -step.learning_rate * step.weight_decay * w, -rate * m]);
    const momentumTerms = at(out.momentum.magnitude, i);
    out.parameters.magnitude[i] = Math.abs(w) * (1 + step.learning_rate * step.weight_decay) + rate * momentumTerms;
  }
  return out;
}

// What an optimizer is, as options with PyTorch's names and defaults, and the step uniform they make.

import { ConfigError } from '../../runtime/errors.ts';

export interface SgdOptions {
  readonly kind: 'sgd';
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

export interface AdamwOptions {
  readonly kind: 'adamw';
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
}

export type OptimizerOptions = SgdOptions | AdamwOptions;

/** The paper's: momentum 0.9, Nesterov, weight decay 1e-4 (section 4.2). */
export const SGD: SgdOptions = { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 1e-4 };
/** PyTorch's defaults. */
export const ADAMW: AdamwOptions = { kind: 'adamw', betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 };

/** @throws ConfigError naming the option and its value */
export function checkOptimizer(options: OptimizerOptions): OptimizerOptions {
  const within = (field: string, value: number, ok: boolean, rule: string) => {
    if (!Number.isFinite(value) || !ok) throw new ConfigError(field, value, rule);
  };
  within('weightDecay', options.weightDecay, options.weightDecay >= 0, 'must be 0 or more');
  if (options.kind === 'sgd') {
    within('momentum', options.momentum, options.momentum >= 0 && options.momentum < 1, 'must lie in [0, 1)');
    if (options.nesterov && options.momentum === 0) {
      throw new ConfigError('nesterov', true, 'needs a momentum above 0');
    }
  } else if (options.kind === 'adamw') {
    for (const [i, beta] of options.betas.entries()) {
      within(`betas[${i}]`, beta, beta >= 0 && beta < 1, 'must lie in [0, 1)');
    }
    within('epsilon', options.epsilon, options.epsilon > 0, 'must be above 0');
  } else throw new ConfigError('optimizer', options, "must be of kind 'sgd' or 'adamw'");
  return options;
}

/** The step uniform's optimizer fields at the t-th update, counted from 1. */
export function optimizerValues(options: OptimizerOptions, update: number) {
  const none = { momentum: 0, nesterov: 0, beta1: 0, beta2: 0, epsilon: 1, bias_correction1: 1, bias_correction2: 1 };
  const common = { ...none, weight_decay: options.weightDecay };
  if (options.kind === 'sgd') {
    return { ...common, momentum: options.momentum, nesterov: options.nesterov ? 1 : 0 };
  }
  // The shader's weights are 1 - beta of the float32 betas, and so must be the corrections.
  const [beta1, beta2] = [Math.fround(options.betas[0]), Math.fround(options.betas[1])];
  return {
    ...common,
    beta1,
    beta2,
    epsilon: options.epsilon,
    bias_correction1: 1 - beta1 ** update,
    bias_correction2: 1 - beta2 ** update,
  };
}

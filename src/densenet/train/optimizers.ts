// What an optimizer is, as options with PyTorch's names and defaults, and the step uniform they make.

import { ConfigError } from '../../runtime/errors.ts';
import { aNumber, anything, atLeast, checkOptions, flag, type Rules, required } from '../../runtime/options.ts';

/** SGD with momentum, as `torch.optim.SGD`. */
export interface SgdOptions {
  /** Names the optimizer. */
  readonly kind: 'sgd';
  /** In [0, 1); 0: none. */
  readonly momentum: number;
  /** Nesterov momentum; needs a momentum above 0. */
  readonly nesterov: boolean;
  /** L2 penalty, added to the gradient. */
  readonly weightDecay: number;
}

/** AdamW (Loshchilov and Hutter, 1711.05101), as `torch.optim.AdamW`. */
export interface AdamwOptions {
  /** Names the optimizer. */
  readonly kind: 'adamw';
  /** Decay of the first and second moment, each in [0, 1). */
  readonly betas: readonly [number, number];
  /** Added to the denominator. */
  readonly epsilon: number;
  /** Decoupled weight decay, times the learning rate. */
  readonly weightDecay: number;
}

/** Any optimizer's options; `SGD` and `ADAMW` are ready-made. */
export type OptimizerOptions = SgdOptions | AdamwOptions;

/** The paper's: momentum 0.9, Nesterov, weight decay 1e-4 (section 4.2). */
export const SGD: SgdOptions = { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 1e-4 };
/** PyTorch's defaults. */
export const ADAMW: AdamwOptions = { kind: 'adamw', betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 };

/** A factor of a running mean. */
const decay = aNumber((value) => value >= 0 && value < 1, 'must lie in [0, 1)');
const weightDecay = required(atLeast(0));

/** What each optimizer's options may be. */
const OPTIMIZER_RULES = {
  sgd: {
    kind: anything,
    momentum: required(decay),
    nesterov: required(flag),
    weightDecay,
  } satisfies Rules<SgdOptions>,
  adamw: {
    kind: anything,
    betas: required((field, value) => {
      if (!Array.isArray(value) || value.length !== 2) throw new ConfigError(field, value, 'must be two numbers');
      for (const [i, beta] of value.entries()) decay(`${field}[${i}]`, beta);
    }),
    epsilon: required(aNumber((value) => value > 0, 'must be above 0')),
    weightDecay,
  } satisfies Rules<AdamwOptions>,
} as const;

/** @throws ConfigError naming the option, its value and what it may be */
export function checkOptimizer(options: OptimizerOptions): OptimizerOptions {
  const kind: unknown = typeof options === 'object' && options !== null ? options.kind : undefined;
  if (kind !== 'sgd' && kind !== 'adamw')
    throw new ConfigError('optimizer', options, "must be SGD or ADAMW, or options of kind 'sgd' or 'adamw'");
  if (kind === 'sgd') checkOptions<SgdOptions>('options of SGD', options, OPTIMIZER_RULES.sgd);
  else checkOptions<AdamwOptions>('options of AdamW', options, OPTIMIZER_RULES.adamw);
  if (options.kind === 'sgd' && options.nesterov && options.momentum === 0)
    throw new ConfigError('nesterov', true, 'needs a momentum above 0');
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

// Every optimizer, once: its state and options with PyTorch's names and defaults, and its kernel's uniform of a step.
// Options, files, command lines and forms follow from this table; plan/training.ts has the kernel of each.

import {
  checked,
  type Fields,
  field,
  flag,
  lazy,
  list,
  number,
  type Output,
  object,
  oneOf,
  parse,
  type Schema,
} from '../../data/schema.ts';
import { ConfigError } from '../../runtime/errors.ts';

export interface Optimizer<F extends Fields = Fields> {
  /** Its name for people. */
  readonly label: string;
  /** Its state tensors, each of a parameter's shape, by PyTorch's names. */
  readonly state: readonly string[];
  /** State tensors that hold means of squares, which are never negative. */
  readonly squares?: readonly string[];
  /** Its options, beside `kind`. */
  readonly fields: F;
  readonly defaults: Output<F>;
  /** A usual peak learning rate where all weights are new, and where trained ones are fine-tuned. */
  readonly learningRate: { readonly scratch: number; readonly fineTune: number };
  /** Checks across fields. @throws ConfigError */
  check?(options: Output<F>): void;
  /** Options where one was changed and others follow from it. */
  settled?(options: Output<F>): Output<F>;
  /** The kernel's uniform at the t-th update, counted from 1, but for the learning rate. */
  values(options: Output<F>, update: number): Readonly<Record<string, number>>;
}

const define = <const F extends Fields, const S extends readonly string[]>(
  optimizer: Optimizer<F> & { readonly state: S },
): Optimizer<F> & { readonly state: S } => optimizer;

const WEIGHT_DECAY = field(number({ min: 0 }), { help: 'weight decay', option: '--weight-decay <w>' });
/** A factor of a running mean. */
const DECAY = number({ min: 0, below: 1 });
const MOMENTUM = field(DECAY, { help: 'momentum; of sgd, as Nesterov has it', option: '--momentum <m>' });
const EPSILON = field(number({ above: 0 }), { help: 'added to the denominator', option: '--epsilon <e>' });
const BETAS = field(list(DECAY, 2, 2), { help: 'decay rates of the running averages', option: '--betas <b1,b2>' });

/** The uniform of AdamW's kernel, and of LAMB's. */
function adamValues(
  { betas, epsilon, weightDecay }: { betas: readonly number[]; epsilon: number; weightDecay: number },
  update: number,
) {
  // The kernel's weights are 1 - beta of the float32 betas, and so must be the corrections.
  const [beta1 = 0, beta2 = 0] = betas.map(Math.fround);
  return {
    weight_decay: weightDecay,
    beta1,
    beta2,
    epsilon,
    bias_correction1: 1 - beta1 ** update,
    bias_correction2: 1 - beta2 ** update,
  };
}

export const OPTIMIZERS = {
  /** Defaults as in the paper, section 4.2: momentum 0.9, Nesterov, weight decay 1e-4. */
  sgd: define({
    label: 'SGD',
    state: ['momentum_buffer'],
    fields: {
      /** Decay rate of the momentum buffer; 0: none. */
      momentum: MOMENTUM,
      /** Nesterov's momentum. */
      nesterov: field(flag, { help: "Nesterov's momentum" }),
      /** Added to the gradient, times the parameter. */
      weightDecay: WEIGHT_DECAY,
    },
    defaults: { momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
    learningRate: { scratch: 0.1, fineTune: 0.02 },
    check: ({ momentum, nesterov }) => {
      if (nesterov && momentum === 0) throw new ConfigError('nesterov', true, 'needs a momentum above 0');
    },
    settled: (options) => (options.momentum === 0 ? { ...options, nesterov: false } : options),
    values: ({ momentum, nesterov, weightDecay }) => ({
      weight_decay: weightDecay,
      momentum,
      nesterov: nesterov ? 1 : 0,
    }),
  }),
  /** Loshchilov and Hutter 2019, arXiv 1711.05101; PyTorch's defaults. */
  adamw: define({
    label: 'AdamW',
    state: ['exp_avg', 'exp_avg_sq'],
    squares: ['exp_avg_sq'],
    fields: {
      /** Decay rates of the running averages of the gradient and of its square. */
      betas: BETAS,
      /** Added to the denominator. */
      epsilon: EPSILON,
      /** Decoupled from the gradient, in units of the learning rate. */
      weightDecay: WEIGHT_DECAY,
    },
    defaults: { betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.01 },
    learningRate: { scratch: 0.005, fineTune: 0.001 },
    values: adamValues,
  }),
  /** Tieleman and Hinton 2012, centered as in Graves 2013, arXiv 1308.0850; PyTorch's defaults. */
  rmsprop: define({
    label: 'RMSprop',
    state: ['square_avg', 'momentum_buffer', 'grad_avg'],
    squares: ['square_avg'],
    fields: {
      /** Decay rate of the running average of the squared gradient. */
      alpha: field(DECAY, { help: 'decay rate of the running average of squares', option: '--alpha <a>' }),
      /** Added to the denominator. */
      epsilon: EPSILON,
      /** Decay rate of the momentum buffer; 0: none. */
      momentum: MOMENTUM,
      /** Whether the gradient's running average is subtracted, so that its variance is estimated. */
      centered: field(flag, {
        help: 'subtract the running average of the gradient from that of squares',
        option: '--centered',
      }),
      /** Added to the gradient, times the parameter. */
      weightDecay: WEIGHT_DECAY,
    },
    defaults: { alpha: 0.99, epsilon: 1e-8, momentum: 0, centered: false, weightDecay: 0 },
    learningRate: { scratch: 0.001, fineTune: 0.0002 },
    values: ({ alpha, epsilon, momentum, centered, weightDecay }) => ({
      weight_decay: weightDecay,
      alpha,
      rest: 1 - alpha,
      momentum,
      epsilon,
      centered: centered ? 1 : 0,
    }),
  }),
  /** You et al. 2020, arXiv 1904.00962, algorithm 2: AdamW's step, scaled per tensor; for large batches. */
  lamb: define({
    label: 'LAMB',
    state: ['exp_avg', 'exp_avg_sq'],
    squares: ['exp_avg_sq'],
    fields: {
      /** Decay rates of the running averages of the gradient and of its square. */
      betas: BETAS,
      /** Added to the denominator. */
      epsilon: EPSILON,
      /** Decoupled from the gradient, and in the direction whose norm the trust ratio is of. */
      weightDecay: WEIGHT_DECAY,
    },
    defaults: { betas: [0.9, 0.999], epsilon: 1e-6, weightDecay: 0.01 },
    learningRate: { scratch: 0.01, fineTune: 0.002 },
    values: adamValues,
  }),
  /** Chen et al. 2023, arXiv 2302.06675; against AdamW a smaller rate and a larger decay (section 5). */
  lion: define({
    label: 'Lion',
    state: ['exp_avg'],
    fields: {
      /** Decay rates of the update's average of the gradient, and of the one that is kept. */
      betas: BETAS,
      /** Decoupled from the gradient, in units of the learning rate. */
      weightDecay: WEIGHT_DECAY,
    },
    defaults: { betas: [0.9, 0.99], weightDecay: 0.1 },
    learningRate: { scratch: 0.0005, fineTune: 0.0001 },
    values: ({ betas, weightDecay }) => {
      const [beta1 = 0, beta2 = 0] = betas.map(Math.fround);
      return { weight_decay: weightDecay, beta1, beta2 };
    },
  }),
} as const;

/**
 * The name of an optimizer.
 * @useDeclaredType
 */
export type OptimizerKind = keyof typeof OPTIMIZERS;
type OptionsOf<K extends OptimizerKind> = {
  /** Which optimizer. */
  readonly kind: K;
} & Output<(typeof OPTIMIZERS)[K]['fields']>;
/**
 * Any optimizer's options; `SGD` and `ADAMW` are ready-made.
 * @useDeclaredType
 */
export type OptimizerOptions = { [K in OptimizerKind]: OptionsOf<K> }[OptimizerKind];
/**
 * SGD with momentum, as `torch.optim.SGD`: momentum in [0, 1), weight decay added to the gradient.
 * @interface
 */
export type SgdOptions = OptionsOf<'sgd'>;
/**
 * AdamW (Loshchilov and Hutter, 1711.05101), as `torch.optim.AdamW`: weight decay is decoupled.
 * @interface
 */
export type AdamwOptions = OptionsOf<'adamw'>;
/**
 * Lion (Chen et al., 2302.06675): the sign of an averaged gradient, with decoupled weight decay.
 * @interface
 */
export type LionOptions = OptionsOf<'lion'>;
/**
 * RMSprop, as `torch.optim.RMSprop`: weight decay is added to the gradient.
 * @interface
 */
export type RmspropOptions = OptionsOf<'rmsprop'>;
/**
 * LAMB (You et al., 1904.00962): AdamW's direction, scaled by each tensor's trust ratio.
 * @interface
 */
export type LambOptions = OptionsOf<'lamb'>;

export const isOptimizer = (kind: unknown): kind is OptimizerKind =>
  typeof kind === 'string' && Object.hasOwn(OPTIMIZERS, kind);
export const OPTIMIZER_KINDS: readonly OptimizerKind[] = Object.keys(OPTIMIZERS).filter(isOptimizer);

/** A row of the table, where it does not matter which. */
export const optimizerOf = (kind: OptimizerKind): Optimizer => OPTIMIZERS[kind];

/** The paper's: momentum 0.9, Nesterov, weight decay 1e-4 (section 4.2). */
export const SGD: SgdOptions = { kind: 'sgd', ...OPTIMIZERS.sgd.defaults };
/** PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, weight decay 0.01. */
export const ADAMW: AdamwOptions = { kind: 'adamw', ...OPTIMIZERS.adamw.defaults };
/** Betas 0.9 and 0.99, weight decay 0.1; its learning rate is a tenth of AdamW's or less. */
export const LION: LionOptions = { kind: 'lion', ...OPTIMIZERS.lion.defaults };
/** PyTorch's defaults: alpha 0.99, epsilon 1e-8, no momentum, not centered, no weight decay. */
export const RMSPROP: RmspropOptions = { kind: 'rmsprop', ...OPTIMIZERS.rmsprop.defaults };
/** Betas 0.9 and 0.999, epsilon 1e-6, weight decay 0.01. */
export const LAMB: LambOptions = { kind: 'lamb', ...OPTIMIZERS.lamb.defaults };

/** An optimizer's options, whichever it is. */
export const OPTIMIZER: Schema<OptimizerOptions> = lazy((json) => {
  const kind: unknown = typeof json === 'object' && json !== null && 'kind' in json ? json.kind : undefined;
  const { fields, check } = isOptimizer(kind) ? optimizerOf(kind) : { fields: {}, check: undefined };
  const schema: Schema<unknown> = object({ kind: oneOf(OPTIMIZER_KINDS), ...fields });
  const options = schema as Schema<OptimizerOptions>;
  return check ? checked(options, check) : options;
});

/** @throws ConfigError naming the option, its value and what it may be */
export const checkOptimizer = (options: unknown): OptimizerOptions => parse(OPTIMIZER, options, 'optimizer');

/** An optimizer with its defaults, but for what is given. @throws ConfigError */
export function optimizerWith(kind: OptimizerKind, given: Readonly<Record<string, unknown>> = {}): OptimizerOptions {
  const { defaults, settled } = optimizerOf(kind);
  const options = { ...defaults, ...given };
  return checkOptimizer({ kind, ...(settled?.(options) ?? options) });
}

/** The uniform of an optimizer's kernel at the t-th update, counted from 1. */
export const updateValues = (
  options: OptimizerOptions,
  update: number,
  learningRate: number,
): Readonly<Record<string, number>> => ({
  ...optimizerOf(options.kind).values(options, update),
  learning_rate: learningRate,
});

/** For people: `AdamW, betas 0.9 0.999, epsilon 1e-8, weight decay 0.01`. */
export function optimizerText(options: OptimizerOptions): string {
  const { label, fields } = optimizerOf(options.kind);
  const parts = Object.keys(fields).flatMap((name) => {
    const value: unknown = Reflect.get(options, name);
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    if (typeof value === 'boolean') return value ? [words] : [];
    return [`${words} ${Array.isArray(value) ? value.join(' ') : value}`];
  });
  return [label, ...parts].join(', ');
}

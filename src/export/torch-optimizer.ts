// An optimizer's state as `torch.optim` saves it: `{'state': {0: {…}}, 'param_groups': […]}`, parameters by their number in
// the order of `model.parameters()`. What our state files hold has PyTorch's names already; a group's options follow from ours.

import { float32Tensor } from '../data/tensor.ts';
import type { Network } from '../densenet/network.ts';
import { trainableRange } from '../densenet/plan/scope.ts';
import { byParameter } from '../densenet/state-dict.ts';
import { scheduleOf } from '../densenet/train/hyperparameters.ts';
import { type OptimizerOptions, optimizerOf } from '../densenet/train/optimizers.ts';
import type { RunMetadata } from '../densenet/train/run-metadata.ts';
import type { TrainerState } from '../densenet/train/trainer-state.ts';
import { ConfigError } from '../runtime/errors.ts';
import type { PythonDict, PythonValue } from './pickle.ts';

interface TorchOptimizer {
  /** Its class in `torch.optim`. */
  readonly name: string;
  /** Options that we do not have: PyTorch's defaults. */
  readonly defaults: Readonly<Record<string, PythonValue>>;
  /** Whether each parameter's state counts its updates. */
  readonly counts: boolean;
  /** State that it has only where this option is on. */
  readonly needs: Readonly<Record<string, string>>;
}

/** What PyTorch has of our optimizers, by their kind here. */
const TORCH: Readonly<Record<string, TorchOptimizer>> = {
  sgd: {
    name: 'SGD',
    defaults: { dampening: 0, maximize: false, foreach: null, differentiable: false },
    counts: false,
    needs: { momentum_buffer: 'momentum' },
  },
  adamw: {
    name: 'AdamW',
    defaults: { amsgrad: false, maximize: false, foreach: null, capturable: false },
    counts: true,
    needs: {},
  },
  rmsprop: {
    name: 'RMSprop',
    defaults: { maximize: false, foreach: null, differentiable: false },
    counts: true,
    needs: { momentum_buffer: 'momentum', grad_avg: 'centered' },
  },
};

/** PyTorch's names of options whose names here are others; the rest is in snake_case there. */
const OPTION_NAMES: Readonly<Record<string, string>> = { epsilon: 'eps' };
const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The class of `torch.optim` that goes on with this optimizer's state. @throws ConfigError where PyTorch has none */
export function torchOptimizerName({ kind }: OptimizerOptions): string {
  return torchOptimizer(kind).name;
}

function torchOptimizer(kind: string): TorchOptimizer {
  const found = TORCH[kind];
  if (found) return found;
  const known = Object.values(TORCH).map(({ name }) => name);
  throw new ConfigError(
    'optimizer',
    kind,
    `is not in torch.optim: of its states only those of ${known.join(', ')} export`,
  );
}

/**
 * For `optimizer.load_state_dict` of an optimizer over the parameters that are trained, in their order. Its learning rate is
 * that of the run's next update.
 * @throws ConfigError for an optimizer that PyTorch does not have
 */
export function torchOptimizerState(network: Network, run: RunMetadata, trainer: TrainerState): PythonDict {
  const { optimizer, trainable } = run.hyperparameters;
  const { defaults, counts, needs } = torchOptimizer(optimizer.kind);
  const part = trainableRange(network, trainable);
  const tensors = optimizerOf(optimizer.kind).state.flatMap((name, i) => {
    const option = needs[name];
    const isKept = option === undefined || Boolean(Reflect.get(optimizer, option));
    return isKept ? [[name, byParameter(part, trainer.optimizerState[i] ?? new Float32Array())] as const] : [];
  });
  const state = new Map<number, PythonDict>();
  for (const [i, { name }] of part.parameters.entries()) {
    const of = new Map<string, PythonValue>();
    if (counts) of.set('step', { tensor: float32Tensor([], Float32Array.of(trainer.steps)) });
    for (const [tensor, values] of tensors) {
      const { shape, values: floats } = values.get(name) ?? { shape: [0], values: new Float32Array() };
      of.set(tensor, { tensor: float32Tensor(shape, floats) });
    }
    state.set(i, of);
  }
  const learningRate = scheduleOf(run.hyperparameters, run.updatesPerEpoch)(trainer.steps);
  const group = new Map<string, PythonValue>([
    ['lr', { float: learningRate }],
    ...Object.entries(defaults),
    ...groupOptions(optimizer),
    ['params', part.parameters.map((_, i) => i)],
  ]);
  return new Map<string, PythonValue>([
    // Before the first update PyTorch's optimizers have no state.
    ['state', trainer.steps === 0 ? new Map() : state],
    ['param_groups', [group]],
  ]);
}

function groupOptions(options: OptimizerOptions): [string, PythonValue][] {
  return Object.keys(optimizerOf(options.kind).fields).map((field) => {
    const value: unknown = Reflect.get(options, field);
    return [OPTION_NAMES[field] ?? snakeCase(field), pythonOption(field, value)];
  });
}

function pythonOption(field: string, value: unknown): PythonValue {
  if (typeof value === 'number') return { float: value };
  if (typeof value === 'boolean' || value === null) return value;
  if (Array.isArray(value)) return { tuple: value.map((item: unknown) => pythonOption(field, item)) };
  throw new ConfigError(field, String(value), 'is an option of the optimizer that torch.optim does not have');
}

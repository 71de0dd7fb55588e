// All numbers of a training between two steps, as its arenas lay them out: with the run's options and images they
// decide every later bit.

import { StateError } from '../../runtime/errors.ts';
import type { Network } from '../network.ts';
import { momentsOf, type OptimizerKind } from '../plan/training.ts';
import { type Arenas, tensorAt } from '../state-dict.ts';
import type { TrainableRange } from '../trainable-range.ts';
import { OPTIMIZER_PREFIX } from './checkpoint.ts';

/** All numbers that later steps depend on, beside options and images. */
export interface TrainerState extends Arenas {
  /** Steps taken. */
  readonly steps: number;
  /** Laid out as the trained part of the parameters: SGD's momentum; AdamW's first and second moment. */
  readonly moments: readonly Float32Array<ArrayBuffer>[];
}

/** What PyTorch's optimizers call their moments. */
export const MOMENT_NAMES = {
  sgd: ['momentum_buffer'],
  adamw: ['exp_avg', 'exp_avg_sq'],
} as const satisfies Readonly<Record<OptimizerKind, readonly string[]>>;

/** What a file calls a parameter's moment. */
export const momentName = (parameter: string, moment: string): string => `${OPTIMIZER_PREFIX}${parameter}.${moment}`;

/**
 * What every reader and every writer of a run's state holds it to.
 * @throws StateError naming the tensor that does not fit the network or the optimizer, or is not finite
 */
export function checkTrainerState(
  network: Network,
  part: TrainableRange,
  optimizer: OptimizerKind,
  state: TrainerState,
): void {
  const { steps, parameters, running, moments } = state;
  if (!Number.isSafeInteger(steps) || steps < 0) throw new StateError('steps', `${steps} is no count`);
  const expect = (name: string, values: Float32Array, count: number, tensor: (at: number) => string | undefined) => {
    if (values.length !== count) throw new StateError(name, `has ${values.length} values, the network needs ${count}`);
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new StateError(tensor(at) ?? name, 'holds values that are not finite');
  };
  expect('parameters', parameters, network.arena.parameters, (at) => tensorAt(network, 'parameters', at));
  expect('running statistics', running, network.arena.running, (at) => tensorAt(network, 'running', at));
  if (moments.length !== momentsOf(optimizer)) {
    throw new StateError('moments', `there are ${moments.length}, ${optimizer} has ${momentsOf(optimizer)}`);
  }
  for (const [i, values] of moments.entries()) {
    const name = MOMENT_NAMES[optimizer][i] ?? 'moment';
    const tensor = (at: number) => {
      const parameter = tensorAt(network, 'parameters', at + part.first);
      return parameter && momentName(parameter, name);
    };
    expect(name, values, part.floats, tensor);
    const negative = name === 'exp_avg_sq' ? values.findIndex((v) => v < 0) : -1;
    if (negative >= 0) throw new StateError(tensor(negative) ?? name, 'holds a negative mean of squares');
  }
}

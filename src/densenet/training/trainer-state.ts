// All numbers of a training between two steps, as its arenas lay them out: with the run's options and images they
// decide every later bit.

import { StateError } from '../../runtime/errors.ts';
import type { Network } from '../network.ts';
import { momentsOf, type OptimizerKind } from '../plan/training.ts';
import type { Arenas } from '../state.ts';
import type { TrainedPart } from '../trained-part.ts';

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

/** Whether every number is finite: what a run that has come to NaN leaves is nothing to go on from. */
export const allFinite = ({ parameters, running, moments }: TrainerState): boolean =>
  [parameters, running, ...moments].every((values) => values.every(Number.isFinite));

/** @throws StateError naming what does not fit the network or the optimizer */
export function checkTrainerState(
  network: Network,
  part: TrainedPart,
  optimizer: OptimizerKind,
  state: TrainerState,
): void {
  const { steps, parameters, running, moments } = state;
  if (!Number.isSafeInteger(steps) || steps < 0) throw new StateError('steps', `${steps} is no count`);
  const expect = (name: string, values: Float32Array, count: number) => {
    if (values.length !== count) throw new StateError(name, `has ${values.length} values, the network needs ${count}`);
    if (!values.every(Number.isFinite)) throw new StateError(name, 'holds values that are not finite');
  };
  expect('parameters', parameters, network.arena.parameters);
  expect('running statistics', running, network.arena.running);
  if (moments.length !== momentsOf(optimizer)) {
    throw new StateError('moments', `there are ${moments.length}, ${optimizer} has ${momentsOf(optimizer)}`);
  }
  for (const [i, values] of moments.entries()) {
    const name = MOMENT_NAMES[optimizer][i] ?? 'moment';
    expect(name, values, part.floats);
    if (name === 'exp_avg_sq' && values.some((v) => v < 0))
      throw new StateError(name, 'holds a negative mean of squares');
  }
}

// All numbers of a training between two steps, as its arenas lay them out: with the run's options and images they
// decide every later bit.

import { StateError } from '../../runtime/errors.ts';
import type { Network } from '../network.ts';
import type { TrainableRange } from '../plan/scope.ts';
import { type Arenas, tensorAt } from '../state-dict.ts';
import { OPTIMIZER_PREFIX } from './checkpoint.ts';
import { type OptimizerKind, optimizerOf } from './optimizers.ts';

/** All numbers that later steps depend on, beside options and images. */
export interface TrainerState extends Arenas {
  /** Steps taken. */
  readonly steps: number;
  /** The optimizer's state tensors in its kernel's order, each laid out as the trained part of the parameters. */
  readonly optimizerState: readonly Float32Array<ArrayBuffer>[];
}

/** What a file calls a parameter's state tensor: `optimizer.<parameter>.exp_avg`. */
export const stateName = (parameter: string, tensor: string): string => `${OPTIMIZER_PREFIX}${parameter}.${tensor}`;

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
  const { steps, parameters, running, optimizerState } = state;
  const { state: names, squares } = optimizerOf(optimizer);
  if (!Number.isSafeInteger(steps) || steps < 0) throw new StateError('steps', `${steps} is no count`);
  const expect = (name: string, values: Float32Array, count: number, tensor: (at: number) => string | undefined) => {
    if (values.length !== count) throw new StateError(name, `has ${values.length} values, the network needs ${count}`);
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new StateError(tensor(at) ?? name, 'holds values that are not finite');
  };
  expect('parameters', parameters, network.arena.parameters, (at) => tensorAt(network, 'parameters', at));
  expect('running statistics', running, network.arena.running, (at) => tensorAt(network, 'running', at));
  if (optimizerState.length !== names.length) {
    throw new StateError(
      'optimizerState',
      `has ${optimizerState.length} tensors per parameter, ${optimizer} has ${names.length}`,
    );
  }
  for (const [i, values] of optimizerState.entries()) {
    const name = names[i] ?? '';
    const tensor = (at: number) => {
      const parameter = tensorAt(network, 'parameters', at + part.first);
      return parameter && stateName(parameter, name);
    };
    expect(name, values, part.floats, tensor);
    const negative = squares?.includes(name) ? values.findIndex((v) => v < 0) : -1;
    if (negative >= 0) throw new StateError(tensor(negative) ?? name, 'holds a negative mean of squares');
  }
}

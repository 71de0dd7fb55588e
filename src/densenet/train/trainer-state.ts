// All numbers of a training between two steps, as its arenas lay them out: with the run's options and images they
// decide every later bit.

import { StateError } from '../../runtime/errors.ts';
import type { Network } from '../network.ts';
import type { TrainableRange } from '../plan/scope.ts';
import { type Arenas, tensorAt, toStateDict } from '../state-dict.ts';
import { AVERAGE_PREFIX, OPTIMIZER_PREFIX } from './checkpoint.ts';
import { type OptimizerKind, optimizerOf } from './optimizers.ts';

/** All numbers that later steps depend on, beside options and images. */
export interface TrainerState extends Arenas {
  /** Steps taken. */
  readonly steps: number;
  /** The optimizer's state tensors in its kernel's order, each laid out as the trained part of the parameters. */
  readonly optimizerState: readonly Float32Array<ArrayBuffer>[];
  /** The averaged weights and running statistics, where the training keeps them. */
  readonly average?: Arenas;
}

/** What a file calls a parameter's state tensor: `optimizer.<parameter>.exp_avg`. */
export const stateName = (parameter: string, tensor: string): string => `${OPTIMIZER_PREFIX}${parameter}.${tensor}`;

/**
 * What every reader and every writer of a run's state holds it to.
 * @param hasAverage whether the training averages its weights
 * @throws StateError naming the tensor that does not fit the network or the optimizer, or is not finite
 */
export function checkTrainerState(
  network: Network,
  part: TrainableRange,
  optimizer: OptimizerKind,
  state: TrainerState,
  hasAverage: boolean,
): void {
  const { steps, parameters, running, optimizerState, average } = state;
  const { state: names, squares } = optimizerOf(optimizer);
  if (!Number.isSafeInteger(steps) || steps < 0) throw new StateError('steps', `${steps} is no count`);
  const expect = (name: string, values: Float32Array, count: number, tensor: (at: number) => string | undefined) => {
    if (values.length !== count) throw new StateError(name, `has ${values.length} values, the network needs ${count}`);
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw new StateError(tensor(at) ?? name, 'holds values that are not finite');
  };
  expect('parameters', parameters, network.arena.parameters, (at) => tensorAt(network, 'parameters', at));
  expect('running statistics', running, network.arena.running, (at) => tensorAt(network, 'running', at));
  if (hasAverage !== (average !== undefined)) {
    const problem = hasAverage
      ? 'are missing: the run averages its weights (average.decay is above 0)'
      : 'are there, and the run does not average its weights (average.decay is 0)';
    throw new StateError('averaged weights', problem);
  }
  if (average) checkAverage(network, average);
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

function checkAverage(network: Network, { parameters, running }: Arenas): void {
  const { arena } = network;
  if (parameters.length !== arena.parameters || running.length !== arena.running) {
    const has = `${parameters.length} and ${running.length} values`;
    throw new StateError('averaged weights', `have ${has}, the network needs ${arena.parameters} and ${arena.running}`);
  }
  for (const [name, { values }] of toStateDict(network, { parameters, running })) {
    const full = `${AVERAGE_PREFIX}${name}`;
    if (!values.every(Number.isFinite)) throw new StateError(full, 'holds values that are not finite');
    if (name.endsWith('running_var') && values.some((v) => v < 0))
      throw new StateError(full, 'holds a negative variance');
  }
}

// Arenas of floats to named tensors and back: a state dict has torchvision's names, OIHW weights and each norm's running
// statistics. Nothing is written before everything is checked, so a bad state dict changes nothing.

import { StateError } from '../runtime/errors.ts';
import type { DenseNetConfig } from './config.ts';
import type { Network, Norm, Parameter } from './network.ts';
import type { TrainableRange } from './plan/scope.ts';

/** A tensor of a state dict. */
export interface StateTensor {
  /** Sizes, outermost first; convolutions are [out][in][height][width]. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: Float32Array;
}

/** Tensors by torchvision's names; `num_batches_tracked` may be there and is ignored. */
export type StateDict = ReadonlyMap<string, StateTensor>;

/** All values of a network, as its arenas lay them out. */
export interface Arenas {
  /** Parameters, as `Network.parameters` places them. */
  readonly parameters: Float32Array<ArrayBuffer>;
  /** Running means and variances, as `Network.norms` places them. */
  readonly running: Float32Array<ArrayBuffer>;
}

export const emptyArenas = ({ arena }: Network): Arenas => ({
  parameters: new Float32Array(arena.parameters),
  running: new Float32Array(arena.running),
});

interface Place {
  readonly name: string;
  readonly shape: readonly number[];
  readonly arena: keyof Arenas;
  readonly offset: number;
  readonly count: number;
}

const parameterPlace = ({ name, shape, offset, count }: Parameter): Place => ({
  name,
  shape,
  offset,
  count,
  arena: 'parameters',
});

function runningPlaces({ name, channels, runningOffset, varianceOffset }: Norm): Place[] {
  const place = (suffix: string, offset: number): Place => ({
    name: `${name}.${suffix}`,
    shape: [channels],
    arena: 'running',
    offset,
    count: channels,
  });
  return [place('running_mean', runningOffset), place('running_var', runningOffset + varianceOffset)];
}

/** Every tensor of a state dict, in torchvision's order: a norm's statistics after its weight and bias. */
export function statePlaces(network: Network): Place[] {
  const norms = new Map(network.norms.map((norm) => [norm.beta.name, norm]));
  return network.parameters.flatMap((parameter) => {
    const norm = norms.get(parameter.name);
    return norm ? [parameterPlace(parameter), ...runningPlaces(norm)] : [parameterPlace(parameter)];
  });
}

/** How a state dict is loaded. */
export interface LoadOptions {
  /** NaN and infinity: an error that names the tensor ('refuse', the default), or loaded ('allow'). */
  readonly nonFinite?: 'refuse' | 'allow' | undefined;
}

/**
 * Checked by every reader and every writer of a state dict.
 * @throws StateError for a missing, unknown or misshapen tensor, one that is not finite, or a variance below 0
 */
export function checkStateDict(network: Network, state: StateDict, { nonFinite = 'refuse' }: LoadOptions = {}): void {
  const places = statePlaces(network);
  const known = new Set(places.map((p) => p.name));
  for (const { name, shape, count } of places) {
    const tensor = state.get(name);
    if (!tensor) throw new StateError(name, `is missing; the network needs it with shape [${shape}]`);
    if (tensor.shape.length !== shape.length || tensor.shape.some((n, i) => n !== shape[i])) {
      throw new StateError(name, `has shape [${tensor.shape}], the network needs [${shape}]`);
    }
    if (tensor.values.length !== count) throw new StateError(name, `has ${tensor.values.length} values, not ${count}`);
    const bad = nonFinite === 'allow' ? -1 : tensor.values.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) throw new StateError(name, `holds values that are not finite: ${tensor.values[bad]} at ${bad}`);
    if (name.endsWith('running_var') && tensor.values.some((v) => v < 0)) {
      throw new StateError(name, 'holds a negative variance');
    }
  }
  for (const name of state.keys()) {
    if (!known.has(name) && !name.endsWith('.num_batches_tracked')) {
      throw new StateError(name, 'is not part of this network');
    }
  }
}

/**
 * Before a network is built from what a file says: every dense layer has tensors of its own, so that a few bytes cannot
 * describe a network of thousands of layers.
 * @throws StateError
 */
export function checkTensorCount({ blockLayers }: DenseNetConfig, tensors: number): void {
  const layers = blockLayers.reduce((sum, count) => sum + count, 0);
  if (layers > tensors)
    throw new StateError('blockLayers', `are ${layers} dense layers, but the file has only ${tensors} tensors`);
}

/** A state dict as arenas. @throws StateError as `checkStateDict` */
export function toArenas(network: Network, state: StateDict, options: LoadOptions = {}): Arenas {
  checkStateDict(network, state, options);
  // Only now: a network far larger than its state dict must not be allocated to find out.
  const arenas = emptyArenas(network);
  for (const { name, arena, offset } of statePlaces(network)) arenas[arena].set(state.get(name)?.values ?? [], offset);
  return arenas;
}

/** Arenas as a state dict; values are copies. */
export function toStateDict(network: Network, arenas: Arenas): Map<string, StateTensor> {
  return new Map(
    statePlaces(network).map(({ name, shape, arena, offset, count }) => [
      name,
      { shape, values: arenas[arena].slice(offset, offset + count) },
    ]),
  );
}

/** The tensor that an element of an arena belongs to; undefined for the padding between tensors. */
export const tensorAt = (network: Network, arena: keyof Arenas, index: number): string | undefined =>
  statePlaces(network).find(
    (place) => place.arena === arena && index >= place.offset && index < place.offset + place.count,
  )?.name;

/** What is laid out as the trainable range of the parameters (gradients, moments), by parameter name; values are copies. */
export function byParameter({ parameters, first }: TrainableRange, values: Float32Array): Map<string, StateTensor> {
  return new Map(
    parameters.map(({ name, shape, offset, count }) => [
      name,
      { shape, values: values.slice(offset - first, offset - first + count) },
    ]),
  );
}

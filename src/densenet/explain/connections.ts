// The connections inside a dense block, as people speak of them: reader r reads what source s wrote. Source 0 is what
// came into the block, source s > 0 the output of layer s. Readers are the layers 1 to L, and L + 1: what comes after
// the block, a transition or the classifier. Reader r has the sources 0 to r - 1.

import { ConfigError } from '../../runtime/errors.ts';
import type { DenseBlock, Network, Parameter } from '../network.ts';
import type { StateDict, StateTensor } from '../state-dict.ts';

export type Connection = {
  /** Counted from 0. */
  readonly block: number;
  readonly reader: number;
  readonly source: number;
};

/** The channels of its block that a source wrote: [first, first + count). */
export function sourceChannels(block: DenseBlock, source: number): { readonly first: number; readonly count: number } {
  const layer = source === 0 ? undefined : block.layers[source - 1];
  return layer ? { first: layer.inputs, count: layer.growthRate } : { first: 0, count: block.inputs };
}

/** The weights through which a reader reads its block, [outputs][inputs][taps]. */
export function readerWeight(network: Network, block: DenseBlock, reader: number): Parameter {
  const layer = block.layers[reader - 1];
  return layer?.conv1.weight ?? block.transition?.conv.weight ?? network.classifier.weight;
}

/**
 * The state with the weights of some connections set to zero: their readers get nothing from them any more, whatever is
 * there. All other tensors are the given ones, not copies.
 * @throws ConfigError for a connection that the network does not have
 */
export function withoutConnections(network: Network, state: StateDict, cut: readonly Connection[]): StateDict {
  const changed = new Map<string, StateTensor>(state);
  for (const connection of cut) {
    const { block: b, reader, source } = connection;
    const block = network.blocks[b];
    const whole = [reader, source].every(Number.isInteger);
    if (!block || !whole || source < 0 || source >= reader || reader > block.layers.length + 1) {
      throw new ConfigError('connection', JSON.stringify(connection), 'is not one of this network');
    }
    const { name, shape } = readerWeight(network, block, reader);
    const tensor = changed.get(name);
    if (!tensor) throw new ConfigError('state', name, 'is missing');
    const values = tensor === state.get(name) ? tensor.values.slice() : tensor.values;
    const { first, count } = sourceChannels(block, source);
    const [outputs = 0, inputs = 0, height = 1, width = 1] = shape;
    const taps = height * width;
    for (let out = 0; out < outputs; out++) {
      const start = (out * inputs + first) * taps;
      values.fill(0, start, start + count * taps);
    }
    changed.set(name, { shape: tensor.shape, values });
  }
  return changed;
}

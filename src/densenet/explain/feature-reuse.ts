// How strongly each layer uses what earlier layers wrote: figure 5 of the paper (Huang et al., 1608.06993). The strength
// of a connection is the L1 norm of the weights by which a reader's filter reads the channels of one source, averaged
// over the reader's filters and normalised by the number of input feature maps, that is of the source's channels; and by
// the taps of the kernel, which are 1 in the paper's networks with bottlenecks: the mean absolute weight.

import { ConfigError } from '../../runtime/errors.ts';
import type { Network } from '../network.ts';
import type { StateDict } from '../state-dict.ts';
import { readerWeight, sourceChannels } from './connections.ts';

/** A block's connections: `[r - 1][s]` is how strongly reader r (layers, then what follows) uses source s < r. */
export type BlockReuse = readonly (readonly number[])[];

/**
 * The mean absolute weight of every connection of every block.
 * @throws ConfigError where the state lacks a weight of the network
 */
export function featureReuse(network: Network, state: StateDict): readonly BlockReuse[] {
  return network.blocks.map((block) =>
    Array.from({ length: block.layers.length + 1 }, (_, r) => {
      const { name, shape } = readerWeight(network, block, r + 1);
      const [outputs = 0, inputs = 0, height = 1, width = 1] = shape;
      const values = state.get(name)?.values;
      if (values?.length !== outputs * inputs * height * width) {
        throw new ConfigError('state', name, `must be there with shape [${shape}]`);
      }
      return Array.from({ length: r + 1 }, (_, source) => {
        const { first, count } = sourceChannels(block, source);
        return meanMagnitude(values, { outputs, inputs, taps: height * width }, first, count);
      });
    }),
  );
}

/** Mean absolute value of [outputs][first, first + count)[taps] in a tensor [outputs][inputs][taps]. */
function meanMagnitude(
  values: Float32Array,
  { outputs, inputs, taps }: { outputs: number; inputs: number; taps: number },
  first: number,
  count: number,
): number {
  let sum = 0;
  for (let out = 0; out < outputs; out++) {
    const start = (out * inputs + first) * taps;
    for (let i = start; i < start + count * taps; i++) sum += Math.abs(values[i] ?? 0);
  }
  return sum / (outputs * count * taps);
}

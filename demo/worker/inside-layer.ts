// What one place of a network is made of: what it wrote, its weights, its norms and its passes, for whoever looks inside.

import type { ChannelRange } from '../../src/densenet/explain/feature-reuse.ts';
import type { DenseLayer, Network, Norm, Parameter, Transition } from '../../src/densenet/network.ts';
import { ConfigError } from '../../src/runtime/errors.ts';

export interface LayerParts {
  /** The channels that it wrote; the classifier writes none. */
  readonly written: ChannelRange | undefined;
  readonly weights: readonly Parameter[];
  readonly norms: readonly Norm[];
  /** Whether a pass of the inference plan is one of its own, by its label. */
  readonly owns: (label: string) => boolean;
}

/**
 * The layer at a place. What came into a block is the work of the stem or of the transition before it.
 * @throws ConfigError for a place that the network does not have
 */
export function layerParts(network: Network, { block: b, place }: Place): LayerParts {
  const block = network.blocks[b];
  if (!block || !Number.isInteger(place) || place < 0 || place > block.layers.length + 1) {
    throw new ConfigError('place', `${b}/${place}`, 'is not in this network');
  }
  if (place === 0) {
    const before = network.blocks[b - 1]?.transition;
    const written = { block: b, first: 0, count: block.inputs };
    return before ? transitionParts(before, written) : stemParts(network, written);
  }
  const layer = block.layers[place - 1];
  if (layer) return denseLayerParts(layer, { block: b, first: layer.inputs, count: layer.growthRate });
  const { transition } = block;
  if (transition) return transitionParts(transition, { block: b + 1, first: 0, count: transition.conv.outputs });
  const { norm5, classifier } = network;
  return {
    written: undefined,
    weights: [classifier.weight],
    norms: [norm5],
    owns: (label) => label.startsWith(`${norm5.name} `) || label.startsWith('classifier '),
  };
}

const under = (name: string) => (label: string) => label.startsWith(`${name}.`);

function stemParts({ stem }: Network, written: ChannelRange): LayerParts {
  return {
    written,
    weights: stem.layers.map(({ conv }) => conv.weight),
    norms: stem.layers.flatMap(({ norm }) => norm ?? []),
    owns: (label) =>
      [...stem.layers.map(({ conv }) => conv.name), 'features.pool0'].some((name) => label.startsWith(`${name} `)),
  };
}

function denseLayerParts(layer: DenseLayer, written: ChannelRange): LayerParts {
  const bottleneck = layer.kind === 'bottleneck';
  return {
    written,
    weights: bottleneck ? [layer.conv1.weight, layer.conv2.weight] : [layer.conv1.weight],
    norms: bottleneck ? [layer.norm1, layer.norm2] : [layer.norm1],
    owns: under(layer.name),
  };
}

function transitionParts({ name, norm, conv }: Transition, written: ChannelRange): LayerParts {
  return { written, weights: [conv.weight], norms: [norm], owns: under(name) };
}

export type Place = { readonly block: number; readonly place: number };

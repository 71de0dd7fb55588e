// Inside a dense block: which layer reads what of which, how strongly (figure 5 of the paper, Huang et al., 1608.06993), how
// the network does without some of these connections (ablation), what concatenation would copy, and the feature maps that the
// last run left in the block's buffer.
//
// Reader r reads what source s wrote. Source 0 is what came into the block, source s > 0 the output of layer s. Readers are
// the layers 1 to L, and L + 1: what comes after the block, a transition or the classifier. Reader r has sources 0 to r - 1.

import { ConfigError } from '../../runtime/errors.ts';
import type { Program, Region } from '../../runtime/program.ts';
import type { Inference } from '../inference.ts';
import type { DenseBlock, Network, Parameter } from '../network.ts';
import type { FeatureMap } from '../plan/feature-map.ts';
import type { StateDict, StateTensor } from '../state-dict.ts';

export type Connection = {
  /** Counted from 0. */
  readonly block: number;
  readonly reader: number;
  readonly source: number;
};

/** The channels of its block that a source wrote: [first, first + count). */
function sourceChannels(block: DenseBlock, source: number): { readonly first: number; readonly count: number } {
  const layer = source === 0 ? undefined : block.layers[source - 1];
  return layer ? { first: layer.inputs, count: layer.growthRate } : { first: 0, count: block.inputs };
}

/** The weights through which a reader reads its block, [outputs][inputs][taps]. */
function readerWeight(network: Network, block: DenseBlock, reader: number): Parameter {
  const layer = block.layers[reader - 1];
  return layer?.conv1.weight ?? block.transition?.conv.weight ?? network.classifier.weight;
}

/** A block's connections: `[r - 1][s]` is how strongly reader r (layers, then what follows) uses source s < r. */
export type BlockReuse = readonly (readonly number[])[];

/**
 * The strength of every connection of every block: the L1 norm of the weights by which a reader's filter reads the channels
 * of one source, averaged over the reader's filters and normalised by the number of the source's channels and the taps of the
 * kernel, which is 1 in the paper's networks with bottlenecks: the mean absolute weight.
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

/**
 * Ablation: the state with the weights of some connections set to zero, so that their readers get nothing from them. All
 * other tensors are the given ones, not copies.
 * @throws ConfigError for a connection that the network does not have
 */
export function ablateConnections(network: Network, state: StateDict, ablated: readonly Connection[]): StateDict {
  const changed = new Map<string, StateTensor>(state);
  for (const connection of ablated) {
    const { block: b, reader, source } = connection;
    const block = network.blocks[b];
    const areIntegers = [reader, source].every(Number.isInteger);
    if (!block || !areIntegers || source < 0 || source >= reader || reader > block.layers.length + 1) {
      throw new ConfigError('connection', JSON.stringify(connection), 'is not a connection of this network');
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

/**
 * What concatenation would copy, had a dense block no buffer of its own: reader r, which joins the block's input and r - 1
 * outputs of k channels, would need inputs + (r - 1) k channels side by side in new memory. This adds up to a square of the
 * number of layers. Here they lie side by side from the start, and `copiedBytes` counts in the plan what is copied.
 */
export interface CopyCost {
  /** Channels that reader r (layers 1 to L, then what follows the block) would copy; the first joins nothing. */
  readonly channels: readonly number[];
  /** All of them. */
  readonly total: number;
  /** Channels of the block: what its one buffer holds. */
  readonly buffer: number;
}

export function concatenationCost({ inputs, layers, channels }: DenseBlock): CopyCost {
  const copied = [...layers.map((layer) => layer.inputs), channels].map((n) => (n === inputs ? 0 : n));
  return { channels: copied, total: copied.reduce((sum, n) => sum + n, 0), buffer: channels };
}

/** Bytes that a program's forward passes write to a block's buffer beyond writing it once; 0: nothing is copied. */
export function copiedBytes({ passes }: Program, { region }: FeatureMap): number {
  const written: Region[] = passes
    .filter(({ section }) => section === 'forward')
    .flatMap(({ kernel, regions }) =>
      [...regions].filter(([name]) => kernel.bindings[name]?.kind === 'write').map(([, out]) => out),
    )
    .filter(({ buffer }) => buffer === region.buffer);
  return written.reduce((sum, { bytes }) => sum + bytes, 0) - region.bytes;
}

/** Channels [first, first + count) of a block. */
export interface ChannelRange {
  readonly block: number;
  readonly first: number;
  readonly count: number;
}

/**
 * Feature maps of one image of the last run, [count][height][width] as they were written: before the norm of any reader.
 * @throws ConfigError where `inference` was not made with keepFeatures 'all', or a block, channel or image is out of
 * range; DeviceLostError
 */
export async function readBlockFeatures(
  inference: Inference,
  { block, first, count }: ChannelRange,
  image = 0,
): Promise<Float32Array<ArrayBuffer>> {
  const { allFeatures } = inference.plan.io;
  if (!allFeatures) throw new ConfigError('keepFeatures', 'not all', "keeps no blocks to read; set it to 'all'");
  const features = allFeatures[block];
  const channels = inference.model.network.blocks[block]?.channels;
  if (!features || channels === undefined) {
    throw new ConfigError(
      'block',
      block,
      `is out of range: the network has ${allFeatures.length} blocks, counted from 0`,
    );
  }
  if (!Number.isInteger(first) || !Number.isInteger(count) || first < 0 || count < 1 || first + count > channels) {
    throw new ConfigError('channels', `${first} to ${first + count}`, `are out of range: the block has ${channels}`);
  }
  const { map, stride, images } = features.grid;
  if (!Number.isInteger(image) || image < 0 || image >= images) {
    throw new ConfigError('image', image, `is out of range: the run had ${images} images, counted from 0`);
  }
  const rows = await inference.read(features.rows(first, count));
  const area = map.height * map.width;
  const maps = new Float32Array(count * area);
  for (let c = 0; c < count; c++) {
    const start = c * stride + image * area;
    maps.set(rows.subarray(start, start + area), c * area);
  }
  return maps;
}

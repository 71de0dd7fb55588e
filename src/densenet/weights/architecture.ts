// A DenseNet's configuration from nothing but the names and shapes in its state dict. Pure. One tensor that is missing or
// misshapen does not mislead it: sizes that many tensors share are what most of them say. Which tensors must be there,
// and whether every shape fits, is checked afterwards (fit.ts, ../state.ts).

import { StateError } from '../../runtime/errors.ts';
import type { DenseNetConfig } from '../config.ts';

/** Canonical name to anything with a shape: a state dict, or the tensors of a file. */
export type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

const LAYER = /^features\.denseblock(\d{1,2})\.denselayer(\d{1,4})\.(norm|conv)[12]\./;

/**
 * Blocks and layers from the names, growth, bottleneck, compression, channels and classes from the shapes. The input
 * size is in no shape: 224 with a 7x7 stem, 32 with a 3x3 one.
 * @throws StateError naming the tensor that is not a DenseNet's, or of a kind that this engine does not compute
 */
export function configFromShapes(state: Shapes): DenseNetConfig {
  const blockLayers = countLayers(state);
  if (blockLayers.length === 0)
    throw new StateError('features.denseblock1', 'is missing: no DenseNet with known names');
  const outputs = (part: string) =>
    mostCommon([...state].flatMap(([name, { shape }]) => (name.endsWith(`.${part}.weight`) ? [shape[0] ?? 0] : [])));
  const growthRate = outputs('conv2') ?? outputs('conv1') ?? 0;
  if (growthRate === 0) {
    throw new StateError('features.denseblock1.denselayer1.conv1.weight', 'makes no channel, or is missing');
  }
  const width = outputs('conv2') === undefined ? 0 : (outputs('conv1') ?? 4 * growthRate);
  const stem = stemOf(state);
  const input = stem === 'imagenet' ? 224 : 32;
  const conv0 = state.get('features.conv0.weight')?.shape;
  return {
    stem,
    growthRate,
    blockLayers,
    initialChannels: conv0?.[0] ?? state.get('features.denseblock1.denselayer1.norm1.weight')?.shape[0] ?? 0,
    bottleneckWidth: width / growthRate,
    compression: compressionOf(state, blockLayers.length - 1),
    dropout: 0,
    classes: state.get('classifier.weight')?.shape[0] ?? state.get('classifier.bias')?.shape[0] ?? 0,
    inputChannels: conv0?.[1] ?? 3,
    height: input,
    width: input,
  };
}

/** Channels after the last block; 0 where too little is there to tell. */
export function featuresFromShapes(state: Shapes): number {
  const size = (name: string) => state.get(name)?.shape[0];
  const norm = size('features.norm5.weight') ?? size('features.norm5.bias') ?? size('features.norm5.running_mean');
  if (norm !== undefined) return norm;
  const layers = countLayers(state);
  const last = `features.denseblock${layers.length}.denselayer${layers.at(-1)}`;
  const added = size(`${last}.conv2.weight`) ?? size(`${last}.conv1.weight`);
  return (size(`${last}.norm1.weight`) ?? 0) + (added ?? 0);
}

/** A block that no name mentions has no layer, which the configuration's check refuses. */
function countLayers(state: Shapes): number[] {
  const layers: number[] = [];
  for (const name of state.keys()) {
    const [, block, layer] = LAYER.exec(name) ?? [];
    if (block === undefined || Number(block) === 0) continue;
    layers[Number(block) - 1] = Math.max(layers[Number(block) - 1] ?? 0, Number(layer));
  }
  return Array.from(layers, (count) => count ?? 0);
}

function stemOf(state: Shapes): DenseNetConfig['stem'] {
  const name = 'features.conv0.weight';
  const shape = state.get(name)?.shape;
  const normed = state.has('features.norm0.weight');
  if (shape === undefined) return normed ? 'imagenet' : 'cifar';
  const [, , rows, columns] = shape;
  if (shape.length !== 4 || rows !== columns || (rows !== 7 && rows !== 3)) {
    throw new StateError(name, `of shape [${shape}] is ${rows ?? 0} wide; a stem is 7 or 3`);
  }
  if (rows === 3 && normed) {
    throw new StateError('features.norm0.weight', 'follows a 3x3 stem, which this engine computes without a norm');
  }
  return rows === 7 ? 'imagenet' : 'cifar';
}

/** A theta for which floor(theta * channels) is what every transition keeps; the paper's 0.5 or 1 where they do. */
function compressionOf(state: Shapes, transitions: number): number {
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  const pairs: (readonly [kept: number, channels: number])[] = [];
  for (let t = 1; t <= transitions; t++) {
    const [kept = 0, channels = 0, ...kernel] = state.get(`features.transition${t}.conv.weight`)?.shape ?? [];
    if (kernel.length !== 2) continue;
    pairs.push([kept, channels]);
    low = Math.max(low, kept / channels);
    high = Math.min(high, (kept + 1) / channels);
  }
  const fits = (theta: number) => theta > 0 && pairs.every(([kept, n]) => Math.floor(theta * n) === kept);
  const found = [0.5, 1, (low + Math.min(high, 1)) / 2, low].find(fits);
  if (found === undefined) throw new StateError('features.transition1.conv.weight', 'no one compression fits them all');
  return found;
}

function mostCommon(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}

// A DenseNet's configuration from nothing but the shapes in its state dict. Pure; which tensors must be there, and
// whether every shape fits, is the state dict's own check (../state.ts), made afterwards.

import { StateError } from '../../runtime/errors.ts';
import type { DenseNetConfig } from '../config.ts';
import type { StateDict } from '../state.ts';

const LAYER = /^features\.denseblock(\d{1,2})\.denselayer(\d{1,4})\./;

/**
 * Blocks and layers from the names, growth, bottleneck, compression, channels and classes from the shapes. The input
 * size is in no shape: 224 with a 7x7 stem, 32 with a 3x3 one.
 * @throws StateError naming the tensor that is missing or is not a DenseNet's
 */
export function configFromShapes(state: StateDict): DenseNetConfig {
  const blockLayers: number[] = [];
  for (const name of state.keys()) {
    const [, block, layer] = LAYER.exec(name) ?? [];
    if (block === undefined) continue;
    blockLayers[Number(block) - 1] = Math.max(blockLayers[Number(block) - 1] ?? 0, Number(layer));
  }
  if (blockLayers.length === 0)
    throw new StateError('features.denseblock1', 'is missing: no DenseNet with known names');
  const first = 'features.denseblock1.denselayer1';
  const [initialChannels = 0, inputChannels = 0, size = 0] = shapeOf(state, 'features.conv0.weight', 4);
  if (size !== 7 && size !== 3) throw new StateError('features.conv0.weight', `is ${size} wide; a stem is 7 or 3`);
  const bottleneck = state.has(`${first}.conv2.weight`);
  const [growthRate = 0] = shapeOf(state, `${first}.${bottleneck ? 'conv2' : 'conv1'}.weight`, 4);
  const [width = 0] = bottleneck ? shapeOf(state, `${first}.conv1.weight`, 4) : [0];
  if (growthRate === 0) throw new StateError(`${first}.conv1.weight`, 'makes no channel');
  const [classes = 0] = shapeOf(state, 'classifier.weight', 2);
  const input = size === 7 ? 224 : 32;
  return {
    stem: size === 7 ? 'imagenet' : 'cifar',
    growthRate,
    // A block that no name mentions has no layer, which the configuration's check refuses.
    blockLayers: Array.from(blockLayers, (layers) => layers ?? 0),
    initialChannels,
    bottleneckWidth: width / growthRate,
    compression: compressionOf(state, blockLayers.length - 1),
    dropout: 0,
    classes,
    inputChannels,
    height: input,
    width: input,
  };
}

/** A theta for which floor(theta * channels) is what every transition keeps; the paper's 0.5 or 1 where they do. */
function compressionOf(state: StateDict, transitions: number): number {
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  const pairs: (readonly [kept: number, channels: number])[] = [];
  for (let t = 1; t <= transitions; t++) {
    const [kept = 0, channels = 0] = shapeOf(state, `features.transition${t}.conv.weight`, 4);
    pairs.push([kept, channels]);
    low = Math.max(low, kept / channels);
    high = Math.min(high, (kept + 1) / channels);
  }
  const fits = (theta: number) => theta > 0 && pairs.every(([kept, n]) => Math.floor(theta * n) === kept);
  const found = [0.5, 1, (low + Math.min(high, 1)) / 2, low].find(fits);
  if (found === undefined) throw new StateError('features.transition1.conv.weight', 'no one compression fits them all');
  return found;
}

function shapeOf(state: StateDict, name: string, rank: number): readonly number[] {
  const tensor = state.get(name);
  if (!tensor) throw new StateError(name, 'is missing');
  if (tensor.shape.length !== rank) throw new StateError(name, `has shape [${tensor.shape}], not ${rank} sizes`);
  return tensor.shape;
}

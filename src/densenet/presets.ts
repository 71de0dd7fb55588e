// Networks by name: the paper's for ImageNet (table 1, and 161 as torchvision has it) and CIFAR (table 2), and timm's 121d.

import { ConfigError } from '../runtime/errors.ts';
import type { DenseNetConfig } from './config.ts';
import type { StemKind } from './stems.ts';

/* @__NO_SIDE_EFFECTS__ */
function imagenet(
  growthRate: number,
  blockLayers: readonly number[],
  initialChannels: number,
  stem: StemKind = 'imagenet',
): DenseNetConfig {
  return {
    stem,
    growthRate,
    blockLayers,
    initialChannels,
    bottleneckWidth: 4,
    compression: 0.5,
    dropout: 0,
    classes: 1000,
    inputChannels: 3,
    height: 224,
    width: 224,
  };
}

/** Three blocks on 32x32: plain layers and no compression, or (BC) bottlenecks and compression 0.5. */
/* @__NO_SIDE_EFFECTS__ */
function cifar(depth: number, growthRate: number, bottleneck: boolean): DenseNetConfig {
  const layers = Math.floor((depth - 4) / (bottleneck ? 6 : 3));
  return {
    stem: 'cifar',
    growthRate,
    blockLayers: [layers, layers, layers],
    initialChannels: bottleneck ? 2 * growthRate : 16,
    bottleneckWidth: bottleneck ? 4 : 0,
    compression: bottleneck ? 0.5 : 1,
    dropout: 0,
    classes: 10,
    inputChannels: 3,
    height: 32,
    width: 32,
  };
}

/** The paper's networks by name: ImageNet (table 1; 161 as in torchvision) and CIFAR (table 2); and timm's 121d. */
export const PRESETS = {
  /** DenseNet-121, for ImageNet (table 1). */
  densenet121: imagenet(32, [6, 12, 24, 16], 64),
  /** DenseNet-121 with a deep stem, as in timm. */
  densenet121d: imagenet(32, [6, 12, 24, 16], 64, 'deep'),
  /** DenseNet-161 (k = 48), as in torchvision. */
  densenet161: imagenet(48, [6, 12, 36, 24], 96),
  /** DenseNet-169, for ImageNet (table 1). */
  densenet169: imagenet(32, [6, 12, 32, 32], 64),
  /** DenseNet-201, for ImageNet (table 1). */
  densenet201: imagenet(32, [6, 12, 48, 32], 64),
  /** DenseNet-264, for ImageNet (table 1). */
  densenet264: imagenet(32, [6, 12, 64, 48], 64),
  /** 40 layers, k = 12, for CIFAR (table 2). */
  'plain-40-12': cifar(40, 12, false),
  /** 100 layers, k = 12, for CIFAR (table 2). */
  'plain-100-12': cifar(100, 12, false),
  /** 100 layers, k = 24, for CIFAR (table 2). */
  'plain-100-24': cifar(100, 24, false),
  /** DenseNet-BC, 100 layers, k = 12 (table 2). */
  'bc-100-12': cifar(100, 12, true),
  /** DenseNet-BC, 250 layers, k = 24 (table 2). */
  'bc-250-24': cifar(250, 24, true),
  /** DenseNet-BC, 190 layers, k = 40 (table 2). */
  'bc-190-40': cifar(190, 40, true),
  /** DenseNet-BC, 40 layers, k = 36. */
  'bc-40-36': cifar(40, 36, true),
  /** DenseNet-BC, 40 layers, k = 48. */
  'bc-40-48': cifar(40, 48, true),
  /** DenseNet-BC, 40 layers, k = 60. */
  'bc-40-60': cifar(40, 60, true),
} as const satisfies Readonly<Record<string, DenseNetConfig>>;

/** Name of a preset. */
export type PresetName = keyof typeof PRESETS;

/** The preset with these layers; classes, input channels and size, which are its user's, do not count. */
export function presetOf(config: DenseNetConfig): PresetName | null {
  const key = ({ stem, growthRate, blockLayers, initialChannels, bottleneckWidth, compression }: DenseNetConfig) =>
    JSON.stringify([stem, growthRate, blockLayers, initialChannels, bottleneckWidth, compression]);
  const names = Object.keys(PRESETS).filter(isPreset);
  return names.find((name) => key(PRESETS[name]) === key(config)) ?? null;
}

const isPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);

/**
 * A preset by name, in any case: `densenet121` or `121`; `BC-100-12`; `plain-40-12` or `40-12`.
 * @throws ConfigError listing the names
 */
export function preset(name: string): DenseNetConfig {
  const plain = name.trim().toLowerCase().replaceAll('_', '-');
  for (const candidate of [
    plain,
    `densenet${plain}`,
    plain.replace(/^densenet-/, 'densenet'),
    `plain-${plain}`,
    plain.replace(/^densenet-/, ''),
  ]) {
    if (isPreset(candidate)) return PRESETS[candidate];
  }
  throw new ConfigError('model', name, `is not one of ${Object.keys(PRESETS).join(', ')}`);
}

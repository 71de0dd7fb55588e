// Networks that the Train form offers: the paper's, and smaller ones for small images, few images and software GPUs. What
// the data decide (channels, classes, the size of images of one size) is not in them.

import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import type { InputSize } from '../data/training-set.ts';

/** What a form's network says of itself. */
export type Shape = Pick<
  DenseNetConfig,
  'stem' | 'growthRate' | 'blockLayers' | 'initialChannels' | 'bottleneckWidth' | 'compression'
>;

interface Offered extends Shape {
  /** Height and width of the input, where the data leave it open. */
  readonly size: number;
}

const shapeOf = ({ stem, growthRate, blockLayers, initialChannels, bottleneckWidth, compression }: DenseNetConfig) => ({
  stem,
  growthRate,
  blockLayers,
  initialChannels,
  bottleneckWidth,
  compression,
});
const ofPaper = (config: DenseNetConfig): Offered => ({ ...shapeOf(config), size: config.height });

const BC = { bottleneckWidth: 4, compression: 0.5 } as const;

export const NETWORKS = {
  tiny: { ...BC, stem: 'imagenet', growthRate: 8, blockLayers: [2, 2], initialChannels: 16, size: 64 },
  /** The bundled network's own: see data/models/README.md. */
  small: {
    stem: 'cifar',
    growthRate: 8,
    blockLayers: [1, 3, 4],
    initialChannels: 8,
    bottleneckWidth: 2,
    compression: 0.5,
    size: 32,
  },
  compact: { ...BC, stem: 'imagenet', growthRate: 16, blockLayers: [4, 6, 8], initialChannels: 32, size: 96 },
  'bc-40-12': { ...BC, stem: 'cifar', growthRate: 12, blockLayers: [6, 6, 6], initialChannels: 24, size: 32 },
  'plain-40-12': ofPaper(PRESETS['plain-40-12']),
  'bc-100-12': ofPaper(PRESETS['bc-100-12']),
  densenet121: ofPaper(PRESETS.densenet121),
  densenet169: ofPaper(PRESETS.densenet169),
  densenet201: ofPaper(PRESETS.densenet201),
} as const satisfies Readonly<Record<string, Offered>>;

export type NetworkName = keyof typeof NETWORKS;
const isNetwork = (name: string): name is NetworkName => Object.hasOwn(NETWORKS, name);
export const NETWORK_NAMES: readonly NetworkName[] = Object.keys(NETWORKS).filter(isNetwork);

/** From here on the ImageNet networks' five halvings leave maps to work on. */
const LARGE = 64;

/** Those that suit the data: images of one size below 64 pixels are too small for the ImageNet networks. */
export function networksFor(size: InputSize | undefined): readonly NetworkName[] {
  const small = size !== undefined && Math.min(size.height, size.width) < LARGE;
  return NETWORK_NAMES.filter((name) => !small || NETWORKS[name].blockLayers.length < 4);
}

export function defaultNetwork(size: InputSize | undefined, software: boolean): NetworkName {
  const large = size === undefined || Math.min(size.height, size.width) >= LARGE;
  if (software) return large ? 'tiny' : 'small';
  return large ? 'compact' : 'bc-40-12';
}

/** The paper's own names, the same in every language. */
export const PAPER_NAMES = {
  'bc-40-12': 'DenseNet-BC-40-12',
  'plain-40-12': 'DenseNet-40-12',
  'bc-100-12': 'DenseNet-BC-100-12',
  densenet121: 'DenseNet-121',
  densenet169: 'DenseNet-169',
  densenet201: 'DenseNet-201',
} as const satisfies Partial<Readonly<Record<NetworkName, string>>>;

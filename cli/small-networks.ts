// Networks for 28 x 28 images that a newcomer's machine trains in minutes, and how to train them; both were measured on
// the Fashion-MNIST sample.
import { FASHION_MNIST_NORMALIZATION } from '../src/data/fashion-mnist.ts';
import type { DenseNetConfig } from '../src/densenet/config.ts';
import { ADAMW } from '../src/densenet/training/optimizers.ts';
import type { TrainingSettings } from './training-run.ts';

/** 21,746 parameters and 0.7 M multiply-adds an image, a third of them in the stem. */
export const SMALL: DenseNetConfig = {
  stem: 'imagenet',
  growthRate: 8,
  blockLayers: [3, 3],
  initialChannels: 16,
  bottleneckWidth: 4,
  compression: 0.5,
  dropout: 0,
  classes: 10,
  inputChannels: 1,
  height: 28,
  width: 28,
};

/** Thirty times the arithmetic: the stem leaves the maps at 28 x 28. */
const LARGER: DenseNetConfig = {
  ...SMALL,
  stem: 'cifar',
  growthRate: 12,
  blockLayers: [3, 3, 3],
  initialChannels: 24,
};

const SETTINGS = {
  accumulate: 1,
  optimizer: ADAMW,
  schedule: 'cosine',
  clip: 0,
  labelSmoothing: 0,
  recompute: false,
  seed: 0,
  normalisation: FASHION_MNIST_NORMALIZATION,
} as const;

/** What `npm start` trains: minutes on a processor, and on a GPU a larger network for longer. */
export const quickStart = (software: boolean): TrainingSettings =>
  software
    ? { ...SETTINGS, config: SMALL, epochs: 2, batch: 20, learningRate: 0.007, warmup: 0, mirror: false, shift: 0 }
    : { ...SETTINGS, config: LARGER, epochs: 10, batch: 50, learningRate: 0.005, warmup: 0.5, mirror: true, shift: 1 };

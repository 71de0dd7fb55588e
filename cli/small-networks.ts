// Networks for small images that a newcomer's machine trains in minutes; measured on the Fashion-MNIST sample.
import type { DenseNetConfig } from '../src/densenet/config.ts';

/** 7,000 parameters, 4 MFLOP an image of 28 x 28: what software WebGPU trains in two minutes. */
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

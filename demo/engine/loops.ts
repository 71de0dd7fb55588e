// Whether shaders keep their loops: on a software GPU little work is all compiling, which such shaders shorten several
// times, and much work runs twice as fast without loops. A GPU compiles either in a moment.

import type { DenseNet } from '../../src/densenet/model.ts';
import { buildNetwork, macs } from '../../src/densenet/network.ts';
import type { TrainRequest } from '../../src/hosts/jobs/train-messages.ts';
import type { Loops } from '../../src/runtime/specialize.ts';

/** At most so many multiply-adds run in a moment on a processor, also by shaders that compile quickly and run slowly. */
const FEW_MULTIPLY_ADDS = 20e6;

/** For images one at a time. Each parameter multiplies no more often than the image has pixels. */
export function loopsForImages({ device, network, config }: DenseNet): Loops {
  const most = network.parameterCount * config.height * config.width;
  return device.adapter.software && most <= FEW_MULTIPLY_ADDS ? 'kept' : 'unrolled';
}

/** What two cores compute, twice as slowly, in the four seconds by which they compile a small network sooner. */
const SHORT_TRAINING = 5e9;

/** For a whole training on a software GPU: a step is three times the work of a prediction. */
export function loopsForTraining({ config, epochs, training, heldOut }: TrainRequest): Loops {
  const images = epochs * (3 * training.count + heldOut.count);
  return images * macs(buildNetwork(config)) <= SHORT_TRAINING ? 'kept' : 'unrolled';
}

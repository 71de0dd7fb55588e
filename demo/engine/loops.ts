// Whether shaders are unrolled: on a software GPU a small workload is all compiling, which rolled shaders shorten several
// times; a large one runs twice as fast unrolled. A hardware GPU compiles either in a moment.

import type { DenseNet } from '../../src/densenet/model.ts';
import { buildNetwork, macs } from '../../src/densenet/network.ts';
import type { TrainRequest } from '../../src/jobs/train-messages.ts';

/** At most so many multiply-adds run in a moment on a processor, also by shaders that compile quickly and run slowly. */
const FEW_MULTIPLY_ADDS = 20e6;

/** For images one at a time. Each parameter multiplies no more often than the image has pixels. */
export function shouldUnrollForImages({ device, network, config }: DenseNet): boolean {
  const most = network.parameterCount * config.height * config.width;
  return !device.adapter.software || most > FEW_MULTIPLY_ADDS;
}

/** What two cores compute, twice as slowly, in the four seconds by which they compile a small network sooner. */
const SHORT_TRAINING = 5e9;

/** For a whole training on a software GPU: a step is three times the work of a prediction. */
export function shouldUnrollForTraining({ config, epochs, training, validation }: TrainRequest): boolean {
  const images = epochs * (3 * training.count + validation.count);
  return images * macs(buildNetwork(config)) > SHORT_TRAINING;
}

// Initial parameters, seeded and the same on every host: as the paper and torchvision's DenseNet initialise them.
// Convolutions: He et al. 2015, normal with variance 2 / fan-in. Batch norm: gamma 1, beta 0, running mean 0, variance 1.
// Classifier: PyTorch's default, uniform in +-1 / sqrt(fan-in), its bias 0.

import { createRandom } from '../runtime/random.ts';
import type { Network, Parameter } from './network.ts';
import { type Arenas, emptyArenas } from './state-dict.ts';

/** @param seed a whole number below 2^32 */
export function initialize(network: Network, seed: number): Arenas {
  const arenas = emptyArenas(network);
  for (const [stream, parameter] of network.parameters.entries()) {
    fill(arenas.parameters.subarray(parameter.offset, parameter.offset + parameter.count), parameter, seed, stream);
  }
  for (const norm of network.norms) {
    const variance = norm.runningOffset + norm.varianceOffset;
    arenas.running.fill(1, variance, variance + norm.channels);
  }
  return arenas;
}

/** The values that `initialize` gives one of the network's parameters. */
export function initialValues(network: Network, parameter: Parameter, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(parameter.count);
  fill(values, parameter, seed, network.parameters.indexOf(parameter));
  return values;
}

/** Each parameter has a random stream of its own: its values do not depend on those before it. */
function fill(values: Float32Array, { role, shape }: Parameter, seed: number, stream: number): void {
  const random = createRandom(seed, stream);
  const fanIn = shape.slice(1).reduce((product, n) => product * n, 1);
  if (role === 'gamma') values.fill(1);
  else if (role === 'convolution') {
    const std = Math.sqrt(2 / fanIn);
    for (let i = 0; i < values.length; i++) values[i] = random.normal() * std;
  } else if (role === 'linear') {
    const bound = 1 / Math.sqrt(fanIn);
    for (let i = 0; i < values.length; i++) values[i] = (2 * random.uniform() - 1) * bound;
  }
}

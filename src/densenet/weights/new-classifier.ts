// A classifier for features that have none: PyTorch's own start of a Linear layer's weights, zeros for its bias.

import { float32Tensor, type Tensor } from '../../data/tensor.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { createRandom } from '../../runtime/random.ts';

/** @throws ConfigError for a number of classes that is none */
export function initialClassifier(features: number, classes: number, seed: number): Map<string, Tensor> {
  if (!Number.isInteger(classes) || classes < 1 || classes > 65536) {
    throw new ConfigError('classes', classes, 'must be a whole number from 1 to 65536');
  }
  const random = createRandom(seed, 0);
  const bound = 1 / Math.sqrt(Math.max(features, 1));
  const weight = Float32Array.from({ length: classes * features }, () => (2 * random.uniform() - 1) * bound);
  return new Map([
    ['classifier.weight', float32Tensor([classes, features], weight)],
    ['classifier.bias', float32Tensor([classes], new Float32Array(classes))],
  ]);
}

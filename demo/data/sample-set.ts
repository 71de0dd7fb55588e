// The bundled Fashion-MNIST sample as something to learn from.

import { FASHION_MNIST_NORMALIZATION } from '../../src/data/fashion-mnist.ts';
import { fetchSample } from '../files.ts';
import { countClasses, imagesBytes, type TrainingSet } from './training-set.ts';

const SIZE = { channels: 1, height: 28, width: 28 } as const;

/** @throws DataError as fetchSample */
export async function sampleSet(): Promise<TrainingSet> {
  const [training, validation] = await Promise.all([fetchSample('training'), fetchSample('test')]);
  return {
    kind: 'sample',
    id: 'fashion-mnist-sample',
    name: 'Fashion-MNIST',
    classes: countClasses(training, validation),
    size: SIZE,
    bytes: () => imagesBytes(training.count + validation.count, SIZE),
    images: async () => ({ training, validation, normalisation: FASHION_MNIST_NORMALIZATION, bad: [] }),
    record: () => ({ kind: 'sample', name: 'Fashion-MNIST' }),
  };
}

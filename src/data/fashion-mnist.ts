// What is particular to Fashion-MNIST (Xiao, Rasul and Vollgraf, arXiv 1708.07747): its classes, its files and how its
// pixels are normalised. The whole data set and the sample in data/fashion-mnist-sample have the same file names.

import { type DataFile, type LabelledImages, readLabelledImages } from './idx.ts';

/** By label. */
export const FASHION_MNIST_CLASSES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;

/** Without `.gz`, which a file may have or not. */
export const FASHION_MNIST_FILES = {
  training: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const;

/**
 * Mean and standard deviation of all training pixels of the sample, as fractions of 255 (dividing by n, not n - 1),
 * from exact integer sums; scripts/make-fashion-mnist-sample.mjs prints them. The whole data set has 0.2860 and 0.3530.
 */
export const FASHION_MNIST_NORMALIZATION = { mean: [0.2873464545818327], std: [0.3543797163217679] } as const;

/** @throws DataError as readLabelledImages. */
export function readFashionMnist(images: DataFile, labels: DataFile): LabelledImages {
  return readLabelledImages(images, labels, { names: FASHION_MNIST_CLASSES });
}

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

/** Without `.gz`, which is optional. */
export const FASHION_MNIST_FILES = {
  training: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const;

/**
 * Mean and standard deviation of all training pixels of the sample, as fractions of 255 (dividing by n, not n - 1),
 * from exact integer sums; scripts/make-fashion-mnist-sample.mjs prints them. The whole data set has 0.2860 and 0.3530.
 */
export const FASHION_MNIST_NORMALIZATION = { mean: [0.2873464545818327], std: [0.3543797163217679] } as const;

/** SHA-256 of the inflated training files, by which the data set is recognised: all of MNIST's family share its file names. */
const TRAINING_DIGESTS = [
  {
    of: 'the sample',
    images: '444ed5f7ce17397f236f5eba17dd507d3f6912f04edd3e4f1701cdf82f2cc0c5',
    labels: '35d691216f65485d010cc635af5574a9dc04aa5060de9be64ab6e5cb5ead38e9',
  },
  {
    of: 'the whole data set',
    images: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    labels: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
  },
] as const;

/** Whether training files with these SHA-256 digests are Fashion-MNIST's, or the sample's. */
export const isFashionMnist = (digests: { readonly images: string; readonly labels: string }): boolean =>
  TRAINING_DIGESTS.some(({ images, labels }) => images === digests.images && labels === digests.labels);

/** @throws DataError as readLabelledImages */
export function readFashionMnist(images: DataFile, labels: DataFile): LabelledImages {
  return readLabelledImages(images, labels, { names: FASHION_MNIST_CLASSES });
}

// Images on their way to a prediction: decoded images one after another (an array, a generator that reads files), or a data set.
// They come in batches, and no more than one of them is in memory at a time.

import { type ImageDataset, pixelsInOrder } from '../data/dataset.ts';
import { imageBytes } from '../data/idx.ts';
import { type DecodedImage, type Preprocessing, prepareImage } from '../data/preprocess.ts';
import { ConfigError } from '../runtime/errors.ts';
import { kindOf } from '../runtime/options.ts';
import { checkSize } from './evaluate.ts';

/** Images to predict: decoded ones of any size, or a data set of the network's image size. */
export type PredictInput = Iterable<DecodedImage> | AsyncIterable<DecodedImage> | ImageDataset;

export interface PreparedBatch {
  /** [count][channels][height][width], 8 bits. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly count: number;
}

const isDataset = (images: PredictInput): images is ImageDataset => 'read' in images && 'labels' in images;

/**
 * The network's input for all images, in batches of at most `batch`.
 * @throws ConfigError for an image that cannot be prepared, and a data set of another size; what `images` throws
 */
export async function* preparedBatches(
  images: PredictInput,
  input: Preprocessing,
  batch: number,
): AsyncGenerator<PreparedBatch> {
  const bytes = imageBytes(input);
  if (typeof images !== 'object' || images === null) throw notImages(images);
  if (isDataset(images)) {
    const { channels: inputChannels, height, width } = input;
    checkSize({ inputChannels, height, width }, 'images', images);
    for await (const piece of pixelsInOrder(images, batch * bytes))
      yield { pixels: piece.slice(), count: piece.length / bytes };
    return;
  }
  if (!(Symbol.iterator in images || Symbol.asyncIterator in images)) throw notImages(images);
  let pixels = new Uint8Array(batch * bytes);
  let count = 0;
  for await (const image of images) {
    pixels.set(prepareImage(image, input), count++ * bytes);
    if (count < batch) continue;
    yield { pixels, count };
    pixels = new Uint8Array(batch * bytes);
    count = 0;
  }
  if (count > 0) yield { pixels: pixels.slice(0, count * bytes), count };
}

const notImages = (images: unknown) =>
  new ConfigError(
    'images',
    kindOf(images),
    'must be decoded images one after another (an array, a generator), or a data set',
  );

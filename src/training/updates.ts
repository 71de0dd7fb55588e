// The images of each update of a run: which ones in which order, and how an update's images become micro-batches.

import { BatchFeed, type BatchFeedOptions, type StagedBatch } from '../data/batches.ts';
import { type ImageDataset, isInMemory, labelsPerImage } from '../data/dataset.ts';
import { imageBytes } from '../data/idx.ts';
import { type EpochShape, imagesOfUpdate } from '../densenet/train/epoch-shape.ts';
import type { Batch } from '../densenet/train/trainer.ts';

/** Batches that are read ahead where reading takes time of its own. */
const AHEAD = 4;

/** The updates' images, epoch after epoch, from the one that the options name. */
export const updateFeed = (
  training: ImageDataset,
  { update, images }: EpochShape,
  from: Pick<BatchFeedOptions, 'seed' | 'epoch' | 'index'>,
): BatchFeed =>
  new BatchFeed(training, {
    ...from,
    batchSize: update,
    dropLast: images === Math.floor(training.count / update) * update,
    ahead: isInMemory(training) ? 1 : AHEAD,
  });

/** The update's images in micro-batches; where an epoch ends, the last may be smaller, and what is left over is dropped. */
export function microBatches(
  { pixels, labels, index }: StagedBatch,
  shape: EpochShape,
  training: ImageDataset,
): readonly [Batch, ...Batch[]] {
  const [bytes, perImage] = [imageBytes(training), labelsPerImage(training)];
  const images = imagesOfUpdate(shape, index);
  const part = (first: number): Batch => {
    const end = Math.min(first + shape.batch, images);
    return {
      images: pixels.subarray(first * bytes, end * bytes),
      labels: labels.subarray(first * perImage, end * perImage),
    };
  };
  const more = Math.ceil(images / shape.batch) - 1;
  return [part(0), ...Array.from({ length: more }, (_, i) => part((i + 1) * shape.batch))];
}

// How the images of an epoch make updates: whole ones of batch x accumulate images, and behind them one of what is left over, in
// micro-batches of which the last may be smaller. One function, so that a run, its state and its file agree on it.

import { type DenseNetConfig, singleValueBlock } from '../config.ts';
import { buildNetwork } from '../network.ts';
import { type Trainable, trainableRange } from '../plan/scope.ts';

export interface EpochShape {
  /** Updates per epoch; 0 where there are too few images. */
  readonly updates: number;
  /** Images per update, the last one apart. */
  readonly update: number;
  /** Images per micro-batch. */
  readonly batch: number;
  /** Of the smaller micro-batch that the epoch ends with, if it does. */
  readonly lastBatch: number | undefined;
  /** Images that an epoch trains on. */
  readonly images: number;
}

interface Batching {
  readonly config: DenseNetConfig;
  readonly batch: number;
  readonly accumulate: number;
  readonly dropLast: boolean;
  readonly trainable: Trainable;
}

/**
 * @param count images of the data set
 * What is left over is dropped with `dropLast`, as PyTorch's DataLoader calls it; and an image that would be alone in a batch where
 * batch statistics need two values (PyTorch refuses it).
 */
export function epochShape(
  { config, batch: most, accumulate, dropLast, trainable }: Batching,
  count: number,
): EpochShape {
  const update = most * accumulate;
  const whole = Math.floor(count / update);
  const left = count - whole * update;
  if (dropLast || left === 0)
    return { updates: whole, update, batch: most, lastBatch: undefined, images: whole * update };
  // Of fewer images than a batch, all are one.
  const batch = whole === 0 ? Math.min(most, left) : most;
  const { firstBlock } = trainableRange(buildNetwork(config), trainable);
  const smaller = left % batch;
  const canTrain = (size: number) => size > 0 && singleValueBlock(config, size, firstBlock) === undefined;
  if (!canTrain(batch)) return { updates: whole, update, batch: most, lastBatch: undefined, images: whole * update };
  const lastBatch = canTrain(smaller) ? smaller : undefined;
  const images = left - smaller + (lastBatch ?? 0);
  return { updates: whole + (images > 0 ? 1 : 0), update, batch, lastBatch, images: whole * update + images };
}

/** Images of an update of an epoch, counted from 0. */
export const imagesOfUpdate = ({ update, images }: EpochShape, index: number): number =>
  Math.max(0, Math.min(update, images - index * update));

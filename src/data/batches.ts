// Images to batches: the shuffled order of an epoch, split into lists of indices, and the pixels of a list gathered into one
// buffer. `BatchFeed` is what a trainer takes batches from: it gathers the next one into its spare buffer while the GPU works
// on the last, and allocates nothing after it is made. An order depends on (count, seed, epoch) alone and is the same on every
// host, so that a resumed run sees the images that the uninterrupted one would have seen.

import { ConfigError } from '../runtime/errors.ts';
import { createRandom, randomAt } from '../runtime/random.ts';
import type { Images, LabelledImages } from './idx.ts';

export interface EpochOptions {
  /** Leave out the last batch where it is not full; otherwise it is shorter than the others. */
  readonly dropLast: boolean;
}

/**
 * The batches of epoch `epoch` (from 0): lists of image indices, views of one shuffled order.
 * @throws ConfigError where there are too few images for a batch, or batchSize or seed is invalid
 */
export function epochBatches(
  count: number,
  batchSize: number,
  seed: number,
  epoch: number,
  options: EpochOptions,
): Uint32Array<ArrayBuffer>[] {
  return split(permutation(count, seed, epoch), batchSize, options);
}

/** As `epochBatches`, in the images' own order: for evaluation. */
export function sequentialBatches(
  count: number,
  batchSize: number,
  options: EpochOptions = { dropLast: false },
): Uint32Array<ArrayBuffer>[] {
  return split(
    Uint32Array.from({ length: count }, (_, index) => index),
    batchSize,
    options,
  );
}

function split(order: Uint32Array<ArrayBuffer>, batchSize: number, { dropLast }: EpochOptions) {
  const batches = batchCount(order.length, batchSize, dropLast);
  return Array.from({ length: batches }, (_, batch) => order.subarray(batch * batchSize, (batch + 1) * batchSize));
}

/** Shuffling draws from streams of its own: "SHUF" in ASCII keeps them apart from initialisation and dropout. */
const SHUFFLE_STREAM = 0x53485546;

/**
 * 0 … count - 1 in the order of epoch `epoch` (from 0) under `seed`, a Fisher-Yates shuffle: every order is equally likely.
 * @throws ConfigError where seed is not an integer in [0, 2^32)
 */
export function permutation(count: number, seed: number, epoch: number): Uint32Array<ArrayBuffer> {
  const random = createRandom(seed, randomAt(seed, SHUFFLE_STREAM, epoch));
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const chosen = below(last + 1, random.uint32);
    const moved = order[last] ?? 0;
    order[last] = order[chosen] ?? 0;
    order[chosen] = moved;
  }
  return order;
}

/** An integer in [0, limit), each equally likely: draws past the last whole multiple of `limit` are drawn again. */
function below(limit: number, uint32: () => number): number {
  const end = 0x100000000 - (0x100000000 % limit);
  let draw = uint32();
  while (draw >= end) draw = uint32();
  return draw % limit;
}

function batchCount(count: number, batchSize: number, dropLast: boolean): number {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new ConfigError('batchSize', batchSize, 'must be a whole number, 1 or more');
  }
  const batches = dropLast ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
  if (batches === 0) throw new ConfigError('batchSize', batchSize, `leaves no batch of ${count} images; lower it`);
  return batches;
}

/** Bytes of one image: channels x height x width. */
export const imageBytes = ({ channels, height, width }: Omit<Images, 'count' | 'pixels'>) => channels * height * width;

/**
 * Copies the images `indices` to the front of `into`, one after another: [indices.length][C][H][W].
 * @throws RangeError where `into` is too small for them
 */
export function gatherPixels(images: Images, indices: ArrayLike<number>, into: Uint8Array): void {
  const bytes = imageBytes(images);
  for (let slot = 0; slot < indices.length; slot++) {
    const start = (indices[slot] ?? 0) * bytes;
    into.set(images.pixels.subarray(start, start + bytes), slot * bytes);
  }
}

/** Copies the labels of the images `indices` to the front of `into`. */
export function gatherLabels({ labels }: LabelledImages, indices: ArrayLike<number>, into: Int32Array): void {
  for (let slot = 0; slot < indices.length; slot++) into[slot] = labels[indices[slot] ?? 0] ?? 0;
}

/** A batch ready for upload. After `count` images, pixels and labels are 0: a plan's batch has one size. */
export interface StagedBatch {
  readonly epoch: number;
  /** The batch's index in its epoch, and how many batches the epoch has. */
  readonly index: number;
  readonly batches: number;
  readonly count: number;
  /** [batchSize][C][H][W]; its buffer has a multiple of 4 bytes, as GPUQueue.writeBuffer wants it. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** [batchSize] */
  readonly labels: Int32Array<ArrayBuffer>;
}

export interface BatchFeedOptions extends EpochOptions {
  readonly batchSize: number;
  readonly seed: number;
  /** Where a resumed run continues; default 0 and 0. */
  readonly epoch?: number;
  readonly index?: number;
}

/**
 * Shuffled batches, epoch after epoch, without end, from two alternating buffers: a batch stays as it is until the `take`
 * after its own has returned. Call `prepare` right after submitting a step; the next `take` then only hands over.
 * @throws ConfigError as `epochBatches`, and for an index that the epoch does not have
 */
export class BatchFeed {
  readonly batchesPerEpoch: number;
  private readonly stages: readonly [Stage, Stage];
  private turn = 0;
  private prepared: StagedBatch | undefined;
  private epoch: number;
  private index: number;
  private order: readonly Uint32Array[];

  constructor(
    private readonly images: LabelledImages,
    private readonly options: BatchFeedOptions,
  ) {
    const { batchSize, seed, dropLast, epoch = 0, index = 0 } = options;
    this.batchesPerEpoch = batchCount(images.count, batchSize, dropLast);
    if (!Number.isInteger(index) || index < 0 || index >= this.batchesPerEpoch) {
      throw new ConfigError(
        'index',
        index,
        `is out of range: an epoch has ${this.batchesPerEpoch} batches, counted from 0`,
      );
    }
    this.epoch = epoch;
    this.index = index;
    this.order = epochBatches(images.count, batchSize, seed, epoch, options);
    this.stages = [makeStage(images, batchSize), makeStage(images, batchSize)];
  }

  /** The next batch, gathered now unless `prepare` has done it. */
  take(): StagedBatch {
    const batch = this.prepared ?? this.gather();
    this.prepared = undefined;
    return batch;
  }

  /** Gathers the next batch into the spare buffer, unless it is there already. */
  prepare(): void {
    this.prepared ??= this.gather();
  }

  private gather(): StagedBatch {
    const { images, epoch, index } = this;
    const { pixels, labels } = this.stages[this.turn === 0 ? 0 : 1];
    const indices = this.order[index] ?? new Uint32Array();
    gatherPixels(images, indices, pixels);
    gatherLabels(images, indices, labels);
    pixels.fill(0, indices.length * imageBytes(images));
    labels.fill(0, indices.length);
    this.turn ^= 1;
    this.advance();
    return { epoch, index, batches: this.batchesPerEpoch, count: indices.length, pixels, labels };
  }

  private advance(): void {
    if (++this.index < this.batchesPerEpoch) return;
    this.index = 0;
    this.epoch++;
    const { batchSize, seed } = this.options;
    this.order = epochBatches(this.images.count, batchSize, seed, this.epoch, this.options);
  }
}

type Stage = Pick<StagedBatch, 'pixels' | 'labels'>;

const makeStage = (images: Images, batchSize: number): Stage => ({
  pixels: new Uint8Array(
    new ArrayBuffer(Math.ceil((batchSize * imageBytes(images)) / 4) * 4),
    0,
    batchSize * imageBytes(images),
  ),
  labels: new Int32Array(batchSize),
});

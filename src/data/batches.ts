// Images to batches: the shuffled order of an epoch, split into lists of indices, and the pixels of a list gathered into one
// buffer. `BatchFeed` is what a trainer takes batches from: it reads the next ones into its spare buffers while the GPU works
// on the last, and allocates no buffer after it is made. An order depends on (count, seed, epoch) alone and is the same on every
// host, so that a resumed run sees the images that the uninterrupted one would have seen.

import { ConfigError } from '../runtime/errors.ts';
import { createRandom, type Random, randomAt } from '../runtime/random.ts';
import { type ImageDataset, labelsPerImage } from './dataset.ts';
import { type Images, imageBytes, type LabelledImages } from './idx.ts';

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
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  shuffle(order, createRandom(seed, randomAt(seed, SHUFFLE_STREAM, epoch)));
  return order;
}

/** Puts a list into random order (Fisher-Yates): every order is equally likely. */
export function shuffle<T>(order: { readonly length: number; [index: number]: T }, random: Random): void {
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = below(last + 1, random.uint32);
    const [moved, there] = [order[last], order[chosen]];
    if (moved === undefined || there === undefined) continue;
    order[last] = there;
    order[chosen] = moved;
  }
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

/** A batch ready for upload. After `count` images, pixels and labels are 0. */
export interface StagedBatch {
  readonly epoch: number;
  /** The batch's index in its epoch, and how many batches the epoch has. */
  readonly index: number;
  readonly batches: number;
  readonly count: number;
  /** [batchSize][C][H][W]; its buffer has a multiple of 4 bytes, as GPUQueue.writeBuffer wants it. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** [batchSize] class numbers, or [batchSize][classes] of 0, 1 and NaN. */
  readonly labels: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
}

export interface BatchFeedOptions extends EpochOptions {
  readonly batchSize: number;
  readonly seed: number;
  /** Where a resumed run continues; default 0 and 0. */
  readonly epoch?: number;
  readonly index?: number;
  /** Batches that are read ahead of the one that was taken; default 1. */
  readonly ahead?: number;
}

/**
 * Shuffled batches, epoch after epoch, without end. A batch stays as it is until the `take` after its own. Call `prepare` right
 * after submitting a step: the next batches are read then, and `take` only hands over.
 */
export class BatchFeed {
  readonly batchesPerEpoch: number;
  private readonly stages: Stage[];
  /** In the order in which they will be taken. */
  private readonly reading: Promise<StagedBatch & { readonly stage: Stage }>[] = [];
  private taken: Stage | undefined;
  private epoch: number;
  private index: number;
  private order: readonly Uint32Array[];

  /** @throws ConfigError as `epochBatches`, and for an index that the epoch does not have */
  constructor(
    private readonly dataset: ImageDataset,
    private readonly options: BatchFeedOptions,
  ) {
    const { batchSize, seed, dropLast, epoch = 0, index = 0, ahead = 1 } = options;
    this.batchesPerEpoch = batchCount(dataset.count, batchSize, dropLast);
    if (!Number.isInteger(index) || index < 0 || index >= this.batchesPerEpoch) {
      throw new ConfigError(
        'index',
        index,
        `is out of range: an epoch has ${this.batchesPerEpoch} batches, counted from 0`,
      );
    }
    this.epoch = epoch;
    this.index = index;
    this.order = epochBatches(dataset.count, batchSize, seed, epoch, options);
    this.stages = Array.from({ length: 1 + ahead }, () => makeStage(dataset, batchSize));
  }

  /** The next batch, read now unless `prepare` has begun to. @throws what the data set's `read` throws */
  async take(): Promise<StagedBatch> {
    if (this.taken) this.stages.push(this.taken);
    this.taken = undefined;
    if (this.reading.length === 0) this.read();
    const next = this.reading.shift();
    if (!next) throw new Error('a batch has nowhere to be read to');
    const { stage, ...batch } = await next;
    this.taken = stage;
    return batch;
  }

  /** Begins to read the next batches, as many as there is room for. */
  prepare(): void {
    while (this.stages.length > 0) this.read();
  }

  /** Begins to read the batch behind those that are being read. */
  private read(): void {
    const stage = this.stages.shift();
    if (!stage) return;
    const { dataset, epoch, index, batchesPerEpoch: batches } = this;
    const indices = this.order[index] ?? new Uint32Array();
    const { pixels, labels } = stage;
    const count = indices.length;
    pixels.fill(0, count * imageBytes(dataset));
    copyLabels(dataset, indices, labels);
    const batch = { epoch, index, batches, count, pixels, labels, stage };
    const read = dataset.read(indices, pixels).then(() => batch);
    // Awaited when it is taken; until then its failure is nobody's.
    read.catch(() => undefined);
    this.reading.push(read);
    this.advance();
  }

  private advance(): void {
    if (++this.index < this.batchesPerEpoch) return;
    this.index = 0;
    this.epoch++;
    const { batchSize, seed } = this.options;
    this.order = epochBatches(this.dataset.count, batchSize, seed, this.epoch, this.options);
  }
}

type Stage = Pick<StagedBatch, 'pixels' | 'labels'>;

function makeStage(dataset: ImageDataset, batchSize: number): Stage {
  const bytes = batchSize * imageBytes(dataset);
  const labels = batchSize * labelsPerImage(dataset);
  return {
    pixels: new Uint8Array(new ArrayBuffer(Math.ceil(bytes / 4) * 4), 0, bytes),
    labels: dataset.labels instanceof Float32Array ? new Float32Array(labels) : new Int32Array(labels),
  };
}

/** Copies the labels of the images `indices` to the front of `into`, and zeros behind them. */
function copyLabels(dataset: ImageDataset, indices: ArrayLike<number>, into: Stage['labels']): void {
  const each = labelsPerImage(dataset);
  into.fill(0, indices.length * each);
  for (let slot = 0; slot < indices.length; slot++) {
    const image = indices[slot] ?? 0;
    into.set(dataset.labels.subarray(image * each, (image + 1) * each), slot * each);
  }
}

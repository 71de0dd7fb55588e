// What a training plan and a trainer ask of an augmentation that is more than mirroring and shifting. The code behind it is
// brought by whoever asks for it (augment/augmenter.ts): a page that does not carries none of it.

import type { Bindings, Kernel } from '../../runtime/kernel.ts';
import type { Program, Region } from '../../runtime/program.ts';
import type { LossSize } from '../../shaders/loss/cross-entropy.ts';
import type { DenseNetConfig, MapSize } from '../config.ts';
import type { LossKind } from '../train/losses.ts';
import type { Grid } from './feature-map.ts';
import type { TileConfig } from './tile-config.ts';

type ImageSize = Pick<DenseNetConfig, 'inputChannels' | 'height' | 'width'>;

/** What an augmenter's passes read, and where they write the network's input. */
export interface AugmentedInput {
  /** Bytes [N][C][H][W] of the source's size. */
  readonly input: Region;
  /** vec2f per channel: byte * x + y. */
  readonly normalisation: Region;
  /** What was drawn: `Augmenter.records`. */
  readonly records: Region;
  /** float32 [C][row stride] */
  readonly out: Region;
}

/** Labels as a batch has them. */
export type Labels = Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** A loss of images that are mixed in pairs; its kernel also binds `records`. */
export type MixedLoss = Kernel<
  LossSize,
  { readonly WORKGROUP: number; readonly WEIGHTED: boolean },
  Bindings<LossSize>
>;

/** Augments byte images on the GPU: `augmenter(...)` makes one. */
export interface Augmenter {
  /**
   * Size of the images that a step is given, where it is not the network's own.
   * @internal
   */
  readonly source: MapSize | undefined;
  /**
   * The loss where images are mixed; undefined: the usual one.
   * @throws ConfigError for a loss that cannot be of two labels
   * @internal
   */
  mixedLoss(loss: LossKind): MixedLoss | undefined;
  /**
   * Room for the records that `draw` makes.
   * @internal
   */
  records(program: Program, size: ImageSize, images: number): Region;
  /**
   * Records its passes.
   * @param tileConfig as for the plan's other passes
   * @internal
   */
  record(
    program: Program,
    size: ImageSize,
    grid: Pick<Grid, 'images' | 'stride'>,
    regions: AugmentedInput,
    tileConfig?: TileConfig,
  ): void;
  /**
   * The slice of `records` that a mixed loss binds.
   * @internal
   */
  compositions(records: Region, size: ImageSize, images: number): Region;
  /**
   * The records of a micro-batch, and its labels as the loss takes them.
   * @param seed of the micro-batch
   * @internal
   */
  draw(
    size: ImageSize,
    images: number,
    seed: number,
    labels: Labels,
  ): { readonly records: ArrayBufferView<ArrayBuffer>; readonly labels: Labels };
  /**
   * Refuses a network whose images it cannot augment.
   * @throws ConfigError
   * @internal
   */
  check(size: ImageSize): void;
}

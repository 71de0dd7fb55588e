// The augmenter: all augmentations of the table as passes of a training plan. A pass is recorded only where it is asked for:
// per operation (and its tables, where an operation may need them) one over bytes, which rounds as torchvision does between
// its transforms, and one that shifts, flips, normalises, erases and mixes on the way into the network.

import { parse } from '../../data/schema.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { check, nested, type Rules, required, whole } from '../../runtime/options.ts';
import { type Program, type Region, slice } from '../../runtime/program.ts';
import { augmentCompose } from '../../shaders/augment/compose.ts';
import { augmentOperate } from '../../shaders/augment/operate.ts';
import { groupsOf, tableWords } from '../../shaders/augment/parts.ts';
import { COMPOSITION_WORDS, OPERATION_WORDS } from '../../shaders/augment/records.ts';
import { augmentTable } from '../../shaders/augment/table.ts';
import { lossMixedCrossEntropy } from '../../shaders/loss/mixed-cross-entropy.ts';
import type { DenseNetConfig, MapSize } from '../config.ts';
import type { AugmentedInput, Augmenter, Labels, MixedLoss } from '../plan/augmenter.ts';
import type { Grid } from '../plan/feature-map.ts';
import { DEFAULT_TILES, parametersOf, type TileConfig } from '../plan/tile-config.ts';
import {
  AUGMENTATION,
  AUGMENTATION_PRESETS,
  type Augmentation,
  type AugmentationPreset,
  checkMixing,
  isBasic,
  mixes,
} from '../train/augmentation.ts';
import type { BasicAugmentation } from '../train/basic-augmentation.ts';
import type { LossKind } from '../train/losses.ts';
import { checkRandomCrop } from '../train/source-size.ts';
import {
  type AugmentedSize,
  checkChannels,
  drawAugmentation,
  type ImageAugmentation,
  type StageKind,
  stageKinds,
} from './parameters.ts';
import { recordsLayout, writeRecords } from './records.ts';

type ImageSize = Pick<DenseNetConfig, 'inputChannels' | 'height' | 'width'>;

/** What an augmenter does: a preset, single augmentations over it, and the size of the images it is given. */
export type AugmenterOptions = Partial<Augmentation> & {
  /** What the others default to: 'none' (the default), 'light', 'paper' or 'strong'. */
  readonly preset?: AugmentationPreset;
  /**
   * Height and width of the images given, where they are not the network's own: a random crop, or else the middle, becomes the
   * network's input.
   */
  readonly source?: MapSize;
};

const SIDE = required(whole(1, 2 ** 16));
const SOURCE: Rules<MapSize> = { height: SIDE, width: SIDE };

/**
 * An augmenter for `TrainerOptions.augment`: everything that torchvision's transforms of the same names do, on the GPU, from bytes.
 * @throws ConfigError naming the option
 */
export function augmenter({ preset = 'none', source, ...given }: AugmenterOptions = {}): ImageAugmenter {
  if (!Object.hasOwn(AUGMENTATION_PRESETS, preset))
    throw new ConfigError('preset', preset, `must be one of ${Object.keys(AUGMENTATION_PRESETS).join(', ')}`);
  if (source !== undefined) check('source', source, nested(SOURCE));
  return new ImageAugmenter(parse(AUGMENTATION, { ...AUGMENTATION_PRESETS[preset], ...given }, 'augment'), source);
}

/** What a trainer takes for an augmentation: mirroring and shifting alone are cheaper without an augmenter. */
export const augmentOption = (augmentation: Augmentation, source?: MapSize): BasicAugmentation | Augmenter => {
  const { mirror, shift } = augmentation;
  return isBasic(augmentation) && !source ? { mirror, shift } : new ImageAugmenter(augmentation, source);
};

/** Augments images, and says how it has. */
export class ImageAugmenter implements Augmenter {
  constructor(
    /** What it does. */
    readonly augmentation: Augmentation,
    /** @internal */
    readonly source: MapSize | undefined,
  ) {}

  /** @internal */
  check(size: ImageSize): void {
    checkChannels(this.augmentation, size.inputChannels);
    checkRandomCrop(this.augmentation, this.sizeOf(size).source, size);
  }

  /**
   * What is done to each image of a micro-batch: a pure function.
   * @param size of the network's input
   * @param seed of the micro-batch
   * @internal
   */
  drawn(size: ImageSize, images: number, seed: number): readonly ImageAugmentation[] {
    return drawAugmentation(this.augmentation, this.sizeOf(size), images, seed);
  }

  /** @internal */
  mixedLoss(loss: LossKind): MixedLoss | undefined {
    checkMixing(this.augmentation, loss);
    return mixes(this.augmentation) && loss === 'cross-entropy' ? lossMixedCrossEntropy : undefined;
  }

  /** @internal */
  draw(size: ImageSize, images: number, seed: number, labels: Labels) {
    const drawn = this.drawn(size, images, seed);
    const records = writeRecords(drawn, this.stages(size).length, this.sizeOf(size));
    return {
      records,
      labels: labels instanceof Float32Array && mixes(this.augmentation) ? mixed(labels, drawn) : labels,
    };
  }

  /** @internal */
  compositions(records: Region, size: ImageSize, images: number): Region {
    const { composition } = recordsLayout(images, this.stages(size).length);
    return slice(records, composition, images * COMPOSITION_WORDS * 4);
  }

  /** @internal */
  records(program: Program, size: ImageSize, images: number): Region {
    const { bytes } = recordsLayout(images, this.stages(size).length);
    return program.buffer('augmentation records', bytes, 'persistent', 'input');
  }

  /** @internal */
  record(
    program: Program,
    size: ImageSize,
    { images, stride }: Pick<Grid, 'images' | 'stride'>,
    { input, normalisation, records, out }: AugmentedInput,
    tileConfig: TileConfig = DEFAULT_TILES,
  ): void {
    const { source, height, width, channels } = this.sizeOf(size);
    const stages = this.stages(size);
    const layout = recordsLayout(images, stages.length);
    const words = images * groupsOf(channels) * height * width;
    let from = { pixels: input, size: source, PACKED: false };
    for (const [i, kind] of stages.entries()) {
      const shape = { images, channels, height, width, sourceHeight: from.size.height, sourceWidth: from.size.width };
      const own = slice(records, layout.operations[i] ?? 0, images * OPERATION_WORDS * 4);
      const { PACKED } = from;
      const TABLES = kind === 'any';
      const tables = TABLES ? program.buffer('byte tables', tableWords(shape) * 4, 'transient', 'scratch') : undefined;
      if (tables) {
        const parameters = parametersOf(tileConfig, augmentTable, shape, { PACKED });
        program.pass(augmentTable, shape, { pixels: from.pixels, records: own, tables }, { parameters });
      }
      const made = program.buffer(`augmented bytes ${i + 1}`, words * 4, 'transient', 'scratch');
      const bindings = { pixels: from.pixels, records: own, tables, out: made };
      const parameters = parametersOf(tileConfig, augmentOperate, shape, { PACKED, TABLES });
      program.pass(augmentOperate, shape, bindings, { parameters });
      from = { pixels: made, size: { height, width }, PACKED: true };
    }
    const composed = { images, channels, height, width, stride };
    const parameters = parametersOf(tileConfig, augmentCompose, composed, { PACKED: from.PACKED });
    const bindings = {
      pixels: from.pixels,
      normalisation,
      records: this.compositions(records, size, images),
      out,
    };
    program.pass(augmentCompose, composed, bindings, { parameters });
  }

  private stages(size: ImageSize): readonly StageKind[] {
    return stageKinds(this.augmentation, this.sizeOf(size));
  }

  private sizeOf({ inputChannels, height, width }: ImageSize): AugmentedSize {
    return { channels: inputChannels, height, width, source: this.source ?? { height, width } };
  }
}

/** Labels [N][classes] of 0 to 1, each mixed with its partner's as the images are; NaN where either is missing. */
function mixed(labels: Float32Array<ArrayBuffer>, drawn: readonly ImageAugmentation[]): Float32Array<ArrayBuffer> {
  const classes = labels.length / drawn.length;
  return labels.map((label, i) => {
    const { partner, weight } = drawn[Math.floor(i / classes)]?.mixture ?? { partner: 0, weight: 1 };
    if (weight === 1) return label;
    return weight * label + (1 - weight) * (labels[partner * classes + (i % classes)] ?? Number.NaN);
  });
}

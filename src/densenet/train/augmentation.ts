// What happens to byte images in training, on the GPU: the table of augmentations, with torchvision's names, ranges and
// definitions, and presets over it. Command line, JSON, help and forms derive from it; augment/ draws and computes them.

import {
  checked,
  field,
  flag,
  type Input,
  list,
  number,
  type Output,
  object,
  optional,
  type Schema,
  whole,
} from '../../data/schema.ts';
import { ConfigError } from '../../runtime/errors.ts';
import type { MapSize } from '../config.ts';
import { BASIC_AUGMENTATIONS, type BasicAugmentation } from './basic-augmentation.ts';
import type { LossKind } from './losses.ts';

const OFF = 0;
/** A range from which a factor is drawn. */
/* @__NO_SIDE_EFFECTS__ */
const range = (limits: { readonly above: number; readonly max: number }) => list(number(limits), 2, 2);

const NO_CROP: readonly number[] = [1, 1];
const CROP_RATIO: readonly number[] = [3 / 4, 4 / 3];
const NO_SCALING: readonly number[] = [1, 1];
const NO_JITTER: readonly number[] = [0, 0, 0, 0];
const NO_RAND_AUGMENT: readonly number[] = [0, 9];

/**
 * One field per augmentation, in the order in which they are applied; mirroring, flipping and shifting come between colour jitter
 * and erasing. What version 0.1.0 did not have is optional: its states have it off.
 */
export const AUGMENTATIONS = {
  ...BASIC_AUGMENTATIONS,
  /** Flip half of the images upside down. */
  verticalFlip: field(optional(flag, false), {
    help: 'flip half of the images upside down',
    option: '--vertical-flip',
    default: false,
  }),
  /** torchvision's RandomCrop: a random part of an image that is larger than the network's input, as large as that. */
  randomCrop: field(optional(flag, false), {
    help: 'train on random crops of images that are larger than the input (--train-resize)',
    option: '--random-crop',
    default: false,
  }),
  /** torchvision's RandomResizedCrop: smallest and largest share of the area that a crop takes; [1, 1]: off. */
  randomResizedCrop: field(optional(range({ above: 0, max: 1 }), NO_CROP), {
    help: 'resize a random crop of this share of the area, say 0.08,1; 1,1: off',
    option: '--random-resized-crop <min,max>',
    default: NO_CROP,
  }),
  /** Smallest and largest ratio of width to height of such a crop. */
  cropRatio: field(optional(range({ above: 0, max: 100 }), CROP_RATIO), {
    help: 'ratio of width to height of such a crop',
    option: '--crop-ratio <min,max>',
    default: CROP_RATIO,
  }),
  /** torchvision's RandomAffine: rotate by up to so many degrees either way. */
  rotation: field(optional(number({ min: 0, max: 180 }), OFF), {
    help: 'rotate each image by up to so many degrees',
    unit: 'degrees',
    option: '--rotation <degrees>',
    default: OFF,
  }),
  /** Of RandomAffine: translate by up to this share of width and height. */
  translate: field(optional(number({ min: 0, max: 1 }), OFF), {
    help: 'translate each image by up to this share of its size',
    option: '--translate <share>',
    default: OFF,
  }),
  /** Of RandomAffine: scale by a factor from this range; [1, 1]: off. */
  scale: field(optional(range({ above: 0, max: 100 }), NO_SCALING), {
    help: 'scale each image by a factor from this range; 1,1: off',
    option: '--scale <min,max>',
    default: NO_SCALING,
  }),
  /** Of RandomAffine: shear along x by up to so many degrees either way. */
  shear: field(optional(number({ min: 0, below: 90 }), OFF), {
    help: 'shear each image by up to so many degrees',
    unit: 'degrees',
    option: '--shear <degrees>',
    default: OFF,
  }),
  /** torchvision's RandAugment: operations per image, and their magnitude from 0 to 30; no operations: off. */
  randAugment: field(optional(list(whole(0, 30), 2, 2), NO_RAND_AUGMENT), {
    help: 'RandAugment: operations per image and their magnitude up to 30, say 2,9; 0 operations: off',
    option: '--rand-augment <ops,magnitude>',
    default: NO_RAND_AUGMENT,
  }),
  /** torchvision's TrivialAugmentWide: one operation per image, of any magnitude. */
  trivialAugment: field(optional(flag, false), {
    help: 'apply TrivialAugment, one random operation per image',
    option: '--trivial-augment',
    default: false,
  }),
  /** torchvision's ColorJitter: largest change of brightness, contrast and saturation (factors) and hue (turns). */
  colorJitter: field(optional(list(number({ min: 0, max: 10 }), 4, 4), NO_JITTER), {
    help: 'change brightness, contrast, saturation and hue by up to so much, in random order; 0,0,0,0: off',
    option: '--color-jitter <brightness,contrast,saturation,hue>',
    default: NO_JITTER,
  }),
  /** torchvision's RandomErasing, behind the normalisation and with 0: its probability. */
  erasing: field(optional(number({ min: 0, max: 1 }), OFF), {
    help: 'erase a random rectangle of an image with this probability',
    option: '--erasing <probability>',
    default: OFF,
  }),
  /** Mixup: alpha of the Beta distribution from which a batch's weight is drawn; 0: off. With cutmix, either by chance. */
  mixup: field(optional(number({ min: 0, max: 100 }), OFF), {
    help: 'mixup: alpha of its Beta distribution; 0: off',
    option: '--mixup <alpha>',
    default: OFF,
  }),
  /** CutMix: alpha of the Beta distribution from which the area of a batch's rectangle is drawn; 0: off. */
  cutmix: field(optional(number({ min: 0, max: 100 }), OFF), {
    help: 'cutmix: alpha of its Beta distribution; 0: off',
    option: '--cutmix <alpha>',
    default: OFF,
  }),
} as const;

/**
 * Which augmentations a training step applies to its images, and how strongly: one field per row of the table above.
 * @interface
 */
export type Augmentation = Output<typeof AUGMENTATIONS>;
/**
 * Augmentations as they may be given: what is left out is off, but for `mirror` and `shift`, which must be said.
 * @interface
 */
export type AugmentationInput = Input<typeof AUGMENTATIONS>;

/** Augmentations, with checks across fields. */
export const AUGMENTATION: Schema<Augmentation> = checked(object(AUGMENTATIONS), (found) => {
  for (const name of ['randomResizedCrop', 'cropRatio', 'scale'] as const) {
    const [least = 1, most = 1] = found[name];
    if (least > most) throw new ConfigError(name, found[name], 'must be a range, the smaller number first');
  }
  if (found.randomCrop && crops(found))
    throw new ConfigError('randomCrop', true, 'and randomResizedCrop exclude each other; turn one off');
  if (!crops(found) && !same(found.cropRatio, CROP_RATIO))
    throw new ConfigError('cropRatio', found.cropRatio, 'is of a random resized crop, which is off');
  const [, , , hue = 0] = found.colorJitter;
  if (hue > 0.5) throw new ConfigError('colorJitter', found.colorJitter, 'has a hue above 0.5, half a turn');
  if (found.trivialAugment && randAugments(found))
    throw new ConfigError('randAugment', found.randAugment, 'and trivialAugment exclude each other; turn one off');
});

const same = (a: readonly number[], b: readonly number[]): boolean => a.every((value, i) => value === b[i]);

/** Whether there is a random resized crop. */
export const crops = ({ randomResizedCrop }: Augmentation): boolean => !same(randomResizedCrop, NO_CROP);
/** Whether there is a random affine map. */
export const isAffine = ({ rotation, translate, scale, shear }: Augmentation): boolean =>
  rotation > 0 || translate > 0 || shear > 0 || !same(scale, NO_SCALING);
/** Whether RandAugment does anything. */
export const randAugments = ({ randAugment }: Augmentation): boolean => (randAugment[0] ?? 0) > 0;
/** Whether images of a batch are mixed with each other. */
export const mixes = ({ mixup, cutmix }: Augmentation): boolean => mixup > 0 || cutmix > 0;

/** Two labels per image have a loss of their own, which is not a focal one. @throws ConfigError for that */
export function checkMixing(augmentation: Augmentation, loss: LossKind): void {
  if (mixes(augmentation) && loss === 'focal')
    throw new ConfigError('loss', loss, 'cannot be combined with mixup and cutmix; leave one of them out');
}

export const NO_AUGMENTATION: Augmentation = {
  mirror: false,
  shift: 0,
  verticalFlip: false,
  randomCrop: false,
  randomResizedCrop: NO_CROP,
  cropRatio: CROP_RATIO,
  rotation: OFF,
  translate: OFF,
  scale: NO_SCALING,
  shear: OFF,
  randAugment: NO_RAND_AUGMENT,
  trivialAugment: false,
  colorJitter: NO_JITTER,
  erasing: OFF,
  mixup: OFF,
  cutmix: OFF,
};

/** What is on beside mirroring and shifting. */
export const othersOn = ({ mirror, shift, ...others }: Augmentation): readonly (readonly [string, unknown])[] =>
  Object.entries(others).filter(([name, value]) => !sameValue(Reflect.get(NO_AUGMENTATION, name), value));

/** Whether only mirroring and shifting are on, for which a trainer needs no augmenter. */
export const isBasic = (augmentation: Augmentation): boolean => othersOn(augmentation).length === 0;

/**
 * Mirroring and shifting, where nothing else is on: for whoever has no augmenter.
 * @param source of the images, where it is not the network's size
 * @throws ConfigError naming what is on, or that size
 */
export function basicOnly(augmentation: Augmentation, source?: MapSize): BasicAugmentation {
  const { mirror, shift } = augmentation;
  if (source)
    throw new ConfigError(
      'training images',
      `${source.height}x${source.width}`,
      "are not of the network's size, which is unsupported here: resize them",
    );
  if (isBasic(augmentation)) return { mirror, shift };
  throw new ConfigError(
    'augment',
    augmentationText(augmentation),
    'is unsupported here: only mirroring and shifting are',
  );
}

/** Augmentations as a model card says them: mirroring and shifting in any case, others where they are on. */
export function augmentationText(augmentation: Augmentation): string {
  const { mirror, shift } = augmentation;
  const on = othersOn(augmentation);
  const moved = [mirror ? 'mirrored' : 'not mirrored', `shifted by up to ${shift} pixels`];
  return [...moved, ...on.map(([name, value]) => (value === true ? name : `${name} ${JSON.stringify(value)}`))].join(
    ', ',
  );
}

const sameValue = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A table whose entries are of one type, whatever they are called. */
function named<Name extends string>(sets: Readonly<Record<Name, Augmentation>>): Readonly<Record<Name, Augmentation>> {
  return sets;
}

/** Sets of augmentations by name; single fields override them. */
export const AUGMENTATION_PRESETS = /* @__PURE__ */ named({
  none: NO_AUGMENTATION,
  /** The default of `densenet train`. */
  light: { ...NO_AUGMENTATION, mirror: true, shift: 1 },
  /** The paper's on CIFAR (Huang et al., section 4.1). */
  paper: { ...NO_AUGMENTATION, mirror: true, shift: 4 },
  /** That, and what torchvision's recipe of 2021 adds to it: TrivialAugment, erasing, mixup and cutmix. */
  strong: { ...NO_AUGMENTATION, mirror: true, shift: 4, trivialAugment: true, erasing: 0.1, mixup: 0.2, cutmix: 1 },
});

/**
 * The name of a set of augmentations.
 * @useDeclaredType
 */
export type AugmentationPreset = keyof typeof AUGMENTATION_PRESETS;
const isPreset = (name: string): name is AugmentationPreset => Object.hasOwn(AUGMENTATION_PRESETS, name);
export const AUGMENTATION_PRESET_NAMES: readonly AugmentationPreset[] = /* @__PURE__ */ (() =>
  Object.keys(AUGMENTATION_PRESETS).filter(isPreset))();

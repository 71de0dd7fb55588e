// Mirroring and shifting, which the input's own pass (layout/augment) does at no cost: all that a trainer has without an
// augmenter. Apart from the table of all augmentations, so that a page that trains carries no more than it uses.

import { field, flag, type Output, object, type Schema, whole } from '../../data/schema.ts';
import type { FieldValues } from '../../runtime/kernel.ts';
import type { AUGMENT_FIELDS } from '../../shaders/layout/augment.ts';

/** The paper's standard augmentation (section 4.1): mirroring and shifting. */
export const BASIC_AUGMENTATIONS = {
  /** Mirror half of the images, left to right. */
  mirror: field(flag, { help: 'mirror half of the images', option: '--mirror', default: true }),
  /** Shift each image by up to so many pixels in both directions; what a shift uncovers is the mean. */
  shift: field(whole(0, 4096), {
    help: 'shift each image by up to so many pixels',
    unit: 'pixels',
    option: '--shift <pixels>',
    default: 1,
  }),
} as const;

/**
 * Mirroring and shifting: what a step does to byte images without an `Augmenter`.
 * @interface
 */
export type BasicAugmentation = Output<typeof BASIC_AUGMENTATIONS>;
export const BASIC_AUGMENTATION: Schema<BasicAugmentation> = object(BASIC_AUGMENTATIONS);
export const NOT_AUGMENTED: BasicAugmentation = { mirror: false, shift: 0 };

/** The kernel's uniform. @param seed of the step's own, already mixed with its number */
export const augmentValues = (
  { mirror, shift }: BasicAugmentation,
  seed: number,
): FieldValues<typeof AUGMENT_FIELDS> => ({ seed, mirror: mirror ? 1 : 0, shift });

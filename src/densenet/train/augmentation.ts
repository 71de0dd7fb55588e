// What happens to byte images in training, on the GPU: one object from the option to the kernel. An augmentation is a field
// here, a field of the kernel's uniform (AUGMENT_FIELDS) and its lines in shaders/layout/augment.wgsl.

import { field, flag, type Output, object, type Schema, whole } from '../../data/schema.ts';
import type { FieldValues } from '../../runtime/kernel.ts';
import type { AUGMENT_FIELDS } from '../../shaders/layout/augment.ts';

/** The paper's standard augmentation (section 4.1): mirroring and shifting. */
export const AUGMENTATIONS = {
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
 * Which augmentations a training step applies to its images, and how strongly: one field per row of the table above.
 * @interface
 */
export type Augmentation = Output<typeof AUGMENTATIONS>;
export const AUGMENTATION: Schema<Augmentation> = object(AUGMENTATIONS);
export const NO_AUGMENTATION: Augmentation = { mirror: false, shift: 0 };

/** The kernel's uniform. @param seed of the step's own, already mixed with its number */
export const augmentValues = ({ mirror, shift }: Augmentation, seed: number): FieldValues<typeof AUGMENT_FIELDS> => ({
  seed,
  mirror: mirror ? 1 : 0,
  shift,
});

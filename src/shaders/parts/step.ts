// The uniform that changes from step to step; `step.wgsl` declares the same struct.

import type { FieldValues } from '../../runtime/kernel.ts';

export const STEP_FIELDS = {
  seed: 'u32',
  accumulate: 'u32',
  gradient_scale: 'f32',
  clip: 'f32',
  label_smoothing: 'f32',
  first_image: 'u32',
  focal_gamma: 'f32',
  focal_alpha: 'f32',
} as const;

export type StepValues = FieldValues<typeof STEP_FIELDS>;

/** A step that neither drops out, accumulates nor clips: what forward and backward alone need. */
export const NO_OP_STEP: StepValues = {
  seed: 0,
  accumulate: 0,
  gradient_scale: 1,
  clip: 0,
  label_smoothing: 0,
  first_image: 0,
  focal_gamma: 0,
  focal_alpha: -1,
};

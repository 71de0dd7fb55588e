// The uniform that changes from step to step; `step.wgsl` declares the same struct.

import type { FieldValues } from '../../runtime/kernel.ts';

export const STEP_FIELDS = {
  seed: 'u32',
  accumulate: 'u32',
  gradient_scale: 'f32',
  learning_rate: 'f32',
  weight_decay: 'f32',
  momentum: 'f32',
  nesterov: 'u32',
  beta1: 'f32',
  beta2: 'f32',
  epsilon: 'f32',
  bias_correction1: 'f32',
  bias_correction2: 'f32',
  clip: 'f32',
  mirror: 'u32',
  shift: 'u32',
  label_smoothing: 'f32',
  first_image: 'u32',
} as const;

export type StepValues = FieldValues<typeof STEP_FIELDS>;

/** A step that neither drops out, accumulates, clips nor updates: what forward and backward alone need. */
export const NO_OP_STEP: StepValues = {
  seed: 0,
  accumulate: 0,
  gradient_scale: 1,
  learning_rate: 0,
  weight_decay: 0,
  momentum: 0,
  nesterov: 0,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  bias_correction1: 1,
  bias_correction2: 1,
  clip: 0,
  mirror: 0,
  shift: 0,
  label_smoothing: 0,
  first_image: 0,
};

// What changes from step to step, written by the trainer before a submit. Fields as STEP_FIELDS in step.ts.
struct Step {
  seed: u32,                // of this step's dropout masks: already mixed with the step's number
  accumulate: u32,          // 1: add to the parameter gradients, 0: overwrite them
  gradient_scale: f32,      // 1 / micro-batches, applied to the loss's gradient
  clip: f32,                // largest global norm of the gradient; 0 = no clipping
  label_smoothing: f32,
  first_image: u32,         // of this micro-batch among the step's images
  focal_gamma: f32,         // exponent of focal loss
  focal_alpha: f32,         // weight of present labels in sigmoid focal loss; below 0: none
}

// What changes from step to step, written by the trainer before a submit. Fields as STEP_FIELDS in step.ts.
struct Step {
  seed: u32,                // of this step's dropout masks: already mixed with the step's number
  accumulate: u32,          // 1: add to the parameter gradients, 0: overwrite them
  gradient_scale: f32,      // 1 / micro-batches, applied to the loss's gradient
  learning_rate: f32,
  weight_decay: f32,
  momentum: f32,            // SGD
  nesterov: u32,
  beta1: f32,               // AdamW
  beta2: f32,
  epsilon: f32,
  bias_correction1: f32,    // 1 - beta1^t
  bias_correction2: f32,    // 1 - beta2^t
  clip: f32,                // largest global norm of the gradient; 0 = no clipping
  mirror: u32,              // augmentation: 1 = mirror half of the images
  shift: u32,               // augmentation: largest shift in pixels
  label_smoothing: f32,
  first_image: u32,         // of this micro-batch among the step's images
}

// LAMB's direction of a vector of four, before it is scaled by its tensor's trust ratio (You et al. 2020, algorithm 2):
//   m += (1 - beta1) (g - m),   v = beta2 v + (1 - beta2) g^2,
//   u = m / bias_correction1 / (sqrt(v / bias_correction2) + epsilon) + weight_decay w,   g = gradient * clip.
// The kernel binds parameters, gradients, exp_avg, exp_avg_sq and clip, and the uniform `update`.
struct Update {
  learning_rate: f32,
  weight_decay: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  bias_correction1: f32,    // 1 - beta1^t
  bias_correction2: f32,    // 1 - beta2^t
}

struct Direction { m: vec4f, v: vec4f, u: vec4f }

fn direction_of(i: u32, decay: f32) -> Direction {
  let g = gradients[i] * clip[0];
  let m = fma(vec4f(1.0 - update.beta1), g - exp_avg[i], exp_avg[i]);
  let v = fma(vec4f(update.beta2), exp_avg_sq[i], (1.0 - update.beta2) * g * g);
  let denominator = sqrt(v) / sqrt(update.bias_correction2) + update.epsilon;
  let u = fma(vec4f(update.weight_decay * decay), parameters[i], m / update.bias_correction1 / denominator);
  return Direction(m, v, u);
}

// One step of AdamW over a whole arena (Loshchilov and Hutter 2019), as PyTorch's: decay first, apart from the gradient,
//   w *= 1 - learning_rate * weight_decay,   m += (1 - beta1) (g - m),   v = beta2 v + (1 - beta2) g^2,
//   w -= learning_rate / bias_correction1 * m / (sqrt(v / bias_correction2) + epsilon),   g = gradient * clip.
// One invocation per vector of four. It runs twice per step, with APPLIES false and then true: nothing is written unless
// all that would be is finite.
const WORKGROUP: u32 = 256u;
const APPLIES = true;  // false: only notes the first place whose next values are not finite
const GROUPED = false;  // true: learning rate and weight decay are multiplied by those of the parameter's group

struct Shape { vectors: u32 }

struct Update {
  learning_rate: f32,
  weight_decay: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  bias_correction1: f32,    // 1 - beta1^t
  bias_correction2: f32,    // 1 - beta2^t
}

@group(0) @binding(0) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> exp_avg: array<vec4f>;         // m
@group(0) @binding(3) var<storage, read_write> exp_avg_sq: array<vec4f>;   // v
@group(0) @binding(4) var<storage, read> clip: array<f32>;                     // factor, norm, groups
@group(0) @binding(5) var<storage, read_write> verdict: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read> settled: array<vec4u>;         // the same words, of the passes before
@group(0) @binding(7) var<uniform> update: Update;
@group(0) @binding(8) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) all: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * all.x + group.x) * WORKGROUP + lane;
  if (i >= shape.vectors || (APPLIES && !is_settled())) { return; }
  let group_factors = group_of(i);
  if (GROUPED && group_factors.x == 0.0) { return; }
  let g = gradients[i] * clip[0];
  let m = fma(vec4f(1.0 - update.beta1), g - exp_avg[i], exp_avg[i]);
  let v = fma(vec4f(update.beta2), exp_avg_sq[i], (1.0 - update.beta2) * g * g);
  let denominator = sqrt(v) / sqrt(update.bias_correction2) + update.epsilon;
  let learning_rate = update.learning_rate * group_factors.x;
  let rate = learning_rate / update.bias_correction1;
  let w = parameters[i];
  let decayed = fma(vec4f(-learning_rate * (update.weight_decay * group_factors.y)), w, w);
  let next = fma(vec4f(-rate), m / denominator, decayed);
  if (APPLIES) {
    exp_avg[i] = m;
    exp_avg_sq[i] = v;
    parameters[i] = next;
  } else {
    let first = min(min(first_not_finite(m), first_not_finite(v)), first_not_finite(next));
    if (first < 4u) { met(NON_FINITE_UPDATE, 4u * i + first); }
  }
}

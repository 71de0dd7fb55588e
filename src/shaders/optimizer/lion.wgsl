// One step of Lion over a whole arena (Chen et al. 2023, arXiv 2302.06675, algorithm 2): the sign of an interpolation
// between the average and the gradient is the update, and the average moves after it,
//   c = beta1 m + (1 - beta1) g,   w -= learning_rate (sign(c) + weight_decay w),   m = beta2 m + (1 - beta2) g,
// g = gradient * clip. One invocation per vector of four. It runs twice per step, with APPLIES false and then true: nothing
// is written unless all that would be is finite.
const WORKGROUP: u32 = 256u;
const APPLIES = true;  // false: only notes the first place whose next values are not finite
const GROUPED = false;  // true: learning rate and weight decay are multiplied by those of the parameter's group

struct Shape { vectors: u32 }

struct Update {
  learning_rate: f32,
  weight_decay: f32,
  beta1: f32,
  beta2: f32,
}

@group(0) @binding(0) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> exp_avg: array<vec4f>;          // m
@group(0) @binding(3) var<storage, read> clip: array<f32>;                     // factor, norm, groups
@group(0) @binding(4) var<storage, read_write> verdict: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read> settled: array<vec4u>;         // the same words, of the passes before
@group(0) @binding(6) var<uniform> update: Update;
@group(0) @binding(7) var<uniform> shape: Shape;

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
  let before = exp_avg[i];
  let c = fma(vec4f(update.beta1), before, (1.0 - update.beta1) * g);
  let m = fma(vec4f(update.beta2), before, (1.0 - update.beta2) * g);
  let w = parameters[i];
  let learning_rate = update.learning_rate * group_factors.x;
  let decayed = fma(vec4f(-learning_rate * (update.weight_decay * group_factors.y)), w, w);
  let next = fma(vec4f(-learning_rate), direction(c), decayed);
  if (APPLIES) {
    exp_avg[i] = m;
    parameters[i] = next;
  } else {
    let first = min(first_not_finite(m), first_not_finite(next));
    if (first < 4u) { met(NON_FINITE_UPDATE, 4u * i + first); }
  }
}

// -1, 0 or 1, and NaN of NaN, which `sign` leaves open.
fn direction(c: vec4f) -> vec4f {
  let is_nan = (bitcast<vec4u>(c) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
  return select(sign(c), c, is_nan);
}

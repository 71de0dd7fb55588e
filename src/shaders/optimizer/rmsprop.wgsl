// One step of RMSprop over a whole arena, as PyTorch's (Tieleman and Hinton 2012; centered as in Graves 2013):
//   g = gradient * clip + weight_decay * w,   v = alpha v + (1 - alpha) g^2,
//   centered: a = alpha a + (1 - alpha) g, and v - a^2 stands for v,
//   m = momentum * m + g / (sqrt(v) + epsilon),   w -= learning_rate * m.
// Without momentum m is that quotient alone and is not kept, nor is a where it is not centered. One invocation per vector of
// four. It runs twice per step, with APPLIES false and then true: nothing is written unless all that would be is finite.
const WORKGROUP: u32 = 256u;
const APPLIES = true;  // false: only notes the first place whose next values are not finite
const GROUPED = false;  // true: learning rate and weight decay are multiplied by those of the parameter's group

struct Shape { vectors: u32 }

struct Update {
  learning_rate: f32,
  weight_decay: f32,
  alpha: f32,
  rest: f32,                // 1 - alpha, rounded by itself as in PyTorch
  momentum: f32,
  epsilon: f32,
  centered: u32,            // 1: the gradient's mean is subtracted from its mean of squares
}

@group(0) @binding(0) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> square_avg: array<vec4f>;       // v
@group(0) @binding(3) var<storage, read_write> momentum_buffer: array<vec4f>;  // m
@group(0) @binding(4) var<storage, read_write> grad_avg: array<vec4f>;         // a
@group(0) @binding(5) var<storage, read> clip: array<f32>;                     // factor, norm, groups
@group(0) @binding(6) var<storage, read_write> verdict: array<atomic<u32>>;
@group(0) @binding(7) var<storage, read> settled: array<vec4u>;         // the same words, of the passes before
@group(0) @binding(8) var<uniform> update: Update;
@group(0) @binding(9) var<uniform> shape: Shape;

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
  let w = parameters[i];
  let g = fma(vec4f(update.weight_decay * group_factors.y), w, gradients[i] * clip[0]);
  let v = fma(vec4f(update.alpha), square_avg[i], update.rest * g * g);
  var a = grad_avg[i];
  var spread = v;
  if (update.centered != 0u) {
    a = fma(vec4f(update.alpha), a, update.rest * g);
    // Below 0 by rounding alone: 0 then; asked of the bits, so that NaN stays NaN.
    let variance = fma(-a, a, v);
    let is_negative = bitcast<vec4u>(variance) - vec4u(0x80000000u) < vec4u(0x7f800000u);
    spread = select(variance, vec4f(0.0), is_negative);
  }
  let own = g / (sqrt(spread) + update.epsilon);
  var m = momentum_buffer[i];
  var direction = own;
  if (update.momentum > 0.0) {
    m = fma(vec4f(update.momentum), m, own);
    direction = m;
  }
  let next = fma(vec4f(-update.learning_rate * group_factors.x), direction, w);
  if (APPLIES) {
    square_avg[i] = v;
    momentum_buffer[i] = m;
    grad_avg[i] = a;
    parameters[i] = next;
  } else {
    let first = min(min(first_not_finite(v), first_not_finite(m)), min(first_not_finite(a), first_not_finite(next)));
    if (first < 4u) { met(NON_FINITE_UPDATE, 4u * i + first); }
  }
}

// One step of SGD over a whole arena, as PyTorch's (momentum as in Sutskever et al. 2013, no dampening):
//   g = gradient * clip + weight_decay * w,   m = momentum * m + g,   w -= learning_rate * (nesterov ? g + momentum * m : m)
// Zero momentum buffers make the first step PyTorch's first update. One invocation per vector of four.
const WORKGROUP: u32 = 256u;
const APPLIES = true;  // false: only notes the first place whose next values are not finite
const GROUPED = false;  // true: learning rate and weight decay are multiplied by those of the parameter's group

struct Shape { vectors: u32 }

struct Update {
  learning_rate: f32,
  weight_decay: f32,
  momentum: f32,
  nesterov: u32,            // 1: the look-ahead
}

@group(0) @binding(0) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> momentum_buffer: array<vec4f>;
@group(0) @binding(3) var<storage, read> clip: array<f32>;               // factor, norm, groups
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
  let w = parameters[i];
  let g = fma(vec4f(update.weight_decay * group_factors.y), w, gradients[i] * clip[0]);
  let m = fma(vec4f(update.momentum), momentum_buffer[i], g);
  let direction = select(m, fma(vec4f(update.momentum), m, g), update.nesterov != 0u);
  let next = fma(vec4f(-update.learning_rate * group_factors.x), direction, w);
  if (APPLIES) {
    momentum_buffer[i] = m;
    parameters[i] = next;
  } else {
    let first = min(first_not_finite(m), first_not_finite(next));
    if (first < 4u) { met(NON_FINITE_UPDATE, 4u * i + first); }
  }
}

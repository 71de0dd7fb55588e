// One step of SGD over a whole arena, as PyTorch's (momentum as in Sutskever et al. 2013, no dampening):
//   g = gradient * clip + weight_decay * w,   m = momentum * m + g,   w -= learning_rate * (nesterov ? g + momentum * m : m)
// Zero momentum buffers make the first step PyTorch's first step. One invocation per vector of four.
const WORKGROUP: u32 = 256u;
const APPLIES = true;  // false: only notes the first place whose next values are not finite

struct Shape { vectors: u32 }

@group(0) @binding(0) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> momentum: array<vec4f>;
@group(0) @binding(3) var<storage, read> clip: array<f32>;               // factor, norm
@group(0) @binding(4) var<storage, read_write> verdict: array<atomic<u32>>;
@group(0) @binding(5) var<storage, read> settled: array<vec4u>;         // the same words, of the passes before
@group(0) @binding(6) var<uniform> step: Step;
@group(0) @binding(7) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) all: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * all.x + group.x) * WORKGROUP + lane;
  if (i >= shape.vectors || (APPLIES && !is_settled())) { return; }
  let w = parameters[i];
  let g = fma(vec4f(step.weight_decay), w, gradients[i] * clip[0]);
  let m = fma(vec4f(step.momentum), momentum[i], g);
  let direction = select(m, fma(vec4f(step.momentum), m, g), step.nesterov != 0u);
  let next = fma(vec4f(-step.learning_rate), direction, w);
  if (APPLIES) {
    momentum[i] = m;
    parameters[i] = next;
  } else {
    let first = min(first_not_finite(m), first_not_finite(next));
    if (first < 4u) { met(NON_FINITE_UPDATE, 4u * i + first); }
  }
}

// Partial sums of squares of the gradient arena, for its global norm. Each workgroup takes every all.x-th stretch of
// WORKGROUP vectors and leaves one number; `optimizer/clip` adds them. The arena's padding is zero and adds nothing.
// The first gradient that is not finite is noted; a norm that overflows is PyTorch's business too, and no error.
const WORKGROUP: u32 = 256u;
const ITEMS: u32 = 4u;    // vectors in flight an invocation

struct Shape { vectors: u32 }

@group(0) @binding(0) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;   // [workgroups]
@group(0) @binding(2) var<storage, read_write> verdict: array<atomic<u32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

const LANES = WORKGROUP;
alias Lane = f32;
fn join(a: Lane, b: Lane) -> Lane { return a + b; }

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) all: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stretch = WORKGROUP * ITEMS;
  let stretches = (shape.vectors + stretch - 1u) / stretch;
  let trips = (stretches + all.x - 1u) / all.x;
  var sum = vec4f(0.0);
  for (var trip = 0u; trip < trips; trip++) {
    let start = (trip * all.x + group.x) * stretch;
    // Only the last stretch may lack vectors.
    for (var ragged = 0u; ragged < 2u; ragged++) { // unroll
      if (ragged == u32(start + stretch > shape.vectors)) {
        for (var i = 0u; i < ITEMS; i++) { // unroll
          let at = start + lane + i * WORKGROUP;
          var g = vec4f(0.0);
          if (ragged == 0u || at < shape.vectors) { g = gradients[at]; }
          let first = first_not_finite(g);
          if (first < 4u) { met(NON_FINITE_GRADIENT, 4u * at + first); }
          sum = fma(g, g, sum);
        }
      }
    }
  }
  let total = over_lanes((sum.x + sum.y) + (sum.z + sum.w), lane);
  if (lane == 0u) { partials[group.x] = total; }
}

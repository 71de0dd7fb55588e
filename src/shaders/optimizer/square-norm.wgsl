// Partial sums of squares of the gradient arena, for its global norm. Each workgroup takes every all.x-th stretch of
// WORKGROUP * ITEMS vectors and leaves one number; `optimizer/clip` adds them. The arena's padding is zero and adds nothing.
// GROUPED: those of frozen parameters add nothing and are no error. The first non-finite gradient is noted; a norm that overflows is infinite, as in PyTorch, and no error.
const WORKGROUP: u32 = 256u;
const ITEMS: u32 = 4u;    // vectors in flight per invocation
const GROUPED = false;

struct Shape { vectors: u32 }

@group(0) @binding(0) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;   // [workgroups]
@group(0) @binding(2) var<storage, read_write> verdict: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read> clip: array<f32>;             // factor, norm, groups
@group(0) @binding(4) var<uniform> shape: Shape;

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
    if (start + stretch <= shape.vectors) {
      sum = add_squares(sum, start + lane, true);
    } else {
      sum = add_squares(sum, start + lane, false);
    }
  }
  let total = over_lanes((sum.x + sum.y) + (sum.z + sum.w), lane);
  if (lane == 0u) { partials[group.x] = total; }
}

// Adds the squares of an invocation's share of a stretch. `is_whole`, a constant: the stretch has all its vectors.
fn add_squares(sum: vec4f, first: u32, is_whole: bool) -> vec4f {
  var added = sum;
  for (var i = 0u; i < ITEMS; i++) { // unroll
    let at = first + i * WORKGROUP;
    var g = vec4f(0.0);
    if ((is_whole || at < shape.vectors) && (!GROUPED || group_of(at).x != 0.0)) { g = gradients[at]; }
    let element = first_not_finite(g);
    if (element < 4u) { met(NON_FINITE_GRADIENT, 4u * at + element); }
    added = fma(g, g, added);
  }
  return added;
}

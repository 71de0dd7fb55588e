// Sums of squares of the parameters and of LAMB's directions, per block of 64 floats; `optimizer/lamb-trust` adds those of a
// tensor. One invocation per vector of four, 16 of them per block.
const WORKGROUP: u32 = 256u;
const GROUPED = false;  // true: the weight decay is multiplied by that of the parameter's group

struct Shape { vectors: u32 }

@group(0) @binding(0) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read> exp_avg: array<vec4f>;
@group(0) @binding(3) var<storage, read> exp_avg_sq: array<vec4f>;
@group(0) @binding(4) var<storage, read> clip: array<f32>;                 // factor, norm, groups
@group(0) @binding(5) var<storage, read_write> squares: array<vec2f>;      // [blocks] of w, of u
@group(0) @binding(6) var<uniform> update: Update;
@group(0) @binding(7) var<uniform> shape: Shape;

const LANES = 16u;
alias Lane = vec2f;
fn join(a: Lane, b: Lane) -> Lane { return a + b; }

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) all: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * all.x + group.x) * WORKGROUP + lane;
  var own = vec2f(0.0);
  if (i < shape.vectors) {
    let w = parameters[i];
    let u = direction_of(i, group_of(i).y).u;
    own = vec2f(dot(w, w), dot(u, u));
  }
  let sum = over_lanes(own, lane);
  if (lane % LANES == 0u && i < shape.vectors) { squares[i / LANES] = sum; }
}

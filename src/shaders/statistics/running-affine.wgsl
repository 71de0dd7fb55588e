// Inference: the running statistics of all norms of a network become their scales and shifts, in one dispatch. A table
// names, for each workgroup, up to 64 channels of one norm; offsets count elements of the arenas. `shifts` holds the
// shifts alone, at the same places as `affine`: the bias of a convolution that has the norm folded into its weights.
const WORKGROUP: u32 = 64u;

struct Shape { groups: u32, epsilon: f32 }

@group(0) @binding(0) var<storage, read> parameters: array<f32>;       // gammas and betas
@group(0) @binding(1) var<storage, read> running: array<f32>;          // means and variances
@group(0) @binding(2) var<storage, read> table: array<vec4u>;          // [groups][2]: gamma, beta, mean, variance; affine, count
@group(0) @binding(3) var<storage, read_write> affine: array<vec4f>;   // scale, shift, mean, invStd
@group(0) @binding(4) var<storage, read_write> shifts: array<f32>;
@group(0) @binding(5) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sources = table[2u * group.x];
  let target_range = table[2u * group.x + 1u];
  if (lane >= target_range.y) { return; }
  let mean = running[sources.z + lane];
  let rstd = 1.0 / sqrt(running[sources.w + lane] + shape.epsilon);
  let scale = parameters[sources.x + lane] * rstd;
  let shift = fma(-mean, scale, parameters[sources.y + lane]);
  affine[target_range.x + lane] = vec4f(scale, shift, mean, rstd);
  shifts[target_range.x + lane] = shift;
}

// One step of LAMB over a whole arena (You et al. 2020, arXiv 1904.00962, algorithm 2): AdamW's direction with the decay in
// it (lamb-direction.wgsl), scaled by the trust ratio of its tensor,   w -= learning_rate * trust * u.
// One invocation per vector of four. It runs twice per step, with APPLIES false and then true: nothing is written unless
// all that would be is finite.
const WORKGROUP: u32 = 256u;
const APPLIES = true;  // false: only notes the first place whose next values are not finite
const GROUPED = false;  // true: learning rate and weight decay are multiplied by those of the parameter's group

struct Shape { vectors: u32 }

@group(0) @binding(0) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> exp_avg: array<vec4f>;      // m
@group(0) @binding(3) var<storage, read_write> exp_avg_sq: array<vec4f>;   // v
@group(0) @binding(4) var<storage, read> clip: array<f32>;                 // factor, norm, groups
@group(0) @binding(5) var<storage, read> trust: array<f32>;                // per 16 vectors
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
  let found = direction_of(i, group_factors.y);
  let rate = update.learning_rate * group_factors.x * trust[i / 16u];
  let next = fma(vec4f(-rate), found.u, parameters[i]);
  if (APPLIES) {
    exp_avg[i] = found.m;
    exp_avg_sq[i] = found.v;
    parameters[i] = next;
  } else {
    let first = min(min(first_not_finite(found.m), first_not_finite(found.v)), first_not_finite(next));
    if (first < 4u) { met(NON_FINITE_UPDATE, 4u * i + first); }
  }
}

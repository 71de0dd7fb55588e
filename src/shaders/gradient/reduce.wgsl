// The sums of weights' partial gradients as a pass of their own, where no norm's is at hand (statistics/finalize-backward).
const WORKGROUP: u32 = 256u;

struct Shape {
  count0: u32, splits0: u32, offset0: u32, count1: u32, splits1: u32, offset1: u32,
}

@group(0) @binding(0) var<storage, read> partials0: array<f32>;          // [splits0][count0]
@group(0) @binding(1) var<storage, read> partials1: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradients: array<f32>;    // the arena; weight k's from offset k
@group(0) @binding(3) var<uniform> step: Step;
@group(0) @binding(4) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  sum_weights(workgroup.x, local);
}

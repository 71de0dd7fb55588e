// out[c, p] = the gradient of channel c after batch norm's deferred correction: what a consumer's prologue would compute,
// written down, so that the gradient buffer and the features can be given up before the consumer runs.
const WORKGROUP: u32 = 64u;

struct Shape { columns: u32, stride: u32 }

@group(0) @binding(0) var<storage, read> gradient: array<f32>;     // [C][stride]
@group(0) @binding(1) var<storage, read> y: array<f32>;            // [C][stride]
@group(0) @binding(2) var<storage, read> correction: array<vec4f>; // [C] a, b, mean
@group(0) @binding(3) var<storage, read_write> out: array<f32>;    // [C][stride]
@group(0) @binding(4) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let channel = id.y;
  for (var p = id.x; p < shape.columns; p += groups.x * WORKGROUP) {
    let index = channel * shape.stride + p;
    out[index] = corrected(gradient[index], y[index], correction[channel]);
  }
}

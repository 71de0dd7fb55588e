// [C][stride], column p = n * H*W + pixel -> [N][C][H*W] as users hold images: for what leaves the network.
// One invocation per value; a workgroup stays in one channel. Padding columns are not read.
const WORKGROUP: u32 = 256u;

struct Shape { images: u32, channels: u32, pixels: u32, stride: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;            // [C][stride]
@group(0) @binding(1) var<storage, read_write> out: array<f32>;    // [N][C][pixels]
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let p = id.x;
  let c = id.y;
  if (p >= shape.images * shape.pixels) { return; }
  let image = p / shape.pixels;
  out[(image * shape.channels + c) * shape.pixels + p % shape.pixels] = x[c * shape.stride + p];
}

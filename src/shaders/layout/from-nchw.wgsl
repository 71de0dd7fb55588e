// [N][C][H*W] as users hold images -> [C][stride], column p = n * H*W + pixel, as every other kernel reads them.
// One invocation per value; a workgroup stays in one channel. Padding columns are not written.
const WORKGROUP: u32 = 256u;
const RECORDS = false;  // notes the first image that holds NaN or infinity

struct Shape { images: u32, channels: u32, pixels: u32, stride: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;            // [N][C][pixels]
@group(0) @binding(1) var<storage, read_write> out: array<f32>;    // [C][stride]
@group(0) @binding(2) var<storage, read_write> verdict: array<atomic<u32>>;
@group(0) @binding(3) var<uniform> step: Step;
@group(0) @binding(4) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let p = id.x;
  let c = id.y;
  if (p >= shape.images * shape.pixels) { return; }
  let image = p / shape.pixels;
  let value = x[(image * shape.channels + c) * shape.pixels + p % shape.pixels];
  if (RECORDS && !is_finite(value)) { met(NON_FINITE_IMAGE, step.first_image + image); }
  out[c * shape.stride + p] = value;
}

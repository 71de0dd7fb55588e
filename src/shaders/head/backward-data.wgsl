// out[c, n] = sum over k of weight[k, c] * dlogits[n, k]. A workgroup makes 32 channels x 4 images: each of its SLICES slices
// of invocations takes every SLICES-th class, so that weights are read side by side, and a fixed sum over slices joins them.
const WORKGROUP: u32 = 256u;
const SLICES = WORKGROUP / 32u;

struct Shape { channels: u32, classes: u32, images: u32 }

@group(0) @binding(0) var<storage, read> weight: array<f32>;         // [classes][C]
@group(0) @binding(1) var<storage, read> dlogits: array<f32>;        // [images][classes]
@group(0) @binding(2) var<storage, read_write> out: array<f32>;      // [C][images]
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> addends: array<vec4f, WORKGROUP>;  // [slice][channel], over images

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) local: u32) {
  let slice = local / 32u;
  let channel = tile.x * 32u + local % 32u;
  let first_image = tile.y * 4u;
  let column = min(channel, shape.channels - 1u);
  let rows = min(vec4u(first_image) + vec4u(0u, 1u, 2u, 3u), vec4u(shape.images - 1u)) * shape.classes;
  var sum = vec4f(0.0);
  for (var k = slice; k < shape.classes; k += SLICES) {
    let gradients = vec4f(dlogits[rows.x + k], dlogits[rows.y + k], dlogits[rows.z + k], dlogits[rows.w + k]);
    sum = fma(vec4f(weight[k * shape.channels + column]), gradients, sum);
  }
  addends[local] = sum;
  workgroupBarrier();
  let image = first_image + local % 4u;
  for (var first = 0u; first < 32u; first += WORKGROUP / 4u) {
    let place = first + local / 4u;
    let to = tile.x * 32u + place;
    if (place < 32u && to < shape.channels && image < shape.images) {
      var total = 0.0;
      for (var i = 0u; i < SLICES; i++) { // unroll
        total += addends[32u * i + place % 32u][local % 4u];
      }
      out[to * shape.images + image] = total;
    }
  }
}

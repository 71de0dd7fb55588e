// pooled[c, n] = mean over image n of relu(x[c, p] * scale[c] + shift[c]): the global average pool ahead of the
// classifier. LANES invocations sum one (channel, image), side by side; one of them adds their sums, four at a time.
const LANES: u32 = 16u;
const MEANS: u32 = 64u / LANES;  // a workgroup

struct Shape { channels: u32, images: u32, area: u32, stride: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;              // [C][stride]
@group(0) @binding(1) var<storage, read> affine: array<vec4f>;       // [C] scale, shift, mean, invStd
@group(0) @binding(2) var<storage, read_write> out: array<f32>;      // [C][images]
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> addends: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = (tile.y * tiles.x + tile.x) * MEANS + local / LANES;
  let is_inside = i < shape.channels * shape.images;
  let channel = select(0u, i / shape.images, is_inside);
  let first = channel * shape.stride + i % shape.images * shape.area;
  let norm = affine[channel];
  var sum = 0.0;
  for (var p = local % LANES; p < shape.area; p += LANES) {
    sum += activate(x[first + p], norm);
  }
  addends[local] = sum;
  workgroupBarrier();
  if (local % LANES == 0u && is_inside) {
    var total = vec4f(0.0);
    for (var k = 0u; k < LANES / 4u; k++) { // unroll
      let four = (local + 4u * k) % 64u;
      total += vec4f(addends[four], addends[four + 1u], addends[four + 2u], addends[four + 3u]);
    }
    out[i] = ((total.x + total.y) + (total.z + total.w)) / f32(shape.area);
  }
}

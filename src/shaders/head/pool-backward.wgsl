// Through the global average pool and BN-ReLU: g = dpooled[c, n] / area where relu(z) is not 0, out[c, p] = scale * g, the first
// and only store into the last block's gradient; sums = (sum of g, sum of g * (x - mean)). A workgroup takes 256 columns.
const COLUMNS: u32 = 4u;  // an invocation, 64 apart
const HAS_SUMS: bool = true;  // false: the norm's statistics are constants and need none

struct Shape { channels: u32, images: u32, area: u32, stride: u32 }

@group(0) @binding(0) var<storage, read> dpooled: array<f32>;            // [C][images]
@group(0) @binding(1) var<storage, read> x: array<f32>;                  // [C][stride]
@group(0) @binding(2) var<storage, read> affine: array<vec4f>;           // [C] scale, shift, mean, invStd
@group(0) @binding(3) var<storage, read_write> out: array<f32>;          // [C][stride]
@group(0) @binding(4) var<storage, read_write> sums: array<vec2f>;       // [C][tiles]
@group(0) @binding(5) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let channel = tile.y;
  let norm = affine[channel];
  var sum = vec2f(0.0);
  for (var i = 0u; i < COLUMNS; i++) { // unroll
    let p = (tile.x * COLUMNS + i) * 64u + local;
    if (p < shape.images * shape.area) {
      let at = channel * shape.stride + p;
      let value = x[at];
      let mean_gradient = dpooled[channel * shape.images + p / shape.area] / f32(shape.area);
      let g = select(0.0, mean_gradient, passes(fma(value, norm.x, norm.y)));
      out[at] = norm.x * g;
      sum += vec2f(g, g * (value - norm.z));
    }
  }
  if (HAS_SUMS) {
    let total = workgroup_sum(sum, local);
    if (local == 0u) { sums[channel * tiles.x + tile.x] = total; }
  }
}

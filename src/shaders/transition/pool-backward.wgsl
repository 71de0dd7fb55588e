// Backward of BN-ReLU and the 2x2 average: each pooled gradient goes, a quarter each, to the pixels of its window whose
// activation is not 0; the pixels of an odd last row or column have none. For the norm:
//   g = dpooled / 4 * [relu(z) is not 0],   out = scale * g,   sums = (sum of g, sum of g * (x - mean)) over a tile.
// This is the first pass to write the block's gradient: it stores. One invocation a window, cut off at odd edges;
// a workgroup takes ITEMS * WORKGROUP windows of one channel and leaves one pair of sums, added in a fixed order.
const WORKGROUP: u32 = 64u;
const ITEMS: u32 = 4u;
const HAS_SUMS: bool = true;  // false: the norm's statistics are constants and need none

struct Shape { images: u32, height: u32, width: u32, stride: u32, out_stride: u32, tiles: u32 }

@group(0) @binding(0) var<storage, read> dpooled: array<f32>;        // [C][out_stride]
@group(0) @binding(1) var<storage, read> x: array<f32>;              // [C][stride]
@group(0) @binding(2) var<storage, read> affine: array<vec4f>;       // [C] scale, shift, mean, invStd
@group(0) @binding(3) var<storage, read_write> out: array<f32>;      // [C][stride]
@group(0) @binding(4) var<storage, read_write> sums: array<vec2f>;   // [C][tiles]
@group(0) @binding(5) var<uniform> shape: Shape;

var<workgroup> added: array<vec2f, WORKGROUP>;

// One pixel: stores its gradient, returns its terms of the sums.
fn scatter(at: u32, gradient: f32, norm: vec4f) -> vec2f {
  let value = x[at];
  let g = select(0.0, gradient, passes(fma(value, norm.x, norm.y)));
  out[at] = norm.x * g;
  return vec2f(g, g * (value - norm.z));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let rows = (shape.height + 1u) / 2u;
  let columns = (shape.width + 1u) / 2u;
  let whole_rows = shape.height / 2u;
  let whole_columns = shape.width / 2u;
  let norm = affine[group.y];
  var sum = vec2f(0.0);
  for (var i = 0u; i < ITEMS; i++) { // unroll
    let window = (group.x * ITEMS + i) * WORKGROUP + lane;
    let image = window / (rows * columns);
    if (image < shape.images) {
      let row = window / columns % rows;
      let column = window % columns;
      let corner = group.y * shape.stride + (image * shape.height + 2u * row) * shape.width + 2u * column;
      let right = 2u * column + 1u < shape.width;
      let below = 2u * row + 1u < shape.height;
      var gradient = 0.0;
      if (right && below) {
        let q = (image * whole_rows + row) * whole_columns + column;
        gradient = 0.25 * dpooled[group.y * shape.out_stride + q];
      }
      sum += scatter(corner, gradient, norm);
      if (right) { sum += scatter(corner + 1u, gradient, norm); }
      if (below) { sum += scatter(corner + shape.width, gradient, norm); }
      if (right && below) { sum += scatter(corner + shape.width + 1u, gradient, norm); }
    }
  }
  if (HAS_SUMS) {
    added[lane] = sum;
    for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (lane < half) { added[lane] += added[lane + half]; }
    }
    if (lane == 0u) { sums[group.y * shape.tiles + group.x] = added[0]; }
  }
}

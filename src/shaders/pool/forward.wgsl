// out[c, q] = max over a 3x3 window (stride 2, padding 1) of relu(x[c, p] * scale[c] + shift[c]). Padding never wins: a
// tap outside the image is moved to the edge, which lies in the same window. One invocation walks down ROWS outputs of
// one column, keeping the maximum of the row that two windows share. What ReLU gives is in the order of its bits, read as
// u32, and NaN of either sign is above all numbers: the largest bits are PyTorch's maximum, where NaN wins.
const ROWS: u32 = 4u;
const HAS_STATISTICS: bool = false;

struct Shape { images: u32, height: u32, width: u32, stride: u32, out_stride: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;                   // [C][stride]
@group(0) @binding(1) var<storage, read> affine: array<vec4f>;            // [C] scale, shift, mean, invStd
@group(0) @binding(2) var<storage, read_write> out: array<f32>;           // [C][out_stride]
@group(0) @binding(3) var<storage, read_write> partials: array<vec4f>;    // [C][tiles] count, mean, M2
@group(0) @binding(4) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let channel = tile.y;
  let height = (shape.height + 1u) / 2u;
  let width = (shape.width + 1u) / 2u;
  let strips = (height + ROWS - 1u) / ROWS;
  let i = tile.x * 64u + local;
  let column = i % width;
  let first = i / width % strips * ROWS;
  let image = i / (width * strips);
  let count = select(0u, min(ROWS, height - first), image < shape.images);
  let norm = affine[channel];
  let base = channel * shape.stride + min(image, shape.images - 1u) * shape.height * shape.width;
  let to = channel * shape.out_stride + (image * height + first) * width + column;

  var values: array<f32, ROWS>;
  var above = widest(base, max(2u * first, 1u) - 1u, column, norm);
  for (var r = 0u; r < ROWS; r++) { // unroll
    let below = widest(base, 2u * (first + r) + 1u, column, norm);
    values[r] = bitcast<f32>(max(max(above, below), widest(base, 2u * (first + r), column, norm)));
    above = below;
  }
  store(&values, to, column, width, count, local);
  if (HAS_STATISTICS) {
    var sum = 0.0;
    for (var r = 0u; r < ROWS; r++) { // unroll
      sum += select(0.0, values[r], r < count);
    }
    let total = workgroup_sum(vec2f(sum, f32(count)), local);
    let mean = total.x / total.y;
    var squares = 0.0;
    for (var r = 0u; r < ROWS; r++) { // unroll
      let distance = select(0.0, values[r] - mean, r < count);
      squares = fma(distance, distance, squares);
    }
    squares = workgroup_sum(vec2f(squares, 0.0), local).x;
    if (local == 0u) { partials[channel * tiles.x + tile.x] = vec4f(total.y, mean, squares, 0.0); }
  }
}

// The bits of the largest activation of the three of one input row that a window covers; rows and columns stop at the edge.
fn widest(base: u32, row: u32, column: u32, norm: vec4f) -> u32 {
  let start = base + min(row, shape.height - 1u) * shape.width;
  let left = activate(x[start + max(2u * column, 1u) - 1u], norm);
  let middle = activate(x[start + 2u * column], norm);
  let right = activate(x[start + min(2u * column + 1u, shape.width - 1u)], norm);
  return max(max(bitcast<u32>(left), bitcast<u32>(middle)), bitcast<u32>(right));
}

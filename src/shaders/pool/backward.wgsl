// Through max-pool and BN-ReLU: an input pixel gets the gradient of each of the at most four windows whose FIRST maximum
// (row by row, as PyTorch; of NaNs, the LAST) it is. Arg-maxima are found again, never stored, and by comparisons that round
// nothing (`rank`): up to four invocations decide on a window, and all must name the same pixel. One invocation walks down
// ROWS quads of 2x2 pixels: quad (a, b) and window (a, b) share pixel (2a, 2b), and only the windows (a, b), (a, b + 1),
// (a + 1, b), (a + 1, b + 1) reach it. g = da where relu(z) is not 0; out = scale * g; sums = (sum of g, sum of g * (x - mean)).
const ROWS: u32 = 4u;
const HAS_SUMS: bool = true;  // false: the norm's statistics are constants and need none

struct Shape { images: u32, height: u32, width: u32, stride: u32, out_stride: u32 }
// One input row under the windows b and b + 1: the rank of each one's maximum and which of its three columns has it first.
struct Row { largest: vec2u, first: vec2u, pixels: vec2f }
// The windows (a, b) and (a, b + 1): which of their nine taps is the maximum, and their gradient.
struct Windows { first: vec2u, gradient: vec2f }

@group(0) @binding(0) var<storage, read> gradient: array<f32>;           // [C][out_stride]
@group(0) @binding(1) var<storage, read> y: array<f32>;                  // [C][out_stride], the pool's output
@group(0) @binding(2) var<storage, read> correction: array<vec4f>;       // [C]
@group(0) @binding(3) var<storage, read> x: array<f32>;                  // [C][stride]
@group(0) @binding(4) var<storage, read> affine: array<vec4f>;           // [C] scale, shift, mean, invStd
@group(0) @binding(5) var<storage, read_write> out: array<f32>;          // [C][stride]
@group(0) @binding(6) var<storage, read_write> sums: array<vec2f>;       // [C][tiles]
@group(0) @binding(7) var<uniform> shape: Shape;

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
  let top = i / width % strips * ROWS;
  let image = i / (width * strips);
  let is_inside = image < shape.images;
  let norm = affine[channel];
  let base = channel * shape.stride + min(image, shape.images - 1u) * shape.height * shape.width;
  let pooled = channel * shape.out_stride + min(image, shape.images - 1u) * height * width;

  var sum = vec2f(0.0);
  let row = pixel_row(base, 2u * top, column, norm);
  var below = pixel_row(base, 2u * top + 1u, column, norm);
  var windows = windows_of(pixel_row(base, 2u * top - 1u, column, norm), row, below, channel, pooled, top, column);
  var pixels = row.pixels;
  for (var r = 0u; r < ROWS; r++) { // unroll
    let next = pixel_row(base, 2u * (top + r) + 2u, column, norm);
    let last = pixel_row(base, 2u * (top + r) + 3u, column, norm);
    let lower = windows_of(below, next, last, channel, pooled, top + r + 1u, column);
    let at = base + 2u * (top + r) * shape.width + 2u * column;
    let is_row = is_inside && 2u * (top + r) < shape.height;
    let is_below = is_inside && 2u * (top + r) + 1u < shape.height;
    let is_right = 2u * column + 1u < shape.width;
    sum += pixel(at, is_row, pixels.x, taken(windows, 4u, 9u), norm);
    sum += pixel(at + 1u, is_row && is_right, pixels.y, taken(windows, 5u, 3u), norm);
    sum += pixel(at + shape.width, is_below, below.pixels.x, taken(windows, 7u, 9u) + taken(lower, 1u, 9u), norm);
    let corner = taken(windows, 8u, 6u) + taken(lower, 2u, 0u);
    sum += pixel(at + shape.width + 1u, is_below && is_right, below.pixels.y, corner, norm);
    windows = lower;
    below = last;
    pixels = next.pixels;
  }
  if (HAS_SUMS) {
    let total = workgroup_sum(sum, local);
    if (local == 0u) { sums[channel * tiles.x + tile.x] = total; }
  }
}

// Writes one pixel; returns what it adds to the sums.
fn pixel(at: u32, is_inside: bool, value: f32, da: f32, norm: vec4f) -> vec2f {
  let g = select(0.0, da, is_inside && passes(fma(value, norm.x, norm.y)));
  if (is_inside) { out[at] = norm.x * g; }
  return vec2f(g, g * select(0.0, value - norm.z, is_inside));
}

// The gradient that a pixel takes from two windows side by side: it is tap `here` of the left, `there` of the right one.
fn taken(windows: Windows, here: u32, there: u32) -> f32 {
  let own = select(vec2f(0.0), windows.gradient, windows.first == vec2u(here, there));
  return own.x + own.y;
}

// The place of a pixel's activation among others: bits of x, or of -x where the scale is negative, in the order of u32. An
// activation would not do: where a compiler rounds between an fma's product and sum may differ from one inlined copy to the
// next, and of two invocations that each find the other's pixel larger neither takes the gradient. A zero scale makes all
// equal; an infinite activation's own bits decide; NaNs are above all numbers, later ones above earlier ones: PyTorch takes each.
fn rank(value: f32, norm: vec4f, row: u32, tap: u32) -> u32 {
  let z = bitcast<u32>(fma(value, norm.x, norm.y));
  let scale = bitcast<u32>(norm.x);
  let turned = select(bitcast<u32>(value) ^ (scale & 0x80000000u), 0u, (scale & 0x7fffffffu) == 0u);
  let size = z & 0x7fffffffu;
  let bits = select(turned, z, size == 0x7f800000u);
  let ordered = select(bits + 0x80000000u, 0u - bits, bits >= 0x80000000u); // minus zero is zero
  return select(ordered, 0xff800001u + row * 8u + tap, size > 0x7f800000u);
}

// What lies outside the image counts as 0: where that is the maximum, no pixel of the window lets a gradient through.
fn pixel_row(base: u32, row: u32, column: u32, norm: vec4f) -> Row {
  let is_row = row < shape.height;
  let start = base + select(0u, row, is_row) * shape.width;
  var values: array<f32, 5>;
  var z: array<u32, 5>;
  for (var i = 0u; i < 5u; i++) { // unroll
    let at = 2u * column + i - 1u;  // wraps to a huge number left of the image
    let inside = is_row && at < shape.width;
    values[i] = x[start + select(0u, at, inside)];
    z[i] = select(0u, rank(values[i], norm, row, i), inside);
  }
  let three = max(vec2u(z[0], z[2]), vec2u(z[1], z[3]));
  let largest = max(three, vec2u(z[2], z[4]));
  let second = select(vec2u(2u), vec2u(1u), vec2u(z[1], z[3]) == largest);
  return Row(largest, select(second, vec2u(0u), vec2u(z[0], z[2]) == largest), vec2f(values[1], values[2]));
}

fn windows_of(above: Row, row: Row, below: Row, channel: u32, pooled: u32, r: u32, column: u32) -> Windows {
  let height = (shape.height + 1u) / 2u;
  let width = (shape.width + 1u) / 2u;
  let largest = max(max(above.largest, row.largest), below.largest);
  let later = select(below.first + 6u, row.first + 3u, row.largest == largest);
  var windows = Windows(select(later, above.first, above.largest == largest), vec2f(0.0));
  for (var i = 0u; i < 2u; i++) { // unroll
    let inside = r < height && column + i < width;
    let at = pooled + select(0u, r * width + column + i, inside);
    windows.gradient[i] = select(0.0, corrected(gradient[at], y[at], correction[channel]), inside);
  }
  return windows;
}

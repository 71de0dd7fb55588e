// out[m, q] = sum over c, ky, kx of weight[m, c, ky, kx] * x[c, 2 row + ky - PAD, 2 column + kx - PAD] (+ bias[m]): 7x7 or
// 3x3, stride 2. An invocation makes 4 outputs x 8 columns of one output row. A stride of two splits a row of pixels into
// even and odd ones: output column n and tap kx read number n + kx / 2 of the even (kx even) or odd ones, so that 8
// columns and 7 taps are 11 even and 10 odd values (3 taps: 9 and 8): six vec4 of workgroup memory, and seven of weights,
// for 224 multiply-adds. BLOCKED_SUM: the products of a few rows of taps are summed apart, for less rounding (parts/sums.ts).
const KERNEL: u32 = 7u;       // height = width; odd, at most 7
const GROUPS: u32 = 8u;       // of 4 outputs, per workgroup
const PIECES: u32 = 7u;       // of 8 columns, per workgroup
const ROWS: u32 = 4u;         // output rows per workgroup
const HAS_BIAS: bool = false;
const HAS_STATISTICS: bool = false;
const BLOCKED_SUM: bool = false;
const COLUMN_THREADS: u32 = PIECES * ROWS;
const THREADS: u32 = GROUPS * COLUMN_THREADS;
const PAD: u32 = KERNEL / 2u;
const TAPS: u32 = KERNEL * KERNEL;
const SEGMENTS: u32 = (2u * ROWS + KERNEL - 2u) * PIECES;
const SEGMENT_STEPS: u32 = (3u * SEGMENTS + THREADS - 1u) / THREADS;
const AT_ONCE: u32 = 4u / ((GROUPS + 1u) / 2u);  // outputs of a group that are stored at a time, by way of `segments`
const WEIGHTS: u32 = TAPS * GROUPS;
const WEIGHT_STEPS: u32 = (WEIGHTS + THREADS - 1u) / THREADS;

struct Shape {
  inputs: u32, outputs: u32, height: u32, width: u32,
  out_height: u32, out_width: u32, stride: u32, out_stride: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;            // [C][TAPS][M / 4], padded with zeros
@group(0) @binding(1) var<storage, read> x: array<f32>;                   // [C][stride]
@group(0) @binding(2) var<storage, read> bias: array<f32>;                // [M]
@group(0) @binding(3) var<storage, read_write> out: array<f32>;           // [M][out_stride]
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;    // [M][tiles] count, mean, M2
@group(0) @binding(5) var<uniform> shape: Shape;

// [input row][even 0 to 2, odd 0 to 2][piece], and in the epilogue [output of AT_ONCE][invocation][2]
var<workgroup> segments: array<vec4f, max(6u * SEGMENTS, 2u * AT_ONCE * THREADS)>;
var<workgroup> weights: array<vec4f, WEIGHTS>;         // [tap][group]

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let piece = local % PIECES;
  let row = local / PIECES % ROWS;
  let group = local / COLUMN_THREADS;
  let tiles_across = (shape.out_width + 8u * PIECES - 1u) / (8u * PIECES);
  let top = tile.x / tiles_across * ROWS;
  let left = tile.x % tiles_across * (8u * PIECES);
  let packed_row = (shape.outputs + 4u * GROUPS - 1u) / (4u * GROUPS) * GROUPS;
  let output = 4u * (tile.y * GROUPS + group);

  var sums: array<vec4f, 8>;  // [column]
  var totals: array<vec4f, 8>;
  if (HAS_BIAS) {
    let first = bias4(output);
    for (var n = 0u; n < 8u; n++) { // unroll
      sums[n] = first;
    }
  }
  for (var c = 0u; c < shape.inputs; c++) {
    workgroupBarrier();
    for (var s = 0u; s < WEIGHT_STEPS; s++) {
      let i = s * THREADS + local;
      if (i < WEIGHTS) {
        weights[i] = weight[(c * TAPS + i / GROUPS) * packed_row + tile.y * GROUPS + i % GROUPS];
      }
    }
    for (var s = 0u; s < SEGMENT_STEPS; s++) {
      let i = s * THREADS + local;
      if (i < 3u * SEGMENTS) { stage(c, tile.z, 2u * top, 2u * left, i % 3u, i / 3u % PIECES, i / (3u * PIECES)); }
    }
    workgroupBarrier();
    for (var ky = 0u; ky < KERNEL; ky++) {
      var segment: array<vec4f, 6>;
      for (var k = 0u; k < 6u; k++) { // unroll
        segment[k] = segments[(2u * row + ky) * (6u * PIECES) + k * PIECES + piece];
      }
      for (var kx = 0u; kx < KERNEL; kx++) { // unroll
        let taps = weights[(ky * KERNEL + kx) * GROUPS + group];
        for (var n = 0u; n < 8u; n++) { // unroll
          sums[n] = fma(taps, vec4f(segment[kx % 2u * 3u + (n + kx / 2u) / 4u][(n + kx / 2u) % 4u]), sums[n]);
        }
      }
      if (BLOCKED_SUM && ky > 0u && ky % 2u == 0u) {
        for (var n = 0u; n < 8u; n++) { // unroll
          totals[n] += sums[n];
          sums[n] = vec4f(0.0);
        }
      }
    }
  }
  if (BLOCKED_SUM) { sums = totals; }
  store(&sums, tile, top, left, local);
  if (HAS_STATISTICS) { statistics(&sums, tile, tiles, top, left, local); }
}

fn bias4(first: u32) -> vec4f {
  let last = shape.outputs - 1u;
  return vec4f(
    bias[min(first, last)],
    bias[min(first + 1u, last)],
    bias[min(first + 2u, last)],
    bias[min(first + 3u, last)]);
}

// Eight pixels of one input row, as four even and four odd ones; what lies outside the image is zero.
fn stage(c: u32, image: u32, top: u32, left: u32, third: u32, piece: u32, row: u32) {
  let y = top + row - PAD;  // wraps to a huge number above the image
  let first = left + 16u * piece + 8u * third - PAD;
  let start = c * shape.stride + (image * shape.height + y) * shape.width;
  var even: vec4f;
  var odd: vec4f;
  for (var i = 0u; i < 4u; i++) { // unroll
    even[i] = pixel(start, first + 2u * i, y);
    odd[i] = pixel(start, first + 2u * i + 1u, y);
  }
  segments[(row * 6u + third) * PIECES + piece] = even;
  segments[(row * 6u + third + 3u) * PIECES + piece] = odd;
}

fn pixel(start: u32, column: u32, y: u32) -> f32 {
  let inside = y < shape.height && column < shape.width;
  return select(0.0, x[select(0u, start + column, inside)], inside);
}

// partials[s][m, c, tap] = sum over split s's columns q of dy[m, q] * x[c, p], with dy the corrected gradient. An
// invocation owns 8 outputs x the taps of one (input channel, ky). The workgroup walks over tiles of 16 columns of one
// output row; rows of pixels are split into even and odd ones as in stem/forward, so that 8 columns cost 22 vec4 of
// workgroup memory for 448 multiply-adds (7x7; 192 for 3x3).
const KERNEL: u32 = 7u;       // height = width; odd, at most 7
const GROUPS: u32 = 8u;       // of 8 outputs, per workgroup
const CHANNELS: u32 = 3u;     // input channels per workgroup
const PAD: u32 = KERNEL / 2u;
const TAPS: u32 = KERNEL * KERNEL;
const LINES: u32 = KERNEL * CHANNELS;
const THREADS: u32 = GROUPS * LINES;
const PITCH: u32 = 2u * GROUPS + 1u;  // odd: eight neighbouring columns are written to eight different banks
const SEGMENT_STEPS: u32 = (6u * LINES + THREADS - 1u) / THREADS;
const GRADIENT_STEPS: u32 = (32u * GROUPS + THREADS - 1u) / THREADS;

struct Shape {
  inputs: u32, outputs: u32, height: u32, width: u32, out_height: u32,
  out_width: u32, stride: u32, out_stride: u32, images: u32, splitK: u32,
}

@group(0) @binding(0) var<storage, read> gradient: array<f32>;           // [M][out_stride]
@group(0) @binding(1) var<storage, read> y: array<f32>;                  // [M][out_stride]
@group(0) @binding(2) var<storage, read> correction: array<vec4f>;       // [M]
@group(0) @binding(3) var<storage, read> x: array<f32>;                  // [C][stride]
@group(0) @binding(4) var<storage, read_write> partials: array<f32>;     // [splitK][M][C][TAPS]
@group(0) @binding(5) var<uniform> shape: Shape;

var<workgroup> segments: array<vec4f, 12u * LINES>;      // [even 0 to 2, odd 0 to 2][piece][channel, ky]
var<workgroup> gradients: array<vec4f, 16u * PITCH>;     // [column][half][group]

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) local: u32) {
  let group = local % GROUPS;
  let line = local / GROUPS;
  let first_channel = tile.z * CHANNELS;
  let first_output = tile.y * (8u * GROUPS);
  let across = (shape.out_width + 15u) / 16u;
  let units = shape.images * shape.out_height * across;
  let share = (units + shape.splitK - 1u) / shape.splitK;
  let end = min((tile.x + 1u) * share, units);

  var sums: array<vec4f, 2u * KERNEL>;  // [kx][half of the outputs]
  for (var unit = tile.x * share; unit < end; unit++) {
    let left = unit % across * 16u;
    let row = unit / across % shape.out_height;
    let image = unit / (across * shape.out_height);
    workgroupBarrier();
    for (var s = 0u; s < SEGMENT_STEPS; s++) {
      let i = s * THREADS + local;
      if (i < 6u * LINES) { stage_pixels(first_channel, image, 2u * row, 2u * left, i % 3u, i / 3u % 2u, i / 6u); }
    }
    for (var s = 0u; s < GRADIENT_STEPS; s++) {
      let i = s * THREADS + local;
      if (i < 32u * GROUPS) { stage_gradient(first_output, image * shape.out_height + row, left, i % 16u, i / 16u); }
    }
    workgroupBarrier();
    for (var piece = 0u; piece < 2u; piece++) {
      var segment: array<vec4f, 6>;
      for (var k = 0u; k < 6u; k++) { // unroll
        segment[k] = segments[(k * 2u + piece) * LINES + line];
      }
      for (var n = 0u; n < 8u; n++) { // unroll
        let lower = gradients[(piece * 8u + n) * PITCH + group];
        let upper = gradients[(piece * 8u + n) * PITCH + GROUPS + group];
        for (var kx = 0u; kx < KERNEL; kx++) { // unroll
          sums[2u * kx] = fma(lower, vec4f(segment[kx % 2u * 3u + (n + kx / 2u) / 4u][(n + kx / 2u) % 4u]), sums[2u * kx]);
          sums[2u * kx + 1u] = fma(upper, vec4f(segment[kx % 2u * 3u + (n + kx / 2u) / 4u][(n + kx / 2u) % 4u]), sums[2u * kx + 1u]);
        }
      }
    }
  }
  let channel = first_channel + line / KERNEL;
  if (channel >= shape.inputs) { return; }
  for (var o = 0u; o < 8u; o++) { // unroll
    let output = first_output + 4u * (group + o / 4u * GROUPS) + o % 4u;
    if (output < shape.outputs) {
      let to = ((tile.x * shape.outputs + output) * shape.inputs + channel) * TAPS + line % KERNEL * KERNEL;
      for (var kx = 0u; kx < KERNEL; kx++) { // unroll
        partials[to + kx] = sums[2u * kx + o / 4u][o % 4u];
      }
    }
  }
}

// Eight pixels of one input row, as four even and four odd ones; what lies outside the image is zero.
fn stage_pixels(first_channel: u32, image: u32, top: u32, left: u32, third: u32, piece: u32, line: u32) {
  let channel = first_channel + line / KERNEL;
  let row = top + line % KERNEL - PAD;  // wraps to a huge number above the image
  let first = left + 16u * piece + 8u * third - PAD;
  let start = channel * shape.stride + (image * shape.height + row) * shape.width;
  let is_row = channel < shape.inputs && row < shape.height;
  var even: vec4f;
  var odd: vec4f;
  for (var i = 0u; i < 4u; i++) { // unroll
    even[i] = pixel(start, first + 2u * i, is_row);
    odd[i] = pixel(start, first + 2u * i + 1u, is_row);
  }
  segments[(third * 2u + piece) * LINES + line] = even;
  segments[(third * 2u + 6u + piece) * LINES + line] = odd;
}

fn pixel(start: u32, column: u32, is_row: bool) -> f32 {
  let inside = is_row && column < shape.width;
  return select(0.0, x[select(0u, start + column, inside)], inside);
}

// The true gradient of four outputs in one column; zero past the row's end and past the last output.
fn stage_gradient(first_output: u32, row: u32, left: u32, column: u32, quad: u32) {
  var dy: vec4f;
  for (var i = 0u; i < 4u; i++) { // unroll
    let output = first_output + 4u * quad + i;
    let inside = output < shape.outputs && left + column < shape.out_width;
    let at = select(0u, output * shape.out_stride + row * shape.out_width + left + column, inside);
    dy[i] = select(0.0, corrected(gradient[at], y[at], correction[select(0u, output, inside)]), inside);
  }
  gradients[column * PITCH + quad] = dy;
}

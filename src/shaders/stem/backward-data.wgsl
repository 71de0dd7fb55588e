// out[c, p] = sum over m, ky, kx of dy[m, q] * weight[m, c, ky, kx]: the gradient of the image. With stride 2 a pixel
// meets only taps of one parity each way, so an invocation owns four 2x2 quads side by side, (8 pixels x 2) x CHANNELS:
// they share 4 x 7 values of dy (3x3: 2 x 5), and every tap serves exactly one pixel of each quad.
const KERNEL: u32 = 7u;       // height = width: 7 or 3
const CHANNELS: u32 = 3u;     // image channels per workgroup
const ACROSS: u32 = 8u;       // invocations across a row, of 64
const DOWN: u32 = 64u / ACROSS;
const OUTPUTS: u32 = 4u;      // feature channels staged at a time
const PAD: u32 = KERNEL / 2u;
const TAPS: u32 = KERNEL * KERNEL;
const TAP_VECTORS: u32 = (TAPS + 3u) / 4u;
const BEFORE: u32 = PAD / 2u;  // rows and columns of dy ahead of a quad's own that it needs
const VECTORS: u32 = ACROSS + 1u;
const LINES: u32 = DOWN + PAD;
const GRADIENTS: u32 = OUTPUTS * LINES * VECTORS;
const GRADIENT_STEPS: u32 = (GRADIENTS + 63u) / 64u;
const WEIGHTS: u32 = OUTPUTS * CHANNELS * TAP_VECTORS;
const WEIGHT_STEPS: u32 = (WEIGHTS + 63u) / 64u;

struct Shape {
  inputs: u32, outputs: u32, height: u32, width: u32, out_height: u32,
  out_width: u32, stride: u32, out_stride: u32, images: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<f32>;           // [M][C][TAPS]
@group(0) @binding(1) var<storage, read> gradient: array<f32>;         // [M][out_stride]
@group(0) @binding(2) var<storage, read> y: array<f32>;                // [M][out_stride]
@group(0) @binding(3) var<storage, read> correction: array<vec4f>;     // [M]
@group(0) @binding(4) var<storage, read_write> out: array<f32>;        // [C][stride]
@group(0) @binding(5) var<uniform> shape: Shape;

var<workgroup> gradients: array<vec4f, GRADIENTS>;    // [output][line][vector], from BEFORE above and left of the tile
var<workgroup> weights: array<vec4f, WEIGHTS>;        // [output][channel][tap, rounded up to four]

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) local: u32) {
  let along = local % ACROSS;
  let down = local / ACROSS;
  let image = tile.z % shape.images;
  let first_channel = tile.z / shape.images * CHANNELS;
  let top = tile.y * DOWN;            // in quads, which are also output rows
  let left = tile.x * (4u * ACROSS);

  var sums: array<vec4f, 4u * CHANNELS>;  // [channel][odd row][odd column], over four quads
  for (var m = 0u; m < shape.outputs; m += OUTPUTS) {
    workgroupBarrier();
    for (var s = 0u; s < GRADIENT_STEPS; s++) {
      let i = s * 64u + local;
      if (i < GRADIENTS) {
        let line = top + i / VECTORS % LINES;
        gradients[i] = stage_gradient(m + i / (LINES * VECTORS), image, line, left + i % VECTORS * 4u);
      }
    }
    for (var s = 0u; s < WEIGHT_STEPS; s++) {
      let i = s * 64u + local;
      if (i < WEIGHTS) {
        let channel = first_channel + i / TAP_VECTORS % CHANNELS;
        weights[i] = stage_weight(m + i / (TAP_VECTORS * CHANNELS), channel, i % TAP_VECTORS * 4u);
      }
    }
    workgroupBarrier();
    for (var o = 0u; o < OUTPUTS; o++) {
      var dy: array<vec4f, KERNEL + 1u>;  // [row][left four, right four]
      for (var r = 0u; r < (KERNEL + 1u) / 2u; r++) { // unroll
        dy[2u * r] = gradients[(o * LINES + down + r) * VECTORS + along];
        dy[2u * r + 1u] = gradients[(o * LINES + down + r) * VECTORS + along + 1u];
      }
      for (var c = 0u; c < CHANNELS; c++) { // unroll
        for (var v = 0u; v < TAP_VECTORS; v++) { // unroll
          let taps = weights[(o * CHANNELS + c) * TAP_VECTORS + v];
          // Four, but one of the last: 49 and 9 are one more than fours.
          for (var tap = 4u * v; tap < 4u * v + 4u - v / (TAP_VECTORS - 1u) * 3u; tap++) { // unroll
            // Tap (ky, kx) carries dy row (KERNEL - 1 - ky) / 2 - BEFORE below the quad's own, and likewise across.
            let at = 2u * ((KERNEL - 1u - tap / KERNEL) / 2u);
            let to = 4u * c + 2u * ((tap / KERNEL + 1u) % 2u) + (tap % KERNEL + 1u) % 2u;
            let four = vec4f(
              dy[at + (KERNEL - 1u - tap % KERNEL) / 2u / 4u][(KERNEL - 1u - tap % KERNEL) / 2u % 4u],
              dy[at + ((KERNEL - 1u - tap % KERNEL) / 2u + 1u) / 4u][((KERNEL - 1u - tap % KERNEL) / 2u + 1u) % 4u],
              dy[at + ((KERNEL - 1u - tap % KERNEL) / 2u + 2u) / 4u][((KERNEL - 1u - tap % KERNEL) / 2u + 2u) % 4u],
              dy[at + ((KERNEL - 1u - tap % KERNEL) / 2u + 3u) / 4u][((KERNEL - 1u - tap % KERNEL) / 2u + 3u) % 4u]);
            sums[to] = fma(vec4f(taps[tap % 4u]), four, sums[to]);
          }
        }
      }
    }
  }
  for (var c = 0u; c < CHANNELS; c++) { // unroll
    for (var i = 0u; i < 16u; i++) { // unroll
      let row = 2u * (top + down) + i / 8u;
      let column = 2u * left + 8u * along + i % 8u;
      if (first_channel + c < shape.inputs && row < shape.height && column < shape.width) {
        let at = (first_channel + c) * shape.stride + (image * shape.height + row) * shape.width + column;
        out[at] = sums[4u * c + 2u * (i / 8u) + i % 2u][i % 8u / 2u];
      }
    }
  }
}

// Four columns of the true gradient, from BEFORE left of `column`, BEFORE rows above `line`; zero outside the map.
fn stage_gradient(output: u32, image: u32, line: u32, column: u32) -> vec4f {
  let m = min(output, shape.outputs - 1u);
  let row = line - BEFORE;  // wraps to a huge number above the map, as does column - BEFORE left of it
  let is_row = output < shape.outputs && row < shape.out_height;
  let start = m * shape.out_stride + (image * shape.out_height + row) * shape.out_width;
  var dy: vec4f;
  for (var i = 0u; i < 4u; i++) { // unroll
    let inside = is_row && column + i - BEFORE < shape.out_width;
    let at = select(0u, start + column + i - BEFORE, inside);
    dy[i] = select(0.0, corrected(gradient[at], y[at], correction[m]), inside);
  }
  return dy;
}

fn stage_weight(output: u32, channel: u32, tap: u32) -> vec4f {
  var taps: vec4f;
  for (var i = 0u; i < 4u; i++) { // unroll
    let inside = output < shape.outputs && channel < shape.inputs && tap + i < TAPS;
    taps[i] = select(0.0, weight[select(0u, (output * shape.inputs + channel) * TAPS + tap + i, inside)], inside);
  }
  return taps;
}

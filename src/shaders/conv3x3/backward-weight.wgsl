// partials[split, m, c, tap] = sum over the split's p of dy[m, p] * a[c, p + offset(tap)], a = relu(x * scale + shift) or
// x itself, zero outside the image; dy is the stored gradient after batch norm's deferred correction and the dropout mask.
// A thread keeps 4 output by CHANNELS_EACH input channels by the 3 taps of one kernel row. The workgroup marches down the rows of a
// strip of columns, SPAN wide: each row of a is staged once, into a ring of four, and serves the three kernel rows; rows
// count through the whole batch. A split takes every splitK-th run of `run_rows` rows of a strip, always in that order.
const SPAN: u32 = 14u;
const GROUPS: u32 = 8u;         // of 4 output channels
const CHANNEL_GROUPS: u32 = 8u; // of CHANNELS_EACH input channels
const CHANNELS_EACH: u32 = 4u;
const HAS_PROLOGUE: bool = true;
const HAS_DROPOUT: bool = false;

const THREADS: u32 = 3u * GROUPS * CHANNEL_GROUPS;
const CHANNELS: u32 = CHANNEL_GROUPS * CHANNELS_EACH;

struct Shape {
  inputs: u32, outputs: u32, rows: u32, height: u32, width: u32, stride: u32, strips: u32, run_rows: u32, runs: u32,
  splitK: u32, stream: u32, threshold: u32, factor: f32, correction_first: u32,
}

@group(0) @binding(0) var<storage, read> gradient: array<f32>;          // [k][stride]
@group(0) @binding(1) var<storage, read> y: array<f32>;                 // [k][stride] what the layer wrote
@group(0) @binding(2) var<storage, read> correction: array<vec4f>;      // [first + k] a, b, mean
@group(0) @binding(3) var<storage, read> x: array<f32>;                 // [C][stride] what the layer read
@group(0) @binding(4) var<storage, read> affine: array<vec4f>;          // [C] scale, shift, mean, invStd
@group(0) @binding(5) var<storage, read_write> partials: array<f32>;    // [splitK][k][C][9]
@group(0) @binding(6) var<uniform> shape: Shape;
@group(0) @binding(7) var<uniform> step: Step;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let channel_group = thread % CHANNEL_GROUPS;
  let group = thread / CHANNEL_GROUPS % GROUPS;
  let dh = thread / (CHANNEL_GROUPS * GROUPS);
  let first_channel = workgroup.y * CHANNELS;
  let first_output = workgroup.z * (GROUPS * 4u);
  var sums: array<vec4f, 3u * CHANNELS_EACH>; // [input channel][tap of the row]: 4 output channels each

  let turns = (shape.runs - workgroup.x + shape.splitK - 1u) / shape.splitK;
  for (var turn = 0u; turn < turns; turn++) {
    let run = workgroup.x + turn * shape.splitK;
    let column = run % shape.strips * SPAN;
    let first = run / shape.strips * shape.run_rows;
    let end = min(first + shape.run_rows, shape.rows);
    let rounds = (end - first + 3u) / 4u;
    workgroupBarrier();
    stage_a(max(first, 1u) - 1u, column, first_channel, 0u, thread);
    stage_a(first, column, first_channel, 1u, thread);
    for (var round = 0u; round < rounds; round++) {
      for (var phase = 0u; phase < 4u; phase++) {
        let row = first + round * 4u + phase;
        if (row < end) {
          stage_a(row + 1u, column, first_channel, phase + 2u, thread);
          stage_dy(row, column, first_output, phase, thread);
        }
        workgroupBarrier();
        let h = row % shape.height + dh;
        if (row < end && h > 0u && h <= shape.height) {
          let line = (phase + dh) % 4u * RING + channel_group * PITCH;
          var windows: array<vec4f, 2u * CHANNELS_EACH>; // [input channel][8 columns]
          for (var j = 0u; j < SPAN; j++) { // unroll
            if (j % 4u == 0u) {
              for (var i = 0u; i < CHANNELS_EACH; i++) { // unroll
                windows[i * 2u] = ring[line + i * CHANNEL_GROUPS * PITCH + j / 4u];
                windows[i * 2u + 1u] = ring[line + i * CHANNEL_GROUPS * PITCH + min(j / 4u + 1u, LINE - 1u)];
              }
            }
            let four = dy[phase % 2u * DY + j * GROUPS + group];
            for (var i = 0u; i < CHANNELS_EACH; i++) { // unroll
              for (var tap = 0u; tap < 3u; tap++) { // unroll
                sums[i * 3u + tap] = fma(four, vec4f(windows[i * 2u + (j % 4u + tap) / 4u][(j + tap) % 4u]), sums[i * 3u + tap]);
              }
            }
          }
        }
      }
    }
  }
  for (var i = 0u; i < CHANNELS_EACH; i++) { // unroll
    let c = first_channel + i * CHANNEL_GROUPS + channel_group;
    put_taps(workgroup.x, c, first_output + group * 4u, dh, sums[i * 3u], sums[i * 3u + 1u], sums[i * 3u + 2u]);
  }
}

// A kernel row's gradient, of one input and four output channels.
fn put_taps(split: u32, c: u32, first: u32, dh: u32, left: vec4f, middle: vec4f, right: vec4f) {
  for (var o = 0u; o < 4u; o++) {
    let m = first + o;
    if (c < shape.inputs && m < shape.outputs) {
      let weight = ((split * shape.outputs + m) * shape.inputs + c) * 9u + dh * 3u;
      partials[weight] = left[o];
      partials[weight + 1u] = middle[o];
      partials[weight + 2u] = right[o];
    }
  }
}

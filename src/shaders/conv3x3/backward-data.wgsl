// da[c, p] = sum over k and taps of weight[k, tap, c] * dy[k, p + offset(tap)]: the forward arithmetic (direct.wgsl) with
// taps that the packer rotated. dy is the stored gradient after batch norm's deferred correction and the dropout mask.
// EPILOGUE 0 stores da (gradient of the network's input). 1 and 2 go on through the BN-ReLU that the layer read,
// g = da * [relu(z) is not 0]: 1 stores scale * g (a bottleneck has one reader), 2 adds it to `out` (a block's gradient has many);
// both leave their tile's sums of g and of g * (x - mean), for gamma, beta and the deferred correction; HAS_SUMS false:
// the norm's statistics are constants and need none.
const EPILOGUE: u32 = 1u;
const HAS_SUMS: bool = true;
const HAS_DROPOUT: bool = false;

struct Shape {
  inputs: u32, outputs: u32, rows: u32, height: u32, width: u32, stride: u32, stages: u32, packed: u32,
  strips: u32, tiles: u32, stream: u32, threshold: u32, factor: f32, correction_first: u32,
}

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;        // [stages * STAGE][9][packed]
@group(0) @binding(1) var<storage, read> gradient: array<f32>;        // [k][stride]
@group(0) @binding(2) var<storage, read> y: array<f32>;               // [k][stride] what the layer wrote
@group(0) @binding(3) var<storage, read> correction: array<vec4f>;    // [first + k] a, b, mean
@group(0) @binding(4) var<storage, read> x: array<f32>;               // [C][stride] what the layer read
@group(0) @binding(5) var<storage, read> affine: array<vec4f>;        // [C] scale, shift, mean, invStd
@group(0) @binding(6) var<storage, read_write> out: array<f32>;       // [C][stride]
@group(0) @binding(7) var<storage, read_write> sums: array<vec2f>;    // [C][tiles] of g, of g * (x - mean)
@group(0) @binding(8) var<uniform> shape: Shape;
@group(0) @binding(9) var<uniform> step: Step;

fn source_norm(channel: u32) -> vec4f {
  return correction[shape.correction_first + channel];
}

fn source_value(index: u32, channel: u32, norm: vec4f) -> f32 {
  let value = corrected(gradient[index], y[index], norm);
  if (!HAS_DROPOUT) { return value; }
  let element = channel * (shape.rows * shape.width) + index - channel * shape.stride;
  return value * keep(step.seed, shape.stream, element, shape.threshold, shape.factor);
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let place = place_of(thread, workgroup.x);
  var da: array<vec4f, SUMS>;
  for (var stage = 0u; stage < shape.stages; stage++) {
    workgroupBarrier();
    fill(stage, place, thread, workgroup.y);
    workgroupBarrier();
    convolve(&da, place.beside, thread);
  }
  if (SLICES > 1u) { merge_slices(&da, thread); }

  let first_channel = (workgroup.y * GROUPS + thread / PLACES % GROUPS) * (BLOCKS * 4u);
  let p = place.row * shape.width + place.column;
  let columns = select(0u, place.columns, thread < PLACES * GROUPS);
  var plain: array<vec4f, BLOCKS>;
  var centred: array<vec4f, BLOCKS>;
  for (var b = 0u; b < BLOCKS; b++) { // unroll
    for (var i = 0u; i < 4u; i++) { // unroll
      var row: array<f32, COLUMNS>;
      for (var j = 0u; j < COLUMNS; j++) { // unroll
        row[j] = da[b * COLUMNS + j][i];
      }
      let added = finish(row, first_channel + b * 4u + i, p, columns);
      plain[b][i] = added.x;
      centred[b][i] = added.y;
    }
  }
  if (EPILOGUE != 0u && HAS_SUMS) {
    let all = sum_places(plain, thread);
    let all_centred = sum_places(centred, thread);
    if (thread < PLACES * GROUPS && thread % PLACES == 0u) {
      for (var b = 0u; b < BLOCKS; b++) { // unroll
        put_sums(first_channel + b * 4u, workgroup.x, all[b], all_centred[b]);
      }
    }
  }
}

// Writes a channel's piece of a row, from da; returns its sums of g and of g * (x - mean).
fn finish(da: array<f32, COLUMNS>, c: u32, p: u32, columns: u32) -> vec2f {
  var added = vec2f();
  if (c >= shape.outputs || columns == 0u) { return added; }
  var norm = vec4f();
  if (EPILOGUE != 0u) { norm = affine[c]; }
  for (var j = 0u; j < COLUMNS; j++) { // unroll
    if (!RAGGED || j < columns) {
      let at = c * shape.stride + p + j;
      var result = da[j];
      if (EPILOGUE != 0u) {
        let value = x[at];
        let g = select(0.0, result, passes(fma(value, norm.x, norm.y)));
        if (HAS_SUMS) { added = vec2f(added.x + g, fma(g, value - norm.z, added.y)); }
        result = norm.x * g;
        if (EPILOGUE == 2u) { result += out[at]; }
      }
      out[at] = result;
    }
  }
  return added;
}

fn put_sums(first: u32, tile: u32, all: vec4f, all_centred: vec4f) {
  for (var i = 0u; i < 4u; i++) {
    if (first + i < shape.outputs) { sums[(first + i) * shape.tiles + tile] = vec2f(all[i], all_centred[i]); }
  }
}

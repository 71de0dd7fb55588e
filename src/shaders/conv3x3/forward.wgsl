// out[m, p] = sum over k and taps of weight[m, k, tap] * a[k, p + offset(tap)], a = relu(x * scale + shift), the padding
// of one pixel applied after it; with dropout, out is masked. The statistics of what it wrote go to `partials`, a
// workgroup's tile each: count, mean, and the sum of squared deviations from that mean. direct.wgsl has the arithmetic.
const HAS_PROLOGUE: bool = true;
const HAS_STATISTICS: bool = true;
const HAS_DROPOUT: bool = false;

struct Shape {
  inputs: u32, outputs: u32, rows: u32, height: u32, width: u32, stride: u32, stages: u32, packed: u32,
  strips: u32, tiles: u32, stream: u32, threshold: u32, factor: f32,
}

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;          // [stages * STAGE][9][packed]
@group(0) @binding(1) var<storage, read> x: array<f32>;                 // [K][stride]
@group(0) @binding(2) var<storage, read> affine: array<vec4f>;          // [K] scale, shift, mean, invStd
@group(0) @binding(3) var<storage, read_write> out: array<f32>;         // [M][stride]
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;  // [M][tiles] count, mean, M2, 0
@group(0) @binding(5) var<uniform> shape: Shape;
@group(0) @binding(6) var<uniform> step: Step;

fn source_norm(channel: u32) -> vec4f {
  if (HAS_PROLOGUE) { return affine[channel]; }
  return vec4f();
}

fn source_value(index: u32, channel: u32, norm: vec4f) -> f32 {
  if (HAS_PROLOGUE) { return activate(x[index], norm); }
  return x[index];
}

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let place = place_of(thread, workgroup.x);
  var sums: array<vec4f, SUMS>;
  for (var stage = 0u; stage < shape.stages; stage++) {
    workgroupBarrier();
    fill(stage, place, thread, workgroup.y);
    workgroupBarrier();
    convolve(&sums, place.beside, thread);
  }
  if (SLICES > 1u) { merge_slices(&sums, thread); }

  let first_channel = (workgroup.y * GROUPS + thread / PLACES % GROUPS) * (BLOCKS * 4u);
  let columns = select(0u, place.columns, thread < PLACES * GROUPS);
  if (HAS_DROPOUT) {
    let p = place.row * shape.width + place.column;
    for (var b = 0u; b < BLOCKS; b++) { // unroll
      for (var j = 0u; j < COLUMNS; j++) { // unroll
        sums[b * COLUMNS + j] *= keep_channels(first_channel + b * 4u, p + j);
      }
    }
  }
  store(&sums, first_channel, place, columns, thread);
  if (HAS_STATISTICS) {
    let tile_rows = min(ROWS, shape.rows - place.first_row);
    let count = f32(tile_rows * min(PIECES * COLUMNS, shape.width - place.first_column));
    var values: array<vec4f, BLOCKS>;
    for (var b = 0u; b < BLOCKS; b++) { // unroll
      for (var j = 0u; j < COLUMNS; j++) { // unroll
        values[b] += select(vec4f(), sums[b * COLUMNS + j], j < columns);
      }
    }
    let totals = sum_places(values, thread);
    for (var b = 0u; b < BLOCKS; b++) { // unroll
      values[b] = vec4f();
      let mean = totals[b] / count;
      for (var j = 0u; j < COLUMNS; j++) { // unroll
        values[b] = add_square(select(vec4f(), sums[b * COLUMNS + j] - mean, j < columns), values[b]);
      }
    }
    let squares = sum_places(values, thread);
    if (thread < PLACES * GROUPS && thread % PLACES == 0u) {
      for (var b = 0u; b < BLOCKS; b++) { // unroll
        put_statistics(first_channel + b * 4u, workgroup.x, count, totals[b], squares[b]);
      }
    }
  }
}

fn add_square(value: vec4f, sum: vec4f) -> vec4f {
  return fma(value, value, sum);
}

fn put_statistics(first: u32, tile: u32, count: f32, total: vec4f, squares: vec4f) {
  for (var i = 0u; i < 4u; i++) {
    if (first + i < shape.outputs) {
      partials[(first + i) * shape.tiles + tile] = vec4f(count, total[i] / count, squares[i], 0.0);
    }
  }
}

// The dropout mask of four channels at one place.
fn keep_channels(first: u32, p: u32) -> vec4f {
  var kept: vec4f;
  for (var i = 0u; i < 4u; i++) { // unroll
    let index = (first + i) * (shape.rows * shape.width) + p;
    kept[i] = keep(step.seed, shape.stream, index, shape.threshold, shape.factor);
  }
  return kept;
}

// conv1x1/forward by subgroup matrices: the same bindings, tiles and packed weights, with another order of sums. What is
// multiplied is Component, sums are float32. ROW_UNITS x COLUMN_UNITS subgroups share a tile, each with ROW_BLOCKS x
// COLUMN_BLOCKS blocks of BLOCK_M x BLOCK_N sums. SUBGROUP is the largest subgroup that the device may make of the workgroup:
// of smaller ones there are more, and those left over only stage and store.
const TILE_M: u32 = 32u;
const TILE_P: u32 = 32u;
const HAS_PROLOGUE = true;
const HAS_STATISTICS = false;
const HAS_BIAS = false;
const HAS_DROPOUT = false;

alias Component = f32;
const BLOCK_M: u32 = 8u;
const BLOCK_N: u32 = 8u;
const BLOCK_K: u32 = 8u;
const SUBGROUP: u32 = 32u;
const ROW_UNITS: u32 = 2u;
const COLUMN_UNITS: u32 = 2u;
const STEP: u32 = 32u; // terms that are staged at a time
const PAD: u32 = 4u; // 16 bytes: rows that lie apart by them begin in different banks

const UNITS = ROW_UNITS * COLUMN_UNITS;
const THREADS = UNITS * SUBGROUP;
const ROW_BLOCKS = TILE_M / (BLOCK_M * ROW_UNITS);
const COLUMN_BLOCKS = TILE_P / (BLOCK_N * COLUMN_UNITS);
const PITCH_M = TILE_M + PAD;
const PITCH_P = TILE_P + PAD;
const VALUES = STEP * PITCH_M;

struct Shape {
  inputs: u32, outputs: u32, columns: u32, stride4: u32, weight4: u32, tiles: u32,
  stream: u32, threshold: u32, factor: f32,
}

@group(0) @binding(0) var<storage, read> weight: array<vec4f>;         // [K padded][M padded / 4], zeros beyond K and M
@group(0) @binding(1) var<storage, read> x: array<vec4f>;              // [K][stride / 4]
@group(0) @binding(2) var<storage, read> affine: array<vec4f>;         // [K] scale, shift, mean, invStd
@group(0) @binding(3) var<storage, read> bias: array<f32>;             // [M]
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;      // [M][stride / 4]
@group(0) @binding(5) var<storage, read_write> partials: array<vec4f>; // [M][tiles] count, mean, M2, 0
@group(0) @binding(6) var<uniform> shape: Shape;
@group(0) @binding(7) var<uniform> step: Step;

// [STEP][PITCH_M] weights, then [STEP][PITCH_P] values.
var<workgroup> tile: array<Component, STEP * (PITCH_M + PITCH_P)>;
// [GROUP_ROWS][PITCH_SUMS] sums: a row of blocks of each unit, one after another.
const GROUP_ROWS = ROW_UNITS * BLOCK_M;
const PITCH_SUMS = TILE_P + 4u;
var<workgroup> sums: array<f32, GROUP_ROWS * PITCH_SUMS>;
// Threads that add up a row, and their sums.
const LANES = THREADS / GROUP_ROWS;
var<workgroup> totals: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let first4 = group.y * (TILE_P / 4u);
  let unit_row = subgroup / COLUMN_UNITS * (ROW_BLOCKS * BLOCK_M);
  let unit_column = subgroup % COLUMN_UNITS * (COLUMN_BLOCKS * BLOCK_N);
  var sum: array<subgroup_matrix_result<f32, BLOCK_N, BLOCK_M>, ROW_BLOCKS * COLUMN_BLOCKS>;
  let steps = (shape.inputs + STEP - 1u) / STEP;
  for (var k_step = 0u; k_step < steps; k_step++) {
    for (var i = thread; i < STEP * TILE_M / 4u; i += THREADS) {
      // A row beyond the last is zeros, of weights and of values: 0 times infinity would not be 0.
      let wanted = k_step * STEP + i / (TILE_M / 4u);
      let row = min(wanted, shape.inputs - 1u);
      let read = weight[row * shape.weight4 + group.x * (TILE_M / 4u) + i % (TILE_M / 4u)];
      let value = select(vec4f(0.0), read, wanted < shape.inputs);
      let at = i / (TILE_M / 4u) * PITCH_M + i % (TILE_M / 4u) * 4u;
      for (var e = 0u; e < 4u; e++) { // unroll
        tile[at + e] = Component(value[e]);
      }
    }
    for (var i = thread; i < STEP * TILE_P / 4u; i += THREADS) {
      let wanted = k_step * STEP + i / (TILE_P / 4u);
      let row = min(wanted, shape.inputs - 1u);
      var value = x[row * shape.stride4 + min(first4 + i % (TILE_P / 4u), shape.stride4 - 1u)];
      if (HAS_PROLOGUE) { value = activate4(value, affine[row]); }
      value = select(vec4f(0.0), value, wanted < shape.inputs);
      let at = VALUES + i / (TILE_P / 4u) * PITCH_P + i % (TILE_P / 4u) * 4u;
      for (var e = 0u; e < 4u; e++) { // unroll
        tile[at + e] = Component(value[e]);
      }
    }
    workgroupBarrier();
    if (subgroup < UNITS) {
      for (var k = 0u; k < STEP / BLOCK_K; k++) { // unroll
        var right: array<subgroup_matrix_right<Component, BLOCK_N, BLOCK_K>, COLUMN_BLOCKS>;
        for (var c = 0u; c < COLUMN_BLOCKS; c++) { // unroll
          right[c] = subgroupMatrixLoad<subgroup_matrix_right<Component, BLOCK_N, BLOCK_K>, row_major>(
            &tile, VALUES + k * (BLOCK_K * PITCH_P) + unit_column + c * BLOCK_N, PITCH_P);
        }
        for (var r = 0u; r < ROW_BLOCKS; r++) { // unroll
          let left = subgroupMatrixLoad<subgroup_matrix_left<Component, BLOCK_K, BLOCK_M>, col_major>(
            &tile, k * (BLOCK_K * PITCH_M) + unit_row + r * BLOCK_M, PITCH_M);
          for (var c = 0u; c < COLUMN_BLOCKS; c++) { // unroll
            sum[r * COLUMN_BLOCKS + c] = subgroupMatrixMultiplyAccumulate(left, right[c], sum[r * COLUMN_BLOCKS + c]);
          }
        }
      }
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < ROW_BLOCKS; r++) { // unroll
    if (subgroup < UNITS) {
      let at = subgroup / COLUMN_UNITS * (BLOCK_M * PITCH_SUMS) + unit_column;
      for (var c = 0u; c < COLUMN_BLOCKS; c++) { // unroll
        subgroupMatrixStore<row_major>(&sums, at + c * BLOCK_N, sum[r * COLUMN_BLOCKS + c], PITCH_SUMS);
      }
    }
    workgroupBarrier();
    for (var i = thread; i < GROUP_ROWS * TILE_P / 4u; i += THREADS) {
      finish(i / (TILE_P / 4u), i % (TILE_P / 4u), r, group);
    }
    if (HAS_STATISTICS) {
      workgroupBarrier();
      put_statistics(r, group, thread);
    }
    workgroupBarrier();
  }
}

// Row of the output that a row of `sums` is, in round `r`.
fn output_row(row: u32, r: u32, group: vec3u) -> u32 {
  return group.x * TILE_M + row / BLOCK_M * (ROW_BLOCKS * BLOCK_M) + r * BLOCK_M + row % BLOCK_M;
}

// Stores four columns of a row of `sums`, and leaves there what readers will read.
fn finish(row: u32, in_tile4: u32, r: u32, group: vec3u) {
  let at = row * PITCH_SUMS + 4u * in_tile4;
  let output = output_row(row, r, group);
  let column4 = group.y * (TILE_P / 4u) + in_tile4;
  var value = vec4f(sums[at], sums[at + 1u], sums[at + 2u], sums[at + 3u]);
  if (HAS_DROPOUT) {
    value *= keep4(step.seed, shape.stream, output * shape.columns + 4u * column4, shape.threshold, shape.factor);
  }
  if (output >= shape.outputs) { return; }
  if (HAS_BIAS) { value = relu4(value + vec4f(bias[output])); }
  let stored = store(output, column4, value);
  if (HAS_STATISTICS) {
    for (var e = 0u; e < 4u; e++) { // unroll
      sums[at + e] = stored[e];
    }
  }
}

// Count, mean and sum of squared deviations of the tile's columns, of each row of `sums`.
fn put_statistics(r: u32, group: vec3u, thread: u32) {
  let row = thread / LANES;
  let count = min(TILE_P, shape.columns - group.y * TILE_P);
  var total = 0.0;
  for (var column = thread % LANES; column < count; column += LANES) {
    total += sums[row * PITCH_SUMS + column];
  }
  let mean = over_lanes(total, thread) / f32(count);
  total = 0.0;
  for (var column = thread % LANES; column < count; column += LANES) {
    let deviation = sums[row * PITCH_SUMS + column] - mean;
    total = fma(deviation, deviation, total);
  }
  let squares = over_lanes(total, thread);
  let output = output_row(row, r, group);
  if (thread % LANES == 0u && output < shape.outputs) {
    partials[output * shape.tiles + group.y] = vec4f(f32(count), mean, squares, 0.0);
  }
}

fn over_lanes(value: f32, thread: u32) -> f32 {
  totals[thread] = value;
  workgroupBarrier();
  var total = 0.0;
  for (var lane = 0u; lane < LANES; lane++) {
    total += totals[thread / LANES * LANES + lane];
  }
  workgroupBarrier();
  return total;
}

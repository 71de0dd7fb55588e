// conv3x3/forward by subgroup matrices, for features of f16: the same bindings, tiles, packed weights and partials. An implicit
// product: a tile's rows lie in workgroup memory one after another, each PITCH columns wide with its neighbours left and right, the
// rows above and below, and a row of zeros between two images. Column `q` of the product is place q there, and a tap reads
// the block of places that begins dh * PITCH + dw later. Columns that are neighbours or zeros are computed and not stored. A
// tile whose rows and zeros are more than SLOTS is computed in several goes.
const COLUMNS: u32 = 7u;
const ROWS: u32 = 8u;
const PIECES: u32 = 4u;
const BLOCKS: u32 = 2u;
const GROUPS: u32 = 4u;
const HAS_PROLOGUE: bool = true;
const HAS_STATISTICS: bool = true;
const HAS_DROPOUT: bool = false;

alias Component = f32;
const BLOCK_M: u32 = 16u;
const BLOCK_N: u32 = 16u;
const BLOCK_K: u32 = 16u;
const SUBGROUP: u32 = 32u; // the largest
const UNITS: u32 = 4u; // subgroups that multiply: each has every UNITS-th block of columns
const SUM_UNITS: u32 = 1u; // those whose sums lie in workgroup memory at a time
const TAPS: u32 = 1u; // taps whose weights are staged at a time
const CHANNELS: u32 = 16u; // input channels that are staged at a time
const SLOTS: u32 = 10u;

const THREADS = UNITS * SUBGROUP;
const WIDE = GROUPS * BLOCKS;
const WIDTH = PIECES * COLUMNS;
const PITCH = WIDTH + 2u;
const ROW_BLOCKS = (WIDE * 4u + BLOCK_M - 1u) / BLOCK_M;
const PITCH_M = ROW_BLOCKS * BLOCK_M + 8u;
const COLUMN_BLOCKS = (SLOTS * PITCH + BLOCK_N - 1u) / BLOCK_N;
const OWN_BLOCKS = (COLUMN_BLOCKS + UNITS - 1u) / UNITS;
const PLACES = COLUMN_BLOCKS * BLOCK_N + 2u * PITCH + 2u;
const PITCH_SUMS = BLOCK_N + 4u;

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

// [PLACES][CHANNELS] values, then [TAPS][CHANNELS][PITCH_M] weights.
const WEIGHTS = PLACES * CHANNELS;
var<workgroup> tile: array<Component, WEIGHTS + TAPS * CHANNELS * PITCH_M>;
var<workgroup> sums: array<f32, SUM_UNITS * BLOCK_M * PITCH_SUMS>; // [SUM_UNITS][BLOCK_M][PITCH_SUMS]

// A go's rows: the first of all maps' rows, how many, and the first column.
struct Band { row: u32, rows: u32, column: u32 }

@compute @workgroup_size(THREADS)
fn main(
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let end = min((group.x / shape.strips + 1u) * ROWS, shape.rows);
  var band = Band(group.x / shape.strips * ROWS, 0u, group.x % shape.strips * WIDTH);
  var statistics: array<vec3f, ROW_BLOCKS>; // of one row in SUM_UNITS * BLOCK_M: count, mean, M2
  var sum: array<subgroup_matrix_result<f32, BLOCK_N, BLOCK_M>, ROW_BLOCKS * OWN_BLOCKS>;
  for (var go = 0u; go < ROWS; go++) {
    band.row += band.rows;
    if (band.row >= end) { break; }
    band.rows = 1u;
    for (var more = 1u; more < ROWS; more++) {
      if (band.row + more < end && slot_of(band, band.row + more) < SLOTS) { band.rows = more + 1u; }
    }
    // Zeros are written: a compiler is known that leaves what the last trip left.
    for (var i = 0u; i < ROW_BLOCKS * OWN_BLOCKS; i++) { // unroll
      sum[i] = subgroup_matrix_result<f32, BLOCK_N, BLOCK_M>();
    }
    for (var first = 0u; first < shape.inputs; first += CHANNELS) {
      stage_values(band, first, thread);
      for (var tap = 0u; tap < 9u; tap += TAPS) {
        stage_weights(first, tap, group.y, thread);
        workgroupBarrier();
        for (var t = 0u; t < TAPS; t++) {
          let shifted = (tap + t) / 3u * PITCH + (tap + t) % 3u;
          for (var k = 0u; k < CHANNELS / BLOCK_K; k++) { // unroll
            for (var r = 0u; r < ROW_BLOCKS; r++) { // unroll
              let left = subgroupMatrixLoad<subgroup_matrix_left<Component, BLOCK_K, BLOCK_M>, col_major>(
                &tile, WEIGHTS + (t * CHANNELS + k * BLOCK_K) * PITCH_M + r * BLOCK_M, PITCH_M);
              for (var c = 0u; c < OWN_BLOCKS; c++) { // unroll
                if (subgroup + c * UNITS < COLUMN_BLOCKS && subgroup < UNITS) {
                  let right = subgroupMatrixLoad<subgroup_matrix_right<Component, BLOCK_N, BLOCK_K>, col_major>(
                    &tile, ((subgroup + c * UNITS) * BLOCK_N + shifted) * CHANNELS + k * BLOCK_K, CHANNELS);
                  sum[r * OWN_BLOCKS + c] = subgroupMatrixMultiplyAccumulate(left, right, sum[r * OWN_BLOCKS + c]);
                }
              }
            }
          }
        }
        workgroupBarrier();
      }
    }
    for (var c = 0u; c < OWN_BLOCKS; c++) { // unroll
      for (var r = 0u; r < ROW_BLOCKS; r++) { // unroll
        for (var u = 0u; u < UNITS; u += SUM_UNITS) {
          if (subgroup >= u && subgroup < u + SUM_UNITS) {
            subgroupMatrixStore<row_major>(
              &sums, (subgroup - u) * (BLOCK_M * PITCH_SUMS), sum[r * OWN_BLOCKS + c], PITCH_SUMS);
          }
          workgroupBarrier();
          let first_block = c * UNITS + u;
          for (var i = thread; i < SUM_UNITS * BLOCK_M * BLOCK_N; i += THREADS) {
            settle(band, first_block, r, group.y, i);
          }
          workgroupBarrier();
          for (var i = thread; i < SUM_UNITS * BLOCK_M * BLOCK_N; i += THREADS) {
            put(band, first_block, r, group.y, i);
          }
          if (HAS_STATISTICS && thread < SUM_UNITS * BLOCK_M) {
            statistics[r] = joined(statistics[r], statistics_of(band, first_block, thread));
          }
          workgroupBarrier();
        }
      }
    }
  }
  if (HAS_STATISTICS) {
    for (var r = 0u; r < ROW_BLOCKS; r++) { // unroll
      if (thread < SUM_UNITS * BLOCK_M) {
        for (var e = 0u; e < 3u; e++) { // unroll
          sums[thread * 3u + e] = statistics[r][e];
        }
      }
      workgroupBarrier();
      let m = output_of(r, group.y, thread);
      if (thread < BLOCK_M && m < shape.outputs) {
        var all = vec3f();
        for (var u = 0u; u < SUM_UNITS; u++) {
          let at = (u * BLOCK_M + thread) * 3u;
          all = joined(all, vec3f(sums[at], sums[at + 1u], sums[at + 2u]));
        }
        partials[m * shape.tiles + group.x] = vec4f(all, 0.0);
      }
      workgroupBarrier();
    }
  }
}

// Where a row of the maps lies behind the band's first: there is a row of zeros ahead of each image.
fn slot_of(band: Band, row: u32) -> u32 {
  return row - band.row + row / shape.height - band.row / shape.height;
}

// The row of the maps at a place counted from a row above the band; all of them where it is none.
fn row_at(band: Band, slot: u32) -> u32 {
  let at = band.row + band.row / shape.height + slot;
  let in_image = at % (shape.height + 1u);
  return select(at / (shape.height + 1u) * shape.height + in_image - 1u, shape.rows, in_image == 0u);
}

fn stage_values(band: Band, first: u32, thread: u32) {
  for (var i = thread; i < CHANNELS * PLACES; i += THREADS) {
    let place = i % PLACES;
    // Past the last channel there are zeros, as its weights are: 0 times infinity would not be 0.
    let channel = first + i / PLACES;
    let row = row_at(band, place / PITCH);
    let column = band.column + place % PITCH; // counted from the one ahead of the map
    let inside = channel < shape.inputs && row < shape.rows && column > 0u && column <= shape.width;
    let at = min(channel, shape.inputs - 1u) * shape.stride + select(0u, row * shape.width + column - 1u, inside);
    var value = x[at];
    if (HAS_PROLOGUE) { value = activate(value, affine[min(channel, shape.inputs - 1u)]); }
    tile[place * CHANNELS + i / PLACES] = Component(select(0.0, value, inside));
  }
}

fn stage_weights(first: u32, tap: u32, group: u32, thread: u32) {
  for (var i = thread; i < TAPS * CHANNELS * ROW_BLOCKS * BLOCK_M / 4u; i += THREADS) {
    let four = i % (ROW_BLOCKS * BLOCK_M / 4u);
    let line = i / (ROW_BLOCKS * BLOCK_M / 4u);
    let channel = first + line % CHANNELS;
    let exists = channel < shape.inputs && four < WIDE;
    let row = min(channel, shape.inputs - 1u) * 9u + tap + line / CHANNELS;
    let value = select(vec4f(0.0), weight[row * shape.packed + group * WIDE + min(four, WIDE - 1u)], exists);
    for (var e = 0u; e < 4u; e++) { // unroll
      tile[WEIGHTS + line * PITCH_M + four * 4u + e] = Component(value[e]);
    }
  }
}

const NOWHERE = 0xffffffffu;

// Where column `q` of the product is in a channel's maps.
fn position_of(band: Band, q: u32) -> u32 {
  let row = row_at(band, q / PITCH + 1u);
  let column = band.column + q % PITCH;
  let inside = q % PITCH < WIDTH && column < shape.width && row >= band.row && row < band.row + band.rows;
  return select(NOWHERE, row * shape.width + column, inside);
}

// The output channel of a row of blocks; past the last where it is another workgroup's or nobody's.
fn output_of(r: u32, group: u32, row: u32) -> u32 {
  let in_group = r * BLOCK_M + row % BLOCK_M;
  return select(shape.outputs, group * (WIDE * 4u) + in_group, in_group < WIDE * 4u);
}

// Makes of a sum what readers will read.
fn settle(band: Band, first_block: u32, r: u32, group: u32, i: u32) {
  let at = i / BLOCK_N * PITCH_SUMS + i % BLOCK_N;
  var value = sums[at];
  if (HAS_DROPOUT) {
    let p = position_of(band, (first_block + i / (BLOCK_M * BLOCK_N)) * BLOCK_N + i % BLOCK_N);
    let m = output_of(r, group, i / BLOCK_N);
    value *= keep(step.seed, shape.stream, m * (shape.rows * shape.width) + p, shape.threshold, shape.factor);
  }
  sums[at] = round_to_f16(vec4f(value)).x;
}

// Stores a value, or two that share a word where both are this block's.
fn put(band: Band, first_block: u32, r: u32, group: u32, i: u32) {
  let at = i / BLOCK_N * PITCH_SUMS + i % BLOCK_N;
  let q = (first_block + i / (BLOCK_M * BLOCK_N)) * BLOCK_N + i % BLOCK_N;
  let p = position_of(band, q);
  let m = output_of(r, group, i / BLOCK_N);
  if (p == NOWHERE || m >= shape.outputs) { return; }
  let start = m * shape.stride;
  if (p % 2u == 0u && i % BLOCK_N + 1u < BLOCK_N && position_of(band, q + 1u) == p + 1u) {
    put_pair(start + p, vec2f(sums[at], sums[at + 1u]));
  } else if (p % 2u == 0u || i % BLOCK_N == 0u || position_of(band, q - 1u) != p - 1u) {
    put_one(start + p, sums[at]);
  }
}

// Count, mean and sum of squared deviations of a row of a block.
fn statistics_of(band: Band, first_block: u32, row: u32) -> vec3f {
  let q = (first_block + row / BLOCK_M) * BLOCK_N;
  var all = vec3f();
  for (var j = 0u; j < BLOCK_N; j++) {
    let inside = position_of(band, q + j) != NOWHERE;
    all += select(vec3f(), vec3f(1.0, sums[row * PITCH_SUMS + j], 0.0), inside);
  }
  all.y /= max(all.x, 1.0);
  for (var j = 0u; j < BLOCK_N; j++) {
    let deviation = sums[row * PITCH_SUMS + j] - all.y;
    all.z += select(0.0, deviation * deviation, position_of(band, q + j) != NOWHERE);
  }
  return all;
}

// Both's statistics, of which one may be of nothing.
fn joined(a: vec3f, b: vec3f) -> vec3f {
  let count = a.x + b.x;
  let share = b.x / max(count, 1.0);
  let distance = b.y - a.y;
  return vec3f(count, a.y + distance * share, a.z + b.z + distance * distance * a.x * share);
}

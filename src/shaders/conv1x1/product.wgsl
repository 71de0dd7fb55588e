// The matrix product that forward and backward-data share: sum over k of weight[k, m] * value[k, p]. A workgroup computes a
// TILE_M x TILE_P tile, a thread THREAD_M x THREAD_P of it: rows in blocks of four that lie ROW_THREADS apart, columns in
// vec4s that lie COLUMN_THREADS apart, so that every load moves 16 bytes. A step stages TILE_K terms in workgroup memory.
// SLICES threads share a tile's sums: each takes every SLICES-th term, so that a small tile still has large thread tiles.
// The kernel supplies `weight`, `shape`, and what a value is: `source4`.
const TILE_M: u32 = 128u;
const TILE_P: u32 = 64u;
const TILE_K: u32 = 8u;
const THREAD_M: u32 = 8u;
const THREAD_P: u32 = 8u;
const SLICES: u32 = 1u;
// Blocks of RUN steps are summed apart, for less rounding (parts/sums.ts).
const BLOCKED_SUM: bool = false;
const RUN = 32u / TILE_K;

const ROW_THREADS = TILE_M / THREAD_M;
const COLUMN_THREADS = TILE_P / THREAD_P;
const PLACES = ROW_THREADS * COLUMN_THREADS;
const THREADS = PLACES * SLICES;
// vec4s of a thread's rows and columns, and of what is staged at a time.
const BLOCKS = THREAD_M / 4u;
const VECTORS = THREAD_P / 4u;
const SUMS = THREAD_M * VECTORS;
const WEIGHTS = TILE_K * TILE_M / 4u;
const VALUES = TILE_K * TILE_P / 4u;
// From one of a slice's terms to its next.
const NEXT_WEIGHTS = SLICES * (TILE_M / 4u);
const NEXT_VALUES = SLICES * (TILE_P / 4u);
// Rows that all threads together stage at a time: a thread stays in one column of vec4s.
const WEIGHT_ROWS = THREADS / (TILE_M / 4u);
const VALUE_ROWS = THREADS / (TILE_P / 4u);

// What a thread stores in the end, of its slice's share: KEPT_ROWS of each block of four rows, all its columns.
const KEPT_ROWS = 4u / SLICES;
const ROWS = BLOCKS * KEPT_ROWS;
const ROW_VECTORS = (ROWS + 3u) / 4u; // vec4s that hold one value per row
const LINES = THREADS / COLUMN_THREADS; // threads that store different rows

// [TILE_K][TILE_M / 4] weights, then [TILE_K][TILE_P / 4] values; the slices' sums, and sums over columns, at the end.
const MERGED = 4u * VECTORS; // sums of a thread that are merged at a time: of a block of rows
var<workgroup> tile: array<vec4f, max(WEIGHTS + VALUES, select(MERGED * THREADS, 0u, SLICES == 1u))>;

// Adds up the product's `terms`, for workgroup `group`'s tile. Afterwards each thread has its rows at the beginning of `sum`.
fn multiply(sum: ptr<function, array<vec4f, SUMS>>, terms: u32, group: vec3u, thread: u32) {
  let row_from = thread / PLACES * (TILE_M / 4u) + thread % PLACES / COLUMN_THREADS;
  let column_from = thread / PLACES * (TILE_P / 4u) + thread % COLUMN_THREADS;
  let column4 = min(group.y * (TILE_P / 4u) + thread % (TILE_P / 4u), shape.stride4 - 1u);
  var value_at = thread / (TILE_P / 4u) * shape.stride4 + column4;
  var weight_at = thread / (TILE_M / 4u) * shape.weight4 + group.x * (TILE_M / 4u) + thread % (TILE_M / 4u);
  var total: array<vec4f, SUMS>;
  let steps = (terms + TILE_K - 1u) / TILE_K;
  let whole_steps = terms / TILE_K;
  for (var k_step = 0u; k_step < steps; k_step++) {
    for (var s = 0u; s < (WEIGHTS + THREADS - 1u) / THREADS; s++) { // unroll
      stage_weight(s, weight_at, thread);
    }
    // Only the last step may lack rows.
    if (k_step < whole_steps) {
      stage_values(k_step, value_at, column4, terms, true, thread);
    } else {
      stage_values(k_step, value_at, column4, terms, false, thread);
    }
    weight_at += TILE_K * shape.weight4;
    value_at += TILE_K * shape.stride4;
    workgroupBarrier();
    for (var k = 0u; k < TILE_K / SLICES; k++) { // unroll by 4
      var w: array<vec4f, BLOCKS>;
      for (var i = 0u; i < BLOCKS; i++) { // unroll
        w[i] = tile[row_from + (k * NEXT_WEIGHTS + i * ROW_THREADS)];
      }
      for (var j = 0u; j < VECTORS; j++) { // unroll
        let value = tile[column_from + (WEIGHTS + k * NEXT_VALUES + j * COLUMN_THREADS)];
        for (var m = 0u; m < THREAD_M; m++) { // unroll
          (*sum)[m * VECTORS + j] = fma(vec4f(w[m / 4u][m % 4u]), value, (*sum)[m * VECTORS + j]);
        }
      }
    }
    workgroupBarrier();
    if (BLOCKED_SUM && (k_step % RUN == RUN - 1u || k_step == steps - 1u)) {
      for (var i = 0u; i < SUMS; i++) { // unroll
        total[i] += (*sum)[i];
        (*sum)[i] = vec4f(0.0);
      }
    }
  }
  if (BLOCKED_SUM) { *sum = total; }
  if (SLICES > 1u) { merge_slices(sum, thread); }
}

fn stage_weight(s: u32, weight_at: u32, thread: u32) {
  if (WEIGHTS % THREADS != 0u && s * THREADS + thread >= WEIGHTS) { return; }
  tile[s * THREADS + thread] = weight[weight_at + s * WEIGHT_ROWS * shape.weight4];
}

// Stages a step's values. `is_whole`, a constant: the step has all its rows. A row beyond the last is zeros, as its weights
// are: another row may hold infinities, and 0 times infinity is not 0.
fn stage_values(k_step: u32, value_at: u32, column4: u32, terms: u32, is_whole: bool, thread: u32) {
  for (var s = 0u; s < (VALUES + THREADS - 1u) / THREADS; s++) { // unroll
    stage_value(s, k_step, value_at, column4, terms, is_whole, thread);
  }
}

fn stage_value(s: u32, k_step: u32, value_at: u32, column4: u32, terms: u32, is_whole: bool, thread: u32) {
  if (VALUES % THREADS != 0u && s * THREADS + thread >= VALUES) { return; }
  var row = k_step * TILE_K + s * VALUE_ROWS + thread / (TILE_P / 4u);
  var at = value_at + s * VALUE_ROWS * shape.stride4;
  let is_row = row < terms;
  if (!is_whole) {
    row = min(row, terms - 1u);
    at = row * shape.stride4 + column4;
  }
  var value = source4(at, row, column4);
  if (!is_whole) { value = select(vec4f(0.0), value, is_row); }
  tile[WEIGHTS + s * THREADS + thread] = value;
}

// The tile's row that a thread's m-th row is.
fn row_in_tile(m: u32, thread: u32) -> u32 {
  let row_thread = thread % PLACES / COLUMN_THREADS;
  return row_thread * 4u + thread / PLACES * KEPT_ROWS + (m / KEPT_ROWS * ROW_THREADS * 4u + m % KEPT_ROWS);
}

// Sums one value per row over the threads that have the row's other columns; each of them gets it.
fn over_columns(values: array<vec4f, ROW_VECTORS>, thread: u32) -> array<vec4f, ROW_VECTORS> {
  let line = thread / COLUMN_THREADS;
  workgroupBarrier();
  for (var i = 0u; i < ROW_VECTORS; i++) { // unroll
    tile[thread % COLUMN_THREADS * (ROW_VECTORS * LINES) + (line + i * LINES)] = values[i];
  }
  workgroupBarrier();
  var total: array<vec4f, ROW_VECTORS>;
  for (var t = 0u; t < COLUMN_THREADS; t++) {
    for (var i = 0u; i < ROW_VECTORS; i++) { // unroll
      total[i] += tile[line + (t * (ROW_VECTORS * LINES) + i * LINES)];
    }
  }
  return total;
}

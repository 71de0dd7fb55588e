// How product.wgsl adds up a tile, its operands staged in workgroup memory.

// [TILE_K][TILE_M / 4] weights, then [TILE_K][TILE_P / 4] values; the slices' sums, and sums over columns, at the end.
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

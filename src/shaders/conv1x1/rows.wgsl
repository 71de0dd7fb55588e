// The rows of product.wgsl's tile, and sums over their columns.

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

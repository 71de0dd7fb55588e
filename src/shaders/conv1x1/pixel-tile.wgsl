// What forward and backward-data share: the shape of a tile whose columns are pixels, and its workgroup memory (the
// tile's way to `out` is store.wgsl). The kernel states TILE_M, TILE_P, TILE_K, THREAD_M, THREAD_P, SLICES, `shape`. SLICES
// threads share a tile's sums: each takes every SLICES-th term, so that a small tile still has large thread tiles.
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
// Rows that all threads together stage at a time: a thread stays in one column of vec4s.
const WEIGHT_ROWS = THREADS / (TILE_M / 4u);
const VALUE_ROWS = THREADS / (TILE_P / 4u);

// What a thread stores in the end, of its slice's share: KEPT_ROWS of each block of four rows, all its columns.
const KEPT_ROWS = 4u / SLICES;
const ROWS = BLOCKS * KEPT_ROWS;
const ROW_VECTORS = (ROWS + 3u) / 4u; // vec4s of one value a row
const LINES = THREADS / COLUMN_THREADS; // threads that store different rows

// [TILE_K][TILE_M / 4] weights, then [TILE_K][TILE_P / 4] values; the slices' sums, and a row's, at the end.
const MERGED = 4u * VECTORS; // sums of a thread that are merged at a time: of a block of rows
var<workgroup> tile: array<vec4f, max(WEIGHTS + VALUES, select(MERGED * THREADS, 0u, SLICES == 1u))>;

// The tile's row that a thread's m-th row is.
fn row_in_tile(m: u32, thread: u32) -> u32 {
  let row_thread = thread % PLACES / COLUMN_THREADS;
  return row_thread * 4u + thread / PLACES * KEPT_ROWS + (m / KEPT_ROWS * ROW_THREADS * 4u + m % KEPT_ROWS);
}

// Which of four columns are columns, not padding.
fn inside(column4: u32) -> vec4<bool> {
  return 4u * column4 + vec4u(0u, 1u, 2u, 3u) < vec4u(shape.columns);
}

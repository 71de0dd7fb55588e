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
const MERGED = 4u * VECTORS; // sums of a thread that are merged at a time: of a block of rows

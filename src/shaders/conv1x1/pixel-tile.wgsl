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

// [TILE_K][TILE_M / 4] weights, then [TILE_K][TILE_P / 4] values; the slices' sums, and a row's, at the end.
var<workgroup> tile: array<vec4f, WEIGHTS + VALUES>;

// Adds the other slices' sums to the first slice's, always in the same order. [slice][MERGED][place]
const MERGED = 4u;
fn merge_slices(sum: ptr<function, array<vec4f, SUMS>>, thread: u32) {
  if (SLICES == 1u) { return; }
  let place = thread % PLACES;
  let slice = thread / PLACES;
  for (var round = 0u; round < SUMS / MERGED; round++) { // unroll
    workgroupBarrier();
    for (var e = 0u; e < MERGED; e++) { // unroll
      tile[(slice * MERGED + e) * PLACES + place] = (*sum)[round * MERGED + e];
    }
    workgroupBarrier();
    for (var s = 1u; s < SLICES; s++) {
      for (var e = 0u; e < MERGED; e++) { // unroll
        (*sum)[round * MERGED + e] += tile[(s * MERGED + e) * PLACES + place];
      }
    }
  }
}

// Which of four columns are columns, not padding.
fn inside(column4: u32) -> vec4<bool> {
  return 4u * column4 + vec4u(0u, 1u, 2u, 3u) < vec4u(shape.columns);
}

// How product.wgsl adds up a tile where each thread loads its own operands: without workgroup memory, and without a barrier.
// TILE_K, which divides the terms, says how many are added per trip of the loop.

var<workgroup> tile: array<vec4f, ROW_VECTORS * THREADS>; // for sums over columns

// Adds up the product's `terms`, for workgroup `group`'s tile.
fn multiply(sum: ptr<function, array<vec4f, SUMS>>, terms: u32, group: vec3u, thread: u32) {
  let row4 = group.x * (TILE_M / 4u) + thread / COLUMN_THREADS;
  let first4 = group.y * (TILE_P / 4u) + thread % COLUMN_THREADS;
  for (var k_step = 0u; k_step < terms / TILE_K; k_step++) {
    for (var k = 0u; k < TILE_K; k++) { // unroll
      let row = k_step * TILE_K + k;
      var w: array<vec4f, BLOCKS>;
      for (var i = 0u; i < BLOCKS; i++) { // unroll
        w[i] = weight[row * shape.weight4 + row4 + i * ROW_THREADS];
      }
      for (var j = 0u; j < VECTORS; j++) { // unroll
        let column4 = min(first4 + j * COLUMN_THREADS, shape.stride4 - 1u);
        let value = source4(row * shape.stride4 + column4, row, column4);
        for (var m = 0u; m < THREAD_M; m++) { // unroll
          (*sum)[m * VECTORS + j] = fma(vec4f(w[m / 4u][m % 4u]), value, (*sum)[m * VECTORS + j]);
        }
      }
    }
  }
}

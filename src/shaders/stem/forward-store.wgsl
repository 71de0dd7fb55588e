// How stem/forward stores its rows: through workgroup memory, a few outputs of each group at a time, so that neighbours in
// a subgroup write neighbouring columns. `stored` and `put_column` are those of what `out` holds.
fn store(sums: ptr<function, array<vec4f, 8>>, tile: vec3u, top: u32, left: u32, local: u32) {
  for (var n = 0u; n < 8u; n++) { // unroll
    (*sums)[n] = stored((*sums)[n]);
  }
  for (var round = 0u; round < 4u / AT_ONCE; round++) { // unroll
    workgroupBarrier();
    for (var o = 0u; o < AT_ONCE; o++) { // unroll
      for (var n = 0u; n < 2u; n++) { // unroll
        segments[2u * (o * THREADS + local) + n] = vec4f(
          (*sums)[4u * n][round * AT_ONCE + o],
          (*sums)[4u * n + 1u][round * AT_ONCE + o],
          (*sums)[4u * n + 2u][round * AT_ONCE + o],
          (*sums)[4u * n + 3u][round * AT_ONCE + o]);
      }
    }
    workgroupBarrier();
    for (var n = 0u; n < 8u; n++) {
      let i = n * THREADS + local;
      let row = top + i / (8u * PIECES) % ROWS;
      let along = i % (8u * PIECES);
      let column = left + along;
      let output = 4u * (tile.y * GROUPS + i / (8u * COLUMN_THREADS)) + round * AT_ONCE;
      let to = (tile.z * shape.out_height + row) * shape.out_width + column;
      let inside = row < shape.out_height && column < shape.out_width;
      for (var o = 0u; o < AT_ONCE; o++) { // unroll
        if (inside && output + o < shape.outputs) {
          put_column((output + o) * shape.out_stride, to, along, column, 8u * o * THREADS + i);
        }
      }
    }
  }
}

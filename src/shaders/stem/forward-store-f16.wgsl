// forward-store.wgsl for f16 values: the sums become what readers will read, and the first column of each word writes it.
fn store(sums: ptr<function, array<vec4f, 8>>, tile: vec3u, top: u32, left: u32, local: u32) {
  for (var n = 0u; n < 8u; n++) { // unroll
    (*sums)[n] = round_to_f16((*sums)[n]);
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
      let has_next = along + 1u < 8u * PIECES && column + 1u < shape.out_width;
      for (var o = 0u; o < AT_ONCE; o++) { // unroll
        if (inside && output + o < shape.outputs) {
          let at = (output + o) * shape.out_stride + to;
          let value = segments[o * (2u * THREADS) + i / 4u][i % 4u];
          if (to % 2u == 0u && has_next) {
            put_pair(at, vec2f(value, segments[o * (2u * THREADS) + (i + 1u) / 4u][(i + 1u) % 4u]));
          } else if (to % 2u == 0u || along == 0u) {
            put_one(at, value);
          }
        }
      }
    }
  }
}

// The end of stem/forward: rows leave through workgroup memory, a few outputs of each group at a time, so that
// neighbours in a subgroup write neighbouring columns; then the statistics of what was written, in two passes over the
// registers.
fn store(sums: ptr<function, array<vec4f, 8>>, tile: vec3u, top: u32, left: u32, local: u32) {
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
      let column = left + i % (8u * PIECES);
      let output = 4u * (tile.y * GROUPS + i / (8u * COLUMN_THREADS)) + round * AT_ONCE;
      let to = (tile.z * shape.out_height + row) * shape.out_width + column;
      let inside = row < shape.out_height && column < shape.out_width;
      for (var o = 0u; o < AT_ONCE; o++) { // unroll
        if (inside && output + o < shape.outputs) {
          out[(output + o) * shape.out_stride + to] = segments[o * (2u * THREADS) + i / 4u][i % 4u];
        }
      }
    }
  }
}

fn statistics(sums: ptr<function, array<vec4f, 8>>, tile: vec3u, tiles: vec3u, top: u32, left: u32, local: u32) {
  let group = local / COLUMN_THREADS;
  let row = top + local / PIECES % ROWS;
  let column = left + local % PIECES * 8u;
  let count = f32(min(ROWS, shape.out_height - top) * min(8u * PIECES, shape.out_width - left));
  var own = vec4f(0.0);
  for (var n = 0u; n < 8u; n++) { // unroll
    let inside = row < shape.out_height && column + n < shape.out_width;
    own += select(vec4f(0.0), (*sums)[n], inside);
  }
  workgroupBarrier();
  segments[local] = own;
  workgroupBarrier();
  if (local < GROUPS) { weights[local] = total(local) / count; }
  workgroupBarrier();
  let mean = weights[group];
  own = vec4f(0.0);
  for (var n = 0u; n < 8u; n++) { // unroll
    let inside = row < shape.out_height && column + n < shape.out_width;
    let deviation = select(vec4f(0.0), (*sums)[n] - mean, inside);
    own = fma(deviation, deviation, own);
  }
  segments[local] = own;
  workgroupBarrier();
  if (local < GROUPS) {
    let squares = total(local);
    for (var i = 0u; i < 4u; i++) { // unroll
      let output = 4u * (tile.y * GROUPS + local) + i;
      if (output < shape.outputs) {
        partials[(output * tiles.z + tile.z) * tiles.x + tile.x] = vec4f(count, weights[local][i], squares[i], 0.0);
      }
    }
  }
}

// The sum over one group's invocations.
fn total(group: u32) -> vec4f {
  var sum = vec4f(0.0);
  for (var i = 0u; i < COLUMN_THREADS; i++) {
    sum += segments[group * COLUMN_THREADS + i];
  }
  return sum;
}

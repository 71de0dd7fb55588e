// The end of stem/forward: rows leave through workgroup memory, a few outputs of each group at a time, so that
// neighbours in a subgroup write neighbouring columns; then the statistics of what was written, in two passes over the
// registers.
fn store(sums: ptr<function, array<vec4f, 16>>, tile: vec3u, top: u32, left: u32, local: u32) {
  for (var round = 0u; round < 8u / AT_ONCE; round++) { // unroll
    workgroupBarrier();
    for (var o = round * AT_ONCE; o < round * AT_ONCE + AT_ONCE; o++) { // unroll
      let at = 2u * (o % AT_ONCE * THREADS + local);
      for (var n = 0u; n < 2u; n++) { // unroll
        segments[at + n] = vec4f(
          (*sums)[8u * n + o / 4u][o % 4u],
          (*sums)[8u * n + 2u + o / 4u][o % 4u],
          (*sums)[8u * n + 4u + o / 4u][o % 4u],
          (*sums)[8u * n + 6u + o / 4u][o % 4u]);
      }
    }
    workgroupBarrier();
    for (var n = 0u; n < 8u; n++) {
      let i = n * THREADS + local;
      let row = top + i / (8u * PIECES) % ROWS;
      let column = left + i % (8u * PIECES);
      let output = 8u * (tile.y * GROUPS + i / (8u * COLUMN_THREADS)) + round * AT_ONCE;
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

fn statistics(sums: ptr<function, array<vec4f, 16>>, tile: vec3u, tiles: vec3u, top: u32, left: u32, local: u32) {
  let group = local / COLUMN_THREADS;
  let row = top + local / PIECES % ROWS;
  let column = left + local % PIECES * 8u;
  let count = f32(min(ROWS, shape.out_height - top) * min(8u * PIECES, shape.out_width - left));
  var lower = vec4f(0.0);
  var upper = vec4f(0.0);
  for (var n = 0u; n < 8u; n++) { // unroll
    let inside = row < shape.out_height && column + n < shape.out_width;
    lower += select(vec4f(0.0), (*sums)[2u * n], inside);
    upper += select(vec4f(0.0), (*sums)[2u * n + 1u], inside);
  }
  workgroupBarrier();
  segments[2u * local] = lower;
  segments[2u * local + 1u] = upper;
  workgroupBarrier();
  if (local < 2u * GROUPS) { weights[local] = total(local) / count; }
  workgroupBarrier();
  let lower_mean = weights[2u * group];
  let upper_mean = weights[2u * group + 1u];
  lower = vec4f(0.0);
  upper = vec4f(0.0);
  for (var n = 0u; n < 8u; n++) { // unroll
    let inside = row < shape.out_height && column + n < shape.out_width;
    let low = select(vec4f(0.0), (*sums)[2u * n] - lower_mean, inside);
    let high = select(vec4f(0.0), (*sums)[2u * n + 1u] - upper_mean, inside);
    lower = fma(low, low, lower);
    upper = fma(high, high, upper);
  }
  segments[2u * local] = lower;
  segments[2u * local + 1u] = upper;
  workgroupBarrier();
  if (local < 2u * GROUPS) {
    let squares = total(local);
    let mean = weights[local];
    for (var i = 0u; i < 4u; i++) { // unroll
      let output = 4u * (tile.y * (2u * GROUPS) + local) + i;
      if (output < shape.outputs) {
        partials[(output * tiles.z + tile.z) * tiles.x + tile.x] = vec4f(count, mean[i], squares[i], 0.0);
      }
    }
  }
}

// The sum over one group's invocations of one half of its outputs.
fn total(half: u32) -> vec4f {
  var sum = vec4f(0.0);
  for (var i = 0u; i < COLUMN_THREADS; i++) {
    sum += segments[2u * (half / 2u * COLUMN_THREADS + i) + half % 2u];
  }
  return sum;
}

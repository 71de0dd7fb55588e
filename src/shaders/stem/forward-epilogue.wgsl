// The end of stem/forward: the statistics of what was written, in two passes over the registers.
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

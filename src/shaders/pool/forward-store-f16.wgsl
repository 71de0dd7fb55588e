// forward-store.wgsl for f16 values: the values become what readers will read, and the first column of each word writes it,
// with what its neighbour has, where that is an invocation of this workgroup.
var<workgroup> neighbours: array<f32, 64u * ROWS>;

fn store(values: ptr<function, array<f32, ROWS>>, to: u32, column: u32, width: u32, count: u32, local: u32) {
  for (var r = 0u; r < ROWS; r++) { // unroll
    (*values)[r] = round_to_f16(vec4f((*values)[r])).x;
    neighbours[r * 64u + local] = (*values)[r];
  }
  workgroupBarrier();
  let has_next = local < 63u && column + 1u < width;
  let has_last = local > 0u && column > 0u;
  for (var r = 0u; r < ROWS; r++) { // unroll
    let at = to + r * width;
    if (r < count) {
      if (at % 2u == 0u && has_next) {
        put_pair(at, vec2f((*values)[r], neighbours[r * 64u + min(local + 1u, 63u)]));
      } else if (at % 2u == 0u || !has_last) {
        put_one(at, (*values)[r]);
      }
    }
  }
}

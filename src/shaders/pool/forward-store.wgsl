// One column's outputs of pool/forward, `count` rows of it from `to` on.
fn store(values: ptr<function, array<f32, ROWS>>, to: u32, column: u32, width: u32, count: u32, local: u32) {
  for (var r = 0u; r < ROWS; r++) { // unroll
    if (r < count) { out[to + r * width] = (*values)[r]; }
  }
}

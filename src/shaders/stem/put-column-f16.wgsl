// put-column.wgsl for f16 values: the values become what readers will read, and the first column of each word writes it,
// where the workgroup has both.
fn stored(values: vec4f) -> vec4f { return round_to_f16(values); }

fn put_column(first: u32, to: u32, along: u32, column: u32, at: u32) {
  let value = segments[at / 4u][at % 4u];
  let has_next = along + 1u < 8u * PIECES && column + 1u < shape.out_width;
  if (to % 2u == 0u && has_next) {
    put_pair(first + to, vec2f(value, segments[(at + 1u) / 4u][(at + 1u) % 4u]));
  } else if (to % 2u == 0u || along == 0u) {
    put_one(first + to, value);
  }
}

// Stores four columns of a row of `out`, and returns what readers will read; of the last, partial four only those that
// are columns: padding stays as it is. Whole vectors, which belong to this invocation alone.
fn store(row: u32, column4: u32, value: vec4f) -> vec4f {
  let at = row * shape.stride4 + column4;
  let columns = inside(column4);
  if (columns.w) {
    out[at] = value;
  } else if (columns.x) {
    out[at] = select(out[at], value, columns);
  }
  return value;
}

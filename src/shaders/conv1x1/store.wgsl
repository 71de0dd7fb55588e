// Stores four columns of a row of `out`; of the last, partial four only those that are columns: padding stays as it is.
fn store(row: u32, column4: u32, value: vec4f) {
  let at = row * shape.stride4 + column4;
  if (column4 * 4u + 4u <= shape.columns) {
    out[at] = value;
  } else {
    if (column4 * 4u < shape.columns) { out[at].x = value.x; }
    if (column4 * 4u + 1u < shape.columns) { out[at].y = value.y; }
    if (column4 * 4u + 2u < shape.columns) { out[at].z = value.z; }
  }
}

// A thread's piece of conv3x3/forward, `columns` columns of its channels.
fn store(sums: ptr<function, array<vec4f, SUMS>>, first_channel: u32, place: Place, columns: u32, thread: u32) {
  let p = place.row * shape.width + place.column;
  for (var b = 0u; b < BLOCKS; b++) { // unroll
    for (var i = 0u; i < 4u; i++) { // unroll
      var row: array<f32, COLUMNS>;
      for (var j = 0u; j < COLUMNS; j++) { // unroll
        row[j] = (*sums)[b * COLUMNS + j][i];
      }
      put_row(row, first_channel + b * 4u + i, p, columns);
    }
  }
}

fn put_row(row: array<f32, COLUMNS>, m: u32, p: u32, columns: u32) {
  if (m >= shape.outputs || columns == 0u) { return; }
  for (var j = 0u; j < COLUMNS; j++) { // unroll
    if (!RAGGED || j < columns) { out[m * shape.stride + p + j] = row[j]; }
  }
}

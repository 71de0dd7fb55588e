// A thread's piece of conv3x3/forward, `columns` columns of its channels.
fn store(sums: ptr<function, array<vec4f, SUMS>>, first_channel: u32, place: Place, columns: u32, thread: u32) {
  let p = place.row * shape.width + place.column;
  for (var b = 0u; b < BLOCKS; b++) { // unroll
    for (var i = 0u; i < 4u; i++) { // unroll
      let m = first_channel + b * 4u + i;
      if (m < shape.outputs && columns > 0u) {
        for (var j = 0u; j < COLUMNS; j++) { // unroll
          if (!RAGGED || j < columns) { out[m * shape.stride + p + j] = (*sums)[b * COLUMNS + j][i]; }
        }
      }
    }
  }
}

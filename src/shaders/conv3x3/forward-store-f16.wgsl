// forward-store.wgsl for f16 values: the sums become what readers will read. A row of 7 columns may start inside a word, and so
// may every second piece: a piece writes the words that begin in it. What a word ends with is the first column of the
// piece that follows, in this row or the next, and comes through workgroup memory; where that piece is another
// workgroup's, or there is none, each writes its own 16 bits.
fn store(sums: ptr<function, array<vec4f, SUMS>>, first_channel: u32, place: Place, columns: u32, thread: u32) {
  let group = thread / PLACES % GROUPS;
  let own = thread % PLACES;
  workgroupBarrier();
  for (var b = 0u; b < BLOCKS; b++) { // unroll
    for (var j = 0u; j < COLUMNS; j++) { // unroll
      (*sums)[b * COLUMNS + j] = round_to_f16((*sums)[b * COLUMNS + j]);
    }
    if (thread < PLACES * GROUPS) { tile[(group * BLOCKS + b) * PLACES + own] = (*sums)[b * COLUMNS]; }
  }
  workgroupBarrier();
  let p = place.row * shape.width + place.column;
  let ends_row = place.column + columns == shape.width;
  // A workgroup with the whole width has the next row's start too.
  let next = select(own + 1u, (own / PIECES + 1u) * PIECES, ends_row);
  let has_next = select(own % PIECES + 1u < PIECES, shape.strips == 1u, ends_row) && next < PLACES &&
    p + columns < shape.rows * shape.width;
  let has_last = own % PIECES > 0u || (shape.strips == 1u && own > 0u);
  let odd = p % 2u;
  for (var b = 0u; b < BLOCKS; b++) { // unroll
    let after = tile[(group * BLOCKS + b) * PLACES + next % PLACES];
    for (var i = 0u; i < 4u; i++) { // unroll
      let m = first_channel + b * 4u + i;
      let at = m * shape.stride + p;
      if (m < shape.outputs && columns > 0u) {
        if (odd == 1u && !has_last) { put_one(at, (*sums)[b * COLUMNS][i]); }
        for (var w = 0u; w < (COLUMNS + 1u) / 2u; w++) { // unroll
          let j = 2u * w + odd;
          let first = select((*sums)[b * COLUMNS + 2u * w][i], (*sums)[b * COLUMNS + min(2u * w + 1u, COLUMNS - 1u)][i], odd == 1u);
          let second = select(
            (*sums)[b * COLUMNS + min(2u * w + 1u, COLUMNS - 1u)][i],
            (*sums)[b * COLUMNS + min(2u * w + 2u, COLUMNS - 1u)][i],
            odd == 1u);
          if (j + 1u < columns) {
            put_pair(at + j, vec2f(first, second));
          } else if (j < columns && has_next) {
            put_pair(at + j, vec2f(first, after[i]));
          } else if (j < columns) {
            put_one(at + j, first);
          }
        }
      }
    }
  }
}

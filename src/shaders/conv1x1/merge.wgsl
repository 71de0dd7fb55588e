// Adds up the slices' sums, MERGED of a thread at a time and always in the same order: each slice keeps its share, at the
// beginning of `sum`. Needs SLICES, PLACES, SUMS, MERGED and `tile`, [slice][MERGED][place] here, which no thread still reads.
const KEPT = MERGED / SLICES;

fn merge_slices(sum: ptr<function, array<vec4f, SUMS>>, thread: u32) {
  let place = thread % PLACES;
  let slice = thread / PLACES;
  for (var round = 0u; round < SUMS / MERGED; round++) { // unroll
    if (round > 0u) { workgroupBarrier(); }
    for (var e = 0u; e < MERGED; e++) { // unroll
      tile[slice * (MERGED * PLACES) + place + e * PLACES] = (*sum)[round * MERGED + e];
    }
    workgroupBarrier();
    for (var e = 0u; e < KEPT; e++) { // unroll
      let first = slice * (KEPT * PLACES) + place;
      var merged = tile[first + e * PLACES];
      for (var s = 1u; s < SLICES; s++) { // unroll
        merged += tile[first + (s * MERGED + e) * PLACES];
      }
      (*sum)[round * KEPT + e] = merged;
    }
  }
}

// Sums across a workgroup's threads, through the workgroup memory of `direct.wgsl`, always in the same order.

// Adds the other slices' sums to the first slice's.
fn merge_slices(sums: ptr<function, array<vec4f, SUMS>>, thread: u32) {
  let slice = thread / (PLACES * GROUPS);
  let slot = thread % (PLACES * GROUPS) * COLUMNS;
  for (var s = 1u; s < SLICES; s++) {
    for (var b = 0u; b < BLOCKS; b++) { // unroll
      workgroupBarrier();
      if (slice == s) {
        for (var j = 0u; j < COLUMNS; j++) { // unroll
          tile[slot + j] = (*sums)[b * COLUMNS + j];
        }
      }
      workgroupBarrier();
      if (slice == 0u) {
        for (var j = 0u; j < COLUMNS; j++) { // unroll
          (*sums)[b * COLUMNS + j] += tile[slot + j];
        }
      }
    }
  }
}

// Sums of one value a channel over the places of the first slice; every thread gets those of its group.
fn sum_places(values: array<vec4f, BLOCKS>, thread: u32) -> array<vec4f, BLOCKS> {
  let group = thread / PLACES % GROUPS;
  workgroupBarrier();
  if (thread < PLACES * GROUPS) {
    for (var b = 0u; b < BLOCKS; b++) { // unroll
      tile[(group * BLOCKS + b) * PLACES + thread % PLACES] = values[b];
    }
  }
  workgroupBarrier();
  var total: array<vec4f, BLOCKS>;
  for (var i = 0u; i < PLACES; i++) {
    for (var b = 0u; b < BLOCKS; b++) { // unroll
      total[b] += tile[(group * BLOCKS + b) * PLACES + i];
    }
  }
  return total;
}

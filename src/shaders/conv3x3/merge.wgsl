// Sums across a workgroup's threads, through the workgroup memory of `direct.wgsl`, always in the same order.

// Adds the other slices' sums to the first slice's, whose threads alone go on with them.
fn merge_slices(sums: ptr<function, array<vec4f, SUMS>>, thread: u32) {
  for (var b = 0u; b < BLOCKS; b++) { // unroll
    workgroupBarrier();
    for (var j = 0u; j < COLUMNS; j++) { // unroll
      tile[thread * COLUMNS + j] = (*sums)[b * COLUMNS + j];
    }
    workgroupBarrier();
    if (thread < PLACES * GROUPS) {
      for (var s = 1u; s < SLICES; s++) {
        let slot = (thread + s * (PLACES * GROUPS)) * COLUMNS;
        for (var j = 0u; j < COLUMNS; j++) { // unroll
          (*sums)[b * COLUMNS + j] += tile[slot + j];
        }
      }
    }
  }
}

// Sums of one value per channel over the places of the first slice; every thread gets those of its group.
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

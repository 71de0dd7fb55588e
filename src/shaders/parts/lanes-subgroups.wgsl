// As lanes.wgsl and with its very sums, so the same bits: where halves are smaller than any subgroup, the lanes hand
// their values to each other without workgroup memory or a barrier. It counts on SUBGROUP neighbours, counted from a
// multiple of it, being neighbours of one subgroup: `runtime/subgroups.ts` has asked the device.
const SUBGROUP: u32 = 4u; // the device's smallest
const SHUFFLED = min(LANES, SUBGROUP);

var<workgroup> lane_values: array<Lane, WORKGROUP>;

fn over_lanes(value: Lane, lane: u32) -> Lane {
  var own = value;
  if (LANES > SHUFFLED) { lane_values[lane] = own; }
  for (var level = 1u; level < 9u; level++) { // unroll
    let half = LANES >> level;
    if (half >= SHUFFLED) {
      workgroupBarrier();
      if (lane % LANES < half) {
        own = join(own, lane_values[lane + half]);
        lane_values[lane] = own;
      }
    }
  }
  for (var level = 1u; level < 9u; level++) { // unroll
    let half = SHUFFLED >> level;
    if (half > 0u) { own = join(own, subgroupShuffleXor(own, half)); }
  }
  return own;
}

// One value from LANES neighbouring invocations of a workgroup, by halving: `join` of a lane and the lane half
// as many further. The first of the LANES has it; call it from uniform control flow. The kernel states WORKGROUP, LANES
// (a power of two up to 256), `alias Lane`, and `fn join(a: Lane, b: Lane) -> Lane`.
var<workgroup> lane_values: array<Lane, WORKGROUP>;

fn over_lanes(value: Lane, lane: u32) -> Lane {
  var own = value;
  lane_values[lane] = own;
  for (var level = 1u; level < 9u; level++) { // unroll
    let half = LANES >> level;
    if (half > 0u) {
      workgroupBarrier();
      if (lane % LANES < half) {
        own = join(own, lane_values[lane + half]);
        lane_values[lane] = own;
      }
    }
  }
  return own;
}

// One value from LANES neighbouring invocations of a workgroup, by halves upon halves: `join` of a lane and the lane half
// as many further. The first of the LANES has it; call it from uniform control flow. The kernel states WORKGROUP, LANES
// (a power of two), `alias Lane`, and `fn join(a: Lane, b: Lane) -> Lane`.
var<workgroup> lane_values: array<Lane, WORKGROUP>;

fn over_lanes(value: Lane, lane: u32) -> Lane {
  lane_values[lane] = value;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane % LANES < half) { lane_values[lane] = join(lane_values[lane], lane_values[lane + half]); }
  }
  return lane_values[lane];
}

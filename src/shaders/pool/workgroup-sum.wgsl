// The sum of one value an invocation over a workgroup of 64, in a fixed pairwise order; every invocation gets it.
// Call it from uniform control flow.
var<workgroup> addends: array<vec2f, 64>;

fn workgroup_sum(value: vec2f, local: u32) -> vec2f {
  addends[local] = value;
  for (var step = 0u; step < 6u; step++) { // unroll
    workgroupBarrier();
    if (local < (32u >> step)) { addends[local] += addends[local % 32u + (32u >> step)]; }
  }
  workgroupBarrier();
  let sum = addends[0];
  workgroupBarrier();
  return sum;
}

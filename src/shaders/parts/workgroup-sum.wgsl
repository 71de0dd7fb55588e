// The sum of one value per invocation over a workgroup of 64, in a fixed order: eight sums of eight, and their sum, for
// two barriers where a tree has six (software WebGPU pays much for each). Every invocation gets it; call it from uniform
// control flow.
var<workgroup> addends: array<vec2f, 64>;

fn workgroup_sum(value: vec2f, local: u32) -> vec2f {
  addends[local] = value;
  workgroupBarrier();
  if (local < 8u) {
    var sum = addends[local % 8u];
    for (var i = 1u; i < 8u; i++) { // unroll
      sum += addends[local % 8u + 8u * i];
    }
    addends[local] = sum;
  }
  workgroupBarrier();
  var sum = addends[0];
  for (var i = 1u; i < 8u; i++) { // unroll
    sum += addends[i];
  }
  workgroupBarrier();
  return sum;
}

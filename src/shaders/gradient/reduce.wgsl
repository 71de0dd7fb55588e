// gradient = accumulated(old, sum over splits of partials), for up to six weights in one dispatch, each in whole
// workgroups. One invocation per element; four splits in flight at a time, always added in the same order.
const WORKGROUP: u32 = 256u;

struct Shape {
  count0: u32, splits0: u32, offset0: u32, count1: u32, splits1: u32, offset1: u32,
  count2: u32, splits2: u32, offset2: u32, count3: u32, splits3: u32, offset3: u32,
  count4: u32, splits4: u32, offset4: u32, count5: u32, splits5: u32, offset5: u32,
}

@group(0) @binding(0) var<storage, read> partials0: array<f32>;          // [splits0][count0]
@group(0) @binding(1) var<storage, read> partials1: array<f32>;
@group(0) @binding(2) var<storage, read> partials2: array<f32>;
@group(0) @binding(3) var<storage, read> partials3: array<f32>;
@group(0) @binding(4) var<storage, read> partials4: array<f32>;
@group(0) @binding(5) var<storage, read> partials5: array<f32>;
@group(0) @binding(6) var<storage, read_write> gradients: array<f32>;    // the arena; weight k's from offset k
@group(0) @binding(7) var<uniform> step: Step;
@group(0) @binding(8) var<uniform> shape: Shape;

struct Weight { count: u32, splitK: u32, offset: u32 }

fn weight_of(which: u32) -> Weight {
  switch which {
    case 0u: { return Weight(shape.count0, shape.splits0, shape.offset0); }
    case 1u: { return Weight(shape.count1, shape.splits1, shape.offset1); }
    case 2u: { return Weight(shape.count2, shape.splits2, shape.offset2); }
    case 3u: { return Weight(shape.count3, shape.splits3, shape.offset3); }
    case 4u: { return Weight(shape.count4, shape.splits4, shape.offset4); }
    default: { return Weight(shape.count5, shape.splits5, shape.offset5); }
  }
}

fn partial_of(which: u32, at: u32) -> f32 {
  switch which {
    case 0u: { return partials0[at]; }
    case 1u: { return partials1[at]; }
    case 2u: { return partials2[at]; }
    case 3u: { return partials3[at]; }
    case 4u: { return partials4[at]; }
    default: { return partials5[at]; }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  // The workgroup's weight, and the first workgroup of that weight.
  var which = 0u;
  var first = 0u;
  for (var k = 0u; k < 5u; k++) { // unroll
    let groups = (weight_of(k).count + WORKGROUP - 1u) / WORKGROUP;
    if (which == k && workgroup.x >= first + groups) {
      first += groups;
      which = k + 1u;
    }
  }
  let weight = weight_of(which);
  let i = (workgroup.x - first) * WORKGROUP + local;
  if (i >= weight.count) { return; }
  var sum = vec4f(0.0);
  for (var four = 0u; four < (weight.splitK + 3u) / 4u; four++) {
    for (var e = 0u; e < 4u; e++) { // unroll
      let split = min(4u * four + e, weight.splitK - 1u);
      sum[e] += select(0.0, partial_of(which, split * weight.count + i), 4u * four + e < weight.splitK);
    }
  }
  let to = weight.offset + i;
  gradients[to] = accumulated(gradients[to], (sum.x + sum.y) + (sum.z + sum.w), step.accumulate);
}

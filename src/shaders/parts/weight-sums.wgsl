// The sums of one or two weights' partial gradients, in the gradients' arena: gradient = accumulated(old, sum over splits of
// partials). Each weight has whole workgroups, each element one invocation; four splits in flight at a time, always added in
// the same order. The kernel states WORKGROUP and binds what is used here; its Shape has WEIGHT_FIELDS of weight-sums.ts.

// @param workgroup counted from the first weight's first
fn sum_weights(workgroup: u32, local: u32) {
  let groups0 = (shape.count0 + WORKGROUP - 1u) / WORKGROUP;
  let is_first = workgroup < groups0;
  let count = select(shape.count1, shape.count0, is_first);
  let splits = select(shape.splits1, shape.splits0, is_first);
  let i = (workgroup - select(groups0, 0u, is_first)) * WORKGROUP + local;
  if (i >= count) { return; }
  var sum = vec4f(0.0);
  for (var four = 0u; four < (splits + 3u) / 4u; four++) {
    for (var e = 0u; e < 4u; e++) { // unroll
      let at = min(4u * four + e, splits - 1u) * count + i;
      var partial: f32;
      if (is_first) { partial = partials0[at]; } else { partial = partials1[at]; }
      sum[e] += select(0.0, partial, 4u * four + e < splits);
    }
  }
  let to = select(shape.offset1, shape.offset0, is_first) + i;
  gradients[to] = accumulated(gradients[to], (sum.x + sum.y) + (sum.z + sum.w), step.accumulate);
}

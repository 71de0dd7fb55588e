// gradient = accumulated(old, sum over splits of partials), for up to two weights in one dispatch: the first's elements,
// then the second's. One invocation an element; four splits in flight at a time, always added in the same order.
const WORKGROUP: u32 = 256u;

struct Shape { first_count: u32, first_splits: u32, second_count: u32, second_splits: u32 }

@group(0) @binding(0) var<storage, read> firstPartials: array<f32>;    // [first_splits][first_count]
@group(0) @binding(1) var<storage, read_write> first: array<f32>;      // [first_count]
@group(0) @binding(2) var<storage, read> secondPartials: array<f32>;   // [second_splits][second_count]
@group(0) @binding(3) var<storage, read_write> second: array<f32>;     // [second_count]
@group(0) @binding(4) var<uniform> step: Step;
@group(0) @binding(5) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < shape.first_count) {
    let i = id.x;
    var sum = vec4f(0.0);
    for (var four = 0u; four < (shape.first_splits + 3u) / 4u; four++) {
      for (var e = 0u; e < 4u; e++) { // unroll
        let split = min(4u * four + e, shape.first_splits - 1u);
        sum[e] += select(0.0, firstPartials[split * shape.first_count + i], 4u * four + e < shape.first_splits);
      }
    }
    first[i] = accumulated(first[i], (sum.x + sum.y) + (sum.z + sum.w), step.accumulate);
  } else if (id.x - shape.first_count < shape.second_count) {
    let i = id.x - shape.first_count;
    var sum = vec4f(0.0);
    for (var four = 0u; four < (shape.second_splits + 3u) / 4u; four++) {
      for (var e = 0u; e < 4u; e++) { // unroll
        let split = min(4u * four + e, shape.second_splits - 1u);
        sum[e] += select(0.0, secondPartials[split * shape.second_count + i], 4u * four + e < shape.second_splits);
      }
    }
    second[i] = accumulated(second[i], (sum.x + sum.y) + (sum.z + sum.w), step.accumulate);
  }
}

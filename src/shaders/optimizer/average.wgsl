// An exponential moving average of numbers that a step has changed, as torch.lerp moves it: by `weight` (1 - decay) of the
// way to them, from the nearer end, so that equal numbers stay as they are and a weight of 1 gives the numbers themselves.
// One invocation per vector of four. Behind something that is not finite nothing moves.
const WORKGROUP: u32 = 256u;

struct Shape { vectors: u32 }

struct Average {
  weight: f32,    // 1 - decay
  rest: f32,      // decay
}

@group(0) @binding(0) var<storage, read_write> average: array<vec4f>;
@group(0) @binding(1) var<storage, read> values: array<vec4f>;
@group(0) @binding(2) var<storage, read> settled: array<vec4u>;
@group(0) @binding(3) var<uniform> decay: Average;
@group(0) @binding(4) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) all: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * all.x + group.x) * WORKGROUP + lane;
  if (i >= shape.vectors || !is_settled()) { return; }
  let a = average[i];
  let x = values[i];
  let from_average = fma(vec4f(decay.weight), x - a, a);
  let from_values = fma(vec4f(-decay.rest), x - a, x);
  average[i] = select(from_values, from_average, decay.weight < 0.5);
}

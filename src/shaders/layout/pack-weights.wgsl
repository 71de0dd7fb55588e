// Every convolution weight of a network into the copy that its kernel reads, in one dispatch: reduced index outermost,
// then the tap, then the column, zeros in the padding.
//   packed[dst + (a * taps + t) * columns_padded + b] = parameters[src + a * stride_a + b * stride_b + t'] * scale[b]
// t' = t, or taps - 1 - t where the kernel is rotated (backward-data). scale folds a norm into the weights (inference).
// Three vec4u a tensor say all this; `groups` says which tensor a workgroup serves: 1024 elements of it.
const WORKGROUP: u32 = 256u;
const ITEMS = 4u;
const HAS_SCALE = false;
const UNSCALED = 0xffffffffu;

struct Shape { workgroups: u32 }

@group(0) @binding(0) var<storage, read> table: array<vec4u>;        // [tensors][3], as packTable in pack-table.ts
@group(0) @binding(1) var<storage, read> groups: array<u32>;         // [workgroups] tensor
@group(0) @binding(2) var<storage, read> parameters: array<f32>;
@group(0) @binding(3) var<storage, read> affine: array<vec4f>;       // scale in x
@group(0) @binding(4) var<storage, read_write> packed: array<f32>;
@group(0) @binding(5) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) id: vec3u,
  @builtin(num_workgroups) all: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = id.y * all.x + id.x;
  if (group >= shape.workgroups) { return; }
  let tensor = groups[group];
  let ends = table[3u * tensor];         // dst, src, rows, columns
  let padded = table[3u * tensor + 1u];  // rows padded, columns padded, taps, stride_a
  let rest = table[3u * tensor + 2u];    // stride_b, flip, scale offset, first workgroup
  let elements = padded.x * padded.z * padded.y;
  let start = (group - rest.w) * (WORKGROUP * ITEMS) + lane;
  for (var i = 0u; i < ITEMS; i++) { // unroll
    let element = start + i * WORKGROUP;
    if (element < elements) {
      let b = element % padded.y;
      let row = element / padded.y;
      let a = row / padded.z;
      let t = row % padded.z;
      var value = 0.0;
      if (a < ends.z && b < ends.w) {
        let tap = select(t, padded.z - 1u - t, rest.y != 0u);
        value = parameters[ends.y + a * padded.w + b * rest.x + tap];
        if (HAS_SCALE && rest.z != UNSCALED) { value *= affine[rest.z + b].x; }
      }
      packed[ends.x + element] = value;
    }
  }
}

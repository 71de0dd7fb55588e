// Every convolution weight of a network into the copy that its kernel reads, in one dispatch: reduced index outermost,
// then the tap, then the column, zeros in the padding.
//   packed[dst + (a * taps + t) * columns_padded + b] = parameters[src + a * stride_a + b * stride_b + t'] * scale[b]
// t' = t, or taps - 1 - t where the kernel is rotated (backward-data). scale folds a norm into the weights (inference).
// Three vec4u per tensor say all this; `groups` says which tensor a workgroup serves: 1024 elements of it, an invocation
// four neighbouring columns, of which the padded ones are a multiple.
const WORKGROUP: u32 = 256u;
const HAS_SCALE = false;
const UNSCALED = 0xffffffffu;

struct Shape { workgroups: u32 }

@group(0) @binding(0) var<storage, read> table: array<vec4u>;        // [tensors][3], as packTable in pack-table.ts
@group(0) @binding(1) var<storage, read> groups: array<u32>;         // [workgroups] tensor
@group(0) @binding(2) var<storage, read> parameters: array<f32>;
@group(0) @binding(3) var<storage, read> affine: array<vec4f>;       // scale in x
@group(0) @binding(4) var<storage, read_write> packed: array<vec4f>;
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
  for (var trip = 0u; trip < 256u / WORKGROUP; trip++) {
    let element = 4u * ((group - rest.w) * 256u + trip * WORKGROUP + lane);
    let row = element / padded.y;
    if (row < padded.x * padded.z) {
      let first = element % padded.y;
      let a = row / padded.z;
      let t = row % padded.z;
      let tap = select(t, padded.z - 1u - t, rest.y != 0u);
      let source = ends.y + a * padded.w + tap;
      var value = vec4f(0.0);
      for (var i = 0u; i < 4u; i++) { // unroll
        let b = first + i;
        if (a < ends.z && b < ends.w) {
          value[i] = parameters[source + b * rest.x];
          if (HAS_SCALE && rest.z != UNSCALED) { value[i] *= affine[rest.z + b].x; }
        }
      }
      packed[(ends.x + element) / 4u] = value;
    }
  }
}

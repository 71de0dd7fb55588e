// Memory to memory, VECTORS loads of 16 bytes under way in each invocation, neighbours side by side.
const WORKGROUP: u32 = 256u;
const VECTORS: u32 = 4u;

struct Shape { row: u32 }   // workgroups in a row of the grid

@group(0) @binding(0) var<storage, read> original: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> copied: array<vec4u>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * shape.row + group.x) * WORKGROUP * VECTORS + lane;
  var moved: array<vec4u, VECTORS>;
  for (var v = 0u; v < VECTORS; v++) { // unroll
    moved[v] = original[first + v * WORKGROUP];
  }
  for (var v = 0u; v < VECTORS; v++) { // unroll
    copied[first + v * WORKGROUP] = moved[v];
  }
}

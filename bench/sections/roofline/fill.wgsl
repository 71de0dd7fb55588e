// Fills memory with the pattern that a copy is known by.                                       uses pattern.wgsl: pattern
const WORKGROUP: u32 = 256u;

struct Shape { vectors: u32 }

@group(0) @binding(0) var<storage, read_write> original: array<vec4u>;
@group(0) @binding(1) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) all: vec3u) {
  for (var i = id.x; i < shape.vectors; i += all.x * WORKGROUP) {
    original[i] = pattern(i);
  }
}

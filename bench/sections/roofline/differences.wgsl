// Counts the vectors that do not hold the pattern, an invocation its own.                      uses pattern.wgsl: pattern
const WORKGROUP: u32 = 256u;

struct Shape { vectors: u32 }

@group(0) @binding(0) var<storage, read> copied: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> wrong: array<u32>;   // [workgroups * WORKGROUP]
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) all: vec3u) {
  var count = 0u;
  for (var i = id.x; i < shape.vectors; i += all.x * WORKGROUP) {
    count += select(0u, 1u, any(copied[i] != pattern(i)));
  }
  wrong[id.x] = count;
}

// A step computes its running statistics in `staged`; at its end they replace `running`, unless a non-finite value was met,
// and then they are discarded. LOADS: `staged` starts from `running`. One invocation per vec4.
const WORKGROUP: u32 = 256u;
const LOADS = false;

struct Shape { vectors: u32 }

@group(0) @binding(0) var<storage, read_write> running: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> staged: array<vec4f>;
@group(0) @binding(2) var<storage, read> settled: array<vec4u>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= shape.vectors) { return; }
  if (!LOADS && is_settled()) {
    running[id.x] = staged[id.x];
  } else {
    staged[id.x] = running[id.x];
  }
}

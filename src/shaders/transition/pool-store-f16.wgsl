// pool-store.wgsl for f16 values: of two neighbours the first writes both.
var<workgroup> neighbours: array<f32, WORKGROUP>;

fn store(id: vec3u, pooled: u32, value: f32) {
  let half = round_to_f16(vec4f(value)).x;
  let local = id.x % WORKGROUP;
  neighbours[local] = half;
  workgroupBarrier();
  let at = id.y * shape.out_stride + id.x;
  if (id.x % 2u == 0u && id.x + 1u < pooled) {
    put_pair(at, vec2f(half, neighbours[(local + 1u) % WORKGROUP]));
  } else if (id.x % 2u == 0u && id.x < pooled) {
    put_one(at, half);
  }
}

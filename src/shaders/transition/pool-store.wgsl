fn store(id: vec3u, pooled: u32, value: f32) {
  if (id.x < pooled) { out[id.y * shape.out_stride + id.x] = value; }
}

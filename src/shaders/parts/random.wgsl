// Counter-based random numbers: the same (seed, stream, index) gives the same number on every GPU, so that a dropout
// mask is never stored. The hash is that of runtime/random.ts: x of pcg3d (Jarzynski and Olano, JCGT 9(3), 2020).
fn random_at(seed: u32, stream: u32, index: u32) -> u32 {
  var v = vec3u(seed, stream, index) * 1664525u + vec3u(1013904223u);
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v ^= v >> vec3u(16u);
  return v.x + v.y * v.z;
}

// Dropout of one value: 0 with probability p, else 1 / (1 - p). The threshold is p * 2^24, the factor 1 / (1 - p).
fn keep(seed: u32, stream: u32, index: u32, threshold: u32, factor: f32) -> f32 {
  return select(0.0, factor, (random_at(seed, stream, index) >> 8u) >= threshold);
}

// Of four neighbours, the first at `index`.
fn keep4(seed: u32, stream: u32, index: u32, threshold: u32, factor: f32) -> vec4f {
  var kept: vec4f;
  for (var i = 0u; i < 4u; i++) { // unroll
    kept[i] = keep(seed, stream, index + i, threshold, factor);
  }
  return kept;
}

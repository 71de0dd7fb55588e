// Counter-based random numbers: the same (seed, stream, index) gives the same number on every GPU, so that a dropout
// mask is never stored. PCG's output permutation over a mixed counter (O'Neill 2014; Jarzynski and Olano, JCGT 2020).
fn pcg(value: u32) -> u32 {
  let state = value * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

fn random_at(seed: u32, stream: u32, index: u32) -> u32 {
  return pcg(index ^ pcg(stream ^ pcg(seed)));
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

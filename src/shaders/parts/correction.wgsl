// The deferred correction of batch norm's backward (one correction per channel, applied by whoever consumes the
// gradient): dx = G - a - (x - mean) * b, with correction: x a, y b, z mean of one channel.
fn corrected(gradient: f32, x: f32, correction: vec4f) -> f32 {
  return fma(-(x - correction.z), correction.y, gradient - correction.x);
}

fn corrected4(gradient: vec4f, x: vec4f, correction: vec4f) -> vec4f {
  return fma(-(x - vec4f(correction.z)), vec4f(correction.y), gradient - vec4f(correction.x));
}

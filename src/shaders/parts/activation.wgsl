// Batch norm and ReLU as a prologue. affine: x scale, y shift, z mean, w invStd of one channel.
fn activate(value: f32, affine: vec4f) -> f32 {
  return relu(fma(value, affine.x, affine.y));
}

fn activate4(value: vec4f, affine: vec4f) -> vec4f {
  return relu4(fma(value, vec4f(affine.x), vec4f(affine.y)));
}

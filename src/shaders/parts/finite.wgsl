// What kind of number an f32 is, asked of its bits: a compiler may assume that no f32 is NaN or infinite, and then
// `x != x` and comparisons say nothing.
fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u;
}

// x, or NaN where `lost`.
fn nan_where(x: f32, lost: bool) -> f32 {
  return bitcast<f32>(select(bitcast<u32>(x), 0x7fc00000u, lost));
}

// Which of four is the first that is not finite; 4 where all are.
fn first_not_finite(x: vec4f) -> u32 {
  let finite = (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) < vec4u(0x7f800000u);
  return select(0u, select(1u, select(2u, select(3u, 4u, finite.w), finite.z), finite.y), finite.x);
}

// ReLU as PyTorch's: NaN of either sign and plus infinity go through. Negative numbers, minus zero and minus infinity are
// exactly the bit patterns 0x80000000 to 0xff800000. Asked of the bits, because WGSL lets max(NaN, 0) be either, and a
// compiler may assume that no f32 is NaN: an addition, a comparison and a choice, all of integers.
fn relu(z: f32) -> f32 {
  let bits = bitcast<u32>(z);
  return bitcast<f32>(select(bits, 0u, bits - 0x80000000u <= 0x7f800000u));
}

fn relu4(z: vec4f) -> vec4f {
  let bits = bitcast<vec4u>(z);
  return bitcast<vec4f>(select(bits, vec4u(0u), bits - vec4u(0x80000000u) <= vec4u(0x7f800000u)));
}

// Whether ReLU lets the gradient through: where what it gives is not zero, NaN included (PyTorch's threshold_backward).
// Backward's z may be rounded otherwise than forward's (an fma as product and sum), so that the two can disagree where |z| is within
// that rounding of zero: either answer is a subgradient there. Nothing is lost or doubled as long as a kernel asks once per
// value, for what it stores and for its sums.
fn passes(z: f32) -> bool {
  return bitcast<u32>(relu(z)) != 0u;
}

fn passes4(z: vec4f) -> vec4<bool> {
  return bitcast<vec4u>(relu4(z)) != vec4u(0u);
}

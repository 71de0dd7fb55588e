// Values stored as f16 (IEEE binary16), two per word, the first in its low bits: half of float32's bytes; the arithmetic
// stays float32. pack and unpack are core WGSL: no feature is needed.

fn unpack_f16(word: u32, index: u32) -> f32 {
  return unpack2x16float(word >> (16u * (index % 2u))).x;
}

fn unpack_f16x4(words: vec2u) -> vec4f {
  return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
}

// The nearest f16 value (of two equally near, the even one), as float32: from 65520 on that is infinity, and NaN stays NaN, as in
// PyTorch. Done here, because pack2x16float may round either way, and some GPUs round every value towards zero. Below
// 2^-14, where f16 has fewer digits, the rounding is pack2x16float's: off by 2^-24 at most, or by 2^-14 on a GPU
// without subnormal f16 values.
fn round_to_f16(value: vec4f) -> vec4f {
  let bits = bitcast<vec4u>(value);
  let nearest = (bits + vec4u(0xfffu) + ((bits >> vec4u(13u)) & vec4u(1u))) & vec4u(0xffffe000u);
  let sign = bits & vec4u(0x80000000u);
  let size = bits & vec4u(0x7fffffffu);
  let held = select(nearest, sign | vec4u(0x7f800000u), size >= vec4u(0x477ff000u));
  return bitcast<vec4f>(select(held, sign | vec4u(0x7fc00000u), size > vec4u(0x7f800000u)));
}

// Two values that round_to_f16 gave. Not all of pack2x16float: what it makes of infinities and NaN is open, and SwiftShader's
// spoils the neighbour's bits.
fn pack_f16(pair: vec2f) -> u32 {
  let bits = bitcast<vec2u>(pair);
  let is_finite = (bits & vec2u(0x7f800000u)) != vec2u(0x7f800000u);
  let word = pack2x16float(bitcast<vec2f>(select(vec2u(0u), bits, is_finite)));
  let kind = vec2u(0x7c00u) | ((bits >> vec2u(16u)) & vec2u(0x8000u)) | ((bits >> vec2u(13u)) & vec2u(0x200u));
  let others = select(kind, vec2u(0u), is_finite);
  return word | others.x | (others.y << 16u);
}

// Of four values that round_to_f16 gave.
fn pack_f16x4(values: vec4f) -> vec2u {
  return vec2u(pack_f16(values.xy), pack_f16(values.zw));
}

// Values stored as halves (IEEE binary16), two a word, the first in its low bits: half of float32's bytes, with float32
// arithmetic on either side. pack and unpack are core WGSL: no feature is needed.

fn from_halves(word: u32, index: u32) -> f32 {
  return unpack2x16float(word >> (16u * (index % 2u))).x;
}

fn from_halves4(words: vec2u) -> vec4f {
  return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
}

// The nearest half (of two as near, the even one), as float32. Done here, because pack2x16float may round either way,
// and some GPUs round every value towards zero; what is too large for a half becomes the largest one. Below 2^-14, where
// halves have fewer digits, the rounding is pack2x16float's: off by 2^-24 at most, or by 2^-14 on a GPU without
// subnormal halves.
fn half_of(value: vec4f) -> vec4f {
  let bits = bitcast<vec4u>(value);
  let nearest = (bits + vec4u(0xfffu) + ((bits >> vec4u(13u)) & vec4u(1u))) & vec4u(0xffffe000u);
  return clamp(bitcast<vec4f>(nearest), vec4f(-65504.0), vec4f(65504.0));
}

// Of four values that half_of gave.
fn to_halves4(halves: vec4f) -> vec2u {
  return vec2u(pack2x16float(halves.xy), pack2x16float(halves.zw));
}

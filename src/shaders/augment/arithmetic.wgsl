// float32 arithmetic to the last bit, as PyTorch's on a CPU. Bytes are made of floats by truncation, and many of these are
// whole numbers but for rounding, so that one other rounding is another grey level.

// A product that is a term of a sum, rounded: a compiler may otherwise contract the two into one rounding. No compiler knows that
// there are fewer than 2^31 images, and that this is the product.
fn rounded(product: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(product) + (shape.images >> 31u));
}

fn each_rounded(values: vec4f) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(values) + vec4u(shape.images >> 31u));
}

// The first 12 of a mantissa's 24 bits: products of halves are exact.
fn upper_half(values: vec4f) -> vec4f { return bitcast<vec4f>(bitcast<vec4u>(values) & vec4u(0xfffff000u)); }

// a * b + c with one rounding, which WGSL's fma need not have: the product as a sum of two (Dekker), that sum and c as
// another (Knuth's two-sum).
fn fused(a: vec4f, b: vec4f, c: vec4f) -> vec4f {
  let product = each_rounded(a * b);
  let a_upper = upper_half(a);
  let b_upper = upper_half(b);
  let a_lower = a - a_upper;
  let b_lower = b - b_upper;
  let lost = each_rounded(each_rounded(a_upper * b_upper - product) + a_upper * b_lower) + a_lower * b_upper + a_lower * b_lower;
  let sum = each_rounded(product + c);
  let added = each_rounded(sum - product);
  let rest = each_rounded(product - each_rounded(sum - added)) + each_rounded(c - added);
  return sum + each_rounded(rest + lost);
}

// a / b for a >= 0 and b > 0, none of them subnormal, to the nearest: WGSL's own quotient may be off by 2.5 units. From a few
// units below that, upwards while the remainder allows. A mantissa times a mantissa has 48 bits, but the remainder is small, and
// u32 wraps around: its lowest 32 bits are all of it.
fn divide(a: f32, b: f32) -> f32 {
  if (a == 0.0) { return 0.0; }
  var bits = bitcast<u32>(a / b) - 4u;
  var mantissa = (bits & 0x7fffffu) | 0x800000u;
  var step = (bitcast<u32>(b) & 0x7fffffu) | 0x800000u;
  // 23 or 24, since a mantissa over a mantissa is between 1/2 and 2.
  let shift = 150u + (bitcast<u32>(a) >> 23u) - (bits >> 23u) - (bitcast<u32>(b) >> 23u);
  var remainder = (((bitcast<u32>(a) & 0x7fffffu) | 0x800000u) << shift) - mantissa * step;
  for (var i = 0u; i < 16u; i++) {
    if (remainder >= step) {
      remainder -= step;
      bits++;
      mantissa++;
      if (mantissa == 0x1000000u) { step *= 2u; } // the next binade's units are twice as large
    }
  }
  return bitcast<f32>(bits + u32(2u * remainder > step || (2u * remainder == step && (bits & 1u) == 1u)));
}

// torchvision's _blend, and the byte that it becomes: factor * value + rest * other, rest being 1 - factor.
fn blend(factor: f32, value: f32, rest: f32, other: f32) -> u32 {
  return u32(clamp(rounded(factor * value) + rounded(rest * other), 0.0, 255.0));
}

// torchvision's rgb_to_grayscale.
fn grey_of(pixel: vec4u) -> u32 {
  let rgb = vec3f(pixel.xyz);
  return u32(rounded(rounded(0.2989 * rgb.x) + rounded(0.587 * rgb.y)) + rounded(0.114 * rgb.z));
}

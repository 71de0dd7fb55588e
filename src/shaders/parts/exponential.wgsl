// exp and log(1 + x), each within a few units in the last place: WGSL promises for its own log only an absolute 2^-21
// near 1, and for exp an error that grows with its argument, both too coarse for a loss that is near 0.

// e^x for x <= 0: x = k ln 2 + r (Cody and Waite, ln 2 in two parts), Taylor's series in r; 0 below the smallest normal.
// NaN stays NaN: which of the three x is, its bits say.
fn exponential(x: f32) -> f32 {
  let is_tiny = bitcast<u32>(x) - 0xc2ae0001u <= 0xff800000u - 0xc2ae0001u; // from below -87 to minus infinity
  let lost = is_nan(x);
  let z = select(x, -87.0, is_tiny || lost);
  let k = round(z * 1.44269504);
  let r = fma(-k, 1.42860677e-6, fma(-k, 0.693145752, z));
  var series = fma(r, 1.0 / 5040.0, 1.0 / 720.0);
  series = fma(r, series, 1.0 / 120.0);
  series = fma(r, series, 1.0 / 24.0);
  series = fma(r, series, 1.0 / 6.0);
  series = fma(r, series, 0.5);
  series = fma(r, series, 1.0);
  let power = bitcast<f32>(u32(i32(k) + 127) << 23u);
  return nan_where(select(fma(r, series, 1.0) * power, 0.0, is_tiny), lost);
}

// log(1 + x) for x >= 0 or NaN: 1 + x = (1 + f) 2^e with f in [-0.3, 0.42], log(1 + f) = 2 artanh(f / (2 + f)).
fn logarithm1p(x: f32) -> f32 {
  var f = x;
  var e = 0.0;
  if (x > 0.41421356) {
    let bits = bitcast<u32>((1.0 + x) * 0.70710678);
    let exponent = i32(bits >> 23u) - 126;
    e = f32(exponent);
    f = fma(1.0 + x, bitcast<f32>(u32(127 - exponent) << 23u), -1.0);
  }
  let s = f / (2.0 + f);
  let z = s * s;
  var series = fma(z, 1.0 / 11.0, 1.0 / 9.0);
  series = fma(z, series, 1.0 / 7.0);
  series = fma(z, series, 1.0 / 5.0);
  series = fma(z, series, 1.0 / 3.0);
  return nan_where(fma(e, 0.693147182, 2.0 * fma(s * z, series, s)), is_nan(x));
}

// float16 (IEEE 754 binary16) values and their bits, in plain JavaScript: not every host has Float16Array. The GPU's
// side is packed-f16.wgsl.

/** Bits of the nearest float16; of two equally near ones, the even one. */
export function float16Bits(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return Uint16Array.from(bits, (word, i) => {
    const sign = (word >>> 16) & 0x8000;
    const size = Math.abs(values[i] ?? Number.NaN);
    if (Number.isNaN(size)) return 0x7e00;
    if (size >= 65520) return sign | 0x7c00;
    // Below 2^-14 float16 values lie 2^-24 apart; above, 10 of the 23 fraction bits stay.
    if (size < 2 ** -14) return sign | nearestEven(size * 2 ** 24);
    const rounded = (word & 0x7fffffff) + 0xfff + ((word >>> 13) & 1);
    return sign | ((rounded - (112 << 23)) >>> 13);
  });
}

/** float16 values in memory, as float32. */
export const unpackF16 = (bytes: Uint8Array): Float32Array<ArrayBuffer> =>
  new Float32Array(Uint32Array.from(new Uint16Array(new Uint8Array(bytes).buffer), float32BitsOfF16).buffer);

/** The bits of a float16 to those of a float32, which represents every float16 exactly. */
export function float32BitsOfF16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21; // a subnormal: shift its first bit to where the hidden one belongs
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

function nearestEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

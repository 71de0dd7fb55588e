// Halves (IEEE binary16) and their bits, in plain JavaScript: not every host has Float16Array.

/** Bits of the nearest half, of two as near the even one. */
export function halfBits(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return Uint16Array.from(bits, (word, i) => {
    const sign = (word >>> 16) & 0x8000;
    const size = Math.abs(values[i] ?? Number.NaN);
    if (Number.isNaN(size)) return 0x7e00;
    if (size >= 65520) return sign | 0x7c00;
    // Below 2^-14 halves lie 2^-24 apart; above, 10 of the 23 digits stay.
    if (size < 2 ** -14) return sign | nearestEven(size * 2 ** 24);
    const rounded = (word & 0x7fffffff) + 0xfff + ((word >>> 13) & 1);
    return sign | ((rounded - (112 << 23)) >>> 13);
  });
}

export function fromHalves(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return Float32Array.from(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2), (bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 0x1f;
    const digits = bits & 0x3ff;
    if (exponent === 0x1f) return digits ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent === 0 ? digits * 2 ** -24 : (1024 + digits) * 2 ** (exponent - 25));
  });
}

function nearestEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

// float16 (IEEE binary16) values and their bits, in plain JavaScript: not every host has Float16Array.
import { toFloat32 } from './tensor.ts';

/** Bits of the nearest float16 values, ties to even. */
export function float16Bits(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return Uint16Array.from(bits, (word, i) => {
    const sign = (word >>> 16) & 0x8000;
    const size = Math.abs(values[i] ?? Number.NaN);
    if (Number.isNaN(size)) return 0x7e00;
    if (size >= 65520) return sign | 0x7c00;
    // Below 2^-14 f16 values are 2^-24 apart; above, 10 of the 23 mantissa bits stay.
    if (size < 2 ** -14) return sign | nearestEven(size * 2 ** 24);
    const rounded = (word & 0x7fffffff) + 0xfff + ((word >>> 13) & 1);
    return sign | ((rounded - (112 << 23)) >>> 13);
  });
}

/** float16 values in memory, as float32. */
export const unpackF16 = (bytes: Uint8Array): Float32Array<ArrayBuffer> =>
  toFloat32({ dtype: 'F16', shape: [bytes.length / 2], bytes });

function nearestEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

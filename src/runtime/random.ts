// Seeded random numbers that are the same, bit for bit, on every host: initial weights, shuffling, dropout's seeds.
// It owns one stateless hash, `randomAt`, and a stream over it; nothing here holds global state. The hash is pcg3d: u32
// arithmetic only, and shaders/parts/random.wgsl is the same on the GPU, for dropout and augmentation. Normal numbers use
// + - * / and sqrt alone, which IEEE 754 fixes to the last bit; Math.log and Math.cos are not fixed and differ between
// engines.

import { ConfigError } from './errors.ts';

/** A stream of numbers; two streams of the same seed and stream number give the same numbers. */
export interface Random {
  /** The next integer in [0, 2^32). */
  uint32(): number;
  /** The next multiple of 2^-24 in [0, 1): exact in float32. */
  uniform(): number;
  /** The next standard normal number; one draw each, never beyond 6.34 in size. */
  normal(): number;
}

/**
 * A u32 that depends on all three u32 arguments: x of pcg3d (Jarzynski and Olano, "Hash Functions for GPU Rendering",
 * JCGT 9(3), 2020). Stateless: element `index` of stream `stream` under `seed`, in any order and on any host.
 */
export function randomAt(seed: number, stream: number, index: number): number {
  let x = (Math.imul(seed, 1664525) + 1013904223) | 0;
  let y = (Math.imul(stream, 1664525) + 1013904223) | 0;
  let z = (Math.imul(index, 1664525) + 1013904223) | 0;
  x = (x + Math.imul(y, z)) | 0;
  y = (y + Math.imul(z, x)) | 0;
  z = (z + Math.imul(x, y)) | 0;
  x ^= x >>> 16;
  y ^= y >>> 16;
  z ^= z >>> 16;
  return (x + Math.imul(y, z)) >>> 0;
}

/**
 * The stream `stream` of `seed`, from its element 0: `uint32()` is `randomAt(seed, stream, 0)`, then `…, 1)` and so on;
 * it repeats after 2^32 numbers.
 * @throws ConfigError where seed or stream is not an integer in [0, 2^32).
 */
export function createRandom(seed: number, stream = 0): Random {
  requireUint32('seed', seed);
  requireUint32('stream', stream);
  let index = 0;
  const uint32 = () => randomAt(seed, stream, index++);
  return {
    uint32,
    uniform: () => (uint32() >>> 8) / 0x1000000,
    // The middle of one of 2^32 equal steps: never 0 or 1, and as many above a half as below.
    normal: () => inverseNormal((uint32() + 0.5) / 0x100000000),
  };
}

function requireUint32(field: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw new ConfigError(field, value, 'is not an integer from 0 to 4294967295; give one');
  }
}

/**
 * The number that a standard normal variable stays below with probability `p`, 2^-33 <= p <= 1 - 2^-33, to about 1
 * part in 10^16: algorithm AS 241, PPND16 (Wichura, Applied Statistics 37(3), 1988), its logarithm our own.
 */
export function inverseNormal(p: number): number {
  const centred = p - 0.5;
  if (Math.abs(centred) <= 0.425) {
    const r = 0.180625 - centred * centred;
    return (centred * polynomial(MIDDLE_TOP, r)) / polynomial(MIDDLE_BOTTOM, r);
  }
  const depth = Math.sqrt(-logarithm(centred < 0 ? p : 1 - p)) - 1.6;
  const size = polynomial(TAIL_TOP, depth) / polynomial(TAIL_BOTTOM, depth);
  return centred < 0 ? -size : size;
}

/** ln(value) for a normal float64 in (0, 1), from + - * / alone: value = m 2^e, ln m = 2 atanh((m - 1) / (m + 1)). */
function logarithm(value: number): number {
  let mantissa = value;
  let exponent = 0;
  for (; mantissa < Math.SQRT1_2; exponent--) mantissa *= 2; // a power of two: exact
  const s = (mantissa - 1) / (mantissa + 1); // at most 0.1716 in size, so that 12 terms leave less than 1e-19
  let series = 0;
  for (let k = 23; k >= 1; k -= 2) series = series * s * s + 1 / k;
  return exponent * Math.LN2 + 2 * s * series;
}

/** Horner's rule; coefficients from the constant upwards. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

// AS 241's a and b (|p - 1/2| <= 0.425), c and d (beyond). Its e and f start at p = e^-25, below 2^-33.
// Written as the nearest float64.
const MIDDLE_TOP = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
];
const MIDDLE_BOTTOM = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852854,
];
const TAIL_TOP = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const TAIL_BOTTOM = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];

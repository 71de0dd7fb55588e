// Weights as the kernels want them: [input][tap][output], zeros where there is no channel.

import type { Random } from '../random-inputs.ts';

/** OIHW weights, [outputs][inputs][9], of small values. */
export const weights = (random: Random, outputs: number, inputs: number): Float32Array =>
  Float32Array.from({ length: outputs * inputs * 9 }, () => random.value() / 4);

export function packed(
  weight: ArrayLike<number>,
  inputs: number,
  outputs: number,
  to: { readonly rows: number; readonly columns: number },
): Float32Array {
  const data = new Float32Array(to.rows * 9 * to.columns);
  for (let k = 0; k < inputs; k++) {
    for (let tap = 0; tap < 9; tap++) {
      for (let m = 0; m < outputs; m++) {
        data[(k * 9 + tap) * to.columns + m] = weight[(m * inputs + k) * 9 + tap] ?? Number.NaN;
      }
    }
  }
  return data;
}

/** [outputs][inputs][9] again. */
export function unpacked(
  data: ArrayLike<number>,
  inputs: number,
  outputs: number,
  to: { readonly columns: number },
): Float32Array {
  const weight = new Float32Array(outputs * inputs * 9);
  for (let k = 0; k < inputs; k++) {
    for (let tap = 0; tap < 9; tap++) {
      for (let m = 0; m < outputs; m++) {
        weight[(m * inputs + k) * 9 + tap] = data[(k * 9 + tap) * to.columns + m] ?? Number.NaN;
      }
    }
  }
  return weight;
}

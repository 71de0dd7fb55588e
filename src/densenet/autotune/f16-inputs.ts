// A kernel's inputs where some of its bindings hold f16: their bits, and what a reference must start from.

import { float16Bits, unpackF16 } from '../../data/float16.ts';
import type { Data, Inputs } from '../../shaders/kernel-check.ts';

/** Two f16 values per word; a NaN stays one. */
export const packF16 = (data: Data): Uint32Array<ArrayBuffer> =>
  new Uint32Array(float16Bits(Float32Array.from(data)).buffer);

/** The inputs, with what f16 holds of the bindings that are. */
export function roundedToF16(inputs: Inputs, packedF16: readonly string[]): Inputs {
  const held = packedF16.flatMap((name): [string, Data][] => {
    const data = inputs[name];
    return data ? [[name, unpackF16(new Uint8Array(packF16(data).buffer))]] : [];
  });
  return { ...inputs, ...Object.fromEntries(held) };
}

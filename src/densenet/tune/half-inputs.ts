// A kernel's inputs where some of its bindings hold halves: their bits, and what a reference must start from.

import { fromHalves, halfBits } from '../../data/half-bits.ts';
import type { Data, Inputs } from '../../shaders/trials/trial.ts';

/** Two halves a word; a NaN stays one. */
export const toHalves = (data: Data): Uint32Array<ArrayBuffer> =>
  new Uint32Array(halfBits(Float32Array.from(data)).buffer);

/** The inputs, with what halves hold of the bindings that are. */
export function asHalves(inputs: Inputs, halves: readonly string[]): Inputs {
  const held = halves.flatMap((name): [string, Data][] => {
    const data = inputs[name];
    return data ? [[name, fromHalves(new Uint8Array(toHalves(data).buffer))]] : [];
  });
  return { ...inputs, ...Object.fromEntries(held) };
}

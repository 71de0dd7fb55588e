// How long a pass would take on a GPU of which little is known: the longer of its arithmetic, at the share of the peak
// that its tile's density allows, and its traffic; rounded up to whole turns of all the workgroups that the GPU holds at
// once; and a launch. The autotuner measures what this expects to be fastest first, so that it can stop the others early.

import type { AnyKernel, Parameters, TileCandidate } from '../runtime/kernel.ts';
import { costOf } from '../runtime/program.ts';

export interface Machine {
  /** FLOP/s, a multiply-add being two; bytes/s. */
  readonly peak: number;
  readonly bandwidth: number;
  /** Workgroups at a time. */
  readonly slots: number;
  /** Seconds from one dependent pass to the next. */
  readonly launch: number;
}

/** By vendor, as WebGPU calls them; WebGPU does not tell the number of cores. */
const MACHINES: Readonly<Record<string, Machine>> = {
  nvidia: { peak: 40e12, bandwidth: 1.5e12, slots: 132 * 4, launch: 4e-6 },
  amd: { peak: 30e12, bandwidth: 0.8e12, slots: 96 * 4, launch: 5e-6 },
  apple: { peak: 3.6e12, bandwidth: 0.1e12, slots: 10 * 6, launch: 7e-6 },
  intel: { peak: 2e12, bandwidth: 0.07e12, slots: 64, launch: 8e-6 },
};

const UNKNOWN: Machine = { peak: 10e12, bandwidth: 0.4e12, slots: 264, launch: 5e-6 };

export const machineOf = (vendor: string): Machine => MACHINES[vendor.toLowerCase()] ?? UNKNOWN;

/** Seconds that one pass is expected to take. `parameters` are the tile's and whatever the plan decided. */
export function expectedSeconds(
  kernel: AnyKernel,
  size: unknown,
  parameters: Parameters,
  { density }: Pick<TileCandidate, 'density'>,
  { peak, bandwidth, slots, launch }: Machine,
  packedF16: readonly string[] = [],
): number {
  const { flops, bytes } = costOf(kernel, size, parameters, packedF16);
  const workgroups = kernel.grid(size, parameters).reduce((product, n) => product * n, 1);
  const turns = workgroups / slots;
  return Math.max(flops / (peak * density), bytes / bandwidth) * (Math.ceil(turns) / turns) + launch;
}

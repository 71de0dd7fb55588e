// What a kernel's default tile is chosen for: how many sums a thread can keep in registers, how many workgroups fill the GPU,
// how many threads a workgroup may have. By vendor, since WebGPU tells little else of a GPU; what the autotuner measures
// counts above all of it. Tiles change results by rounding only.

import type { Vendor } from './adapter.ts';

/** What default tiles are chosen for. */
export interface TileTarget {
  /** Sums of a thread tile: 64 (8x8), or 32 where compilers spill beside 64. */
  readonly sums: 64 | 32;
  /** Shape of a thread's 32 sums of a weight gradient, outputs x inputs. */
  readonly weightSums: '4x8' | '8x4';
  /** Workgroups that give each core of the vendor's larger GPUs four. */
  readonly workgroups: number;
  /** Whether threads share operands by way of workgroup memory, or each loads its own. */
  readonly staged: boolean;
  /** The most threads of a workgroup. */
  readonly threads: number;
}

/** For GPUs of which nothing is known: 64 sums, and enough workgroups for the largest. */
export const DEFAULT_TARGET: TileTarget = { sums: 64, weightSums: '4x8', workgroups: 528, staged: true, threads: 256 };

const LEAN: TileTarget = { ...DEFAULT_TARGET, sums: 32, workgroups: 264 };

/**
 * The one table of default tiles by vendor. Evidence: DenseNet-121's training plan at batch 32, compiled on 1 December 2026 by
 * Mesa 25.0.7 and ptxas 13.0 (bench/compilers); shares are of its FLOPs. Workgroups: by the model (bench/model), 264
 * instead of 528 are 0.4% (Iris Xe), 1.3% (Adreno) and 2.5% (M2) faster, where fewer splits leave less to sum.
 */
const TARGETS: Readonly<Record<Vendor, TileTarget>> = {
  unknown: DEFAULT_TARGET,
  // sm_90: no spills, at most 208 registers, 86 to 94% FMAs in the hot blocks. 132 cores.
  nvidia: DEFAULT_TARGET,
  // navi31 and navi21: no spills, 121 VGPRs and 12 (8) waves on average.
  amd: DEFAULT_TARGET,
  // No compiler runs without the hardware. 256 threads of 127 registers are half of a core's register file; and before
  // wgpu's change 9327 (March 2026) Metal left out, without a word, dispatches beyond a pipeline's own limit on threads.
  apple: { ...DEFAULT_TARGET, workgroups: 264, threads: 128 },
  // Iris Xe, Arc A, Lunar Lake, Arc B: with 64 sums 95% spill (25 to 156 spills, up to 392 fills), with 32 the stem alone,
  // 3%. Estimated cycles of 1x1 forward 113 k -> 72 k for as many multiply-adds, of 3x3 backward-weight 9.1 M -> 8.2 M.
  intel: LEAN,
  // Adreno 730 to 750: 46 -> 27 vec4 registers and 2.7 -> 4.7 waves on average; of a weight gradient's 32 sums 8x4 take 24
  // registers, 4x8 take 48.
  qualcomm: { ...LEAN, weightSums: '8x4' },
  // Not compiled: by analogy, since a Mali has at most 64 registers per thread.
  arm: { ...LEAN, weightSums: '8x4' },
  // SwiftShader, by its source and by trials (bench/NOTES.md): a load, from workgroup memory too, takes as long as some ten
  // multiply-adds, a loop's trip pays for every sum it keeps, a barrier switches stacks. Eight workgroups keep its threads busy.
  software: { ...DEFAULT_TARGET, workgroups: 16, staged: false },
};

export const tileTarget = (vendor: Vendor): TileTarget => TARGETS[vendor];

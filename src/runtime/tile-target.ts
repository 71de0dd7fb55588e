// What a kernel's default tile is chosen for: how many sums a thread can keep in registers, how many workgroups fill the GPU,
// how many threads a workgroup may have. By vendor, since WebGPU tells little else of a GPU; what the autotuner measures
// counts above all of it. Tiles change results by rounding only.

import type { AdapterWords } from './adapter-name.ts';

export interface TileTarget {
  /** Sums of a thread tile: 64 (8x8), or 32 where compilers spill beside 64. */
  readonly sums: 64 | 32;
  /** Shape of a thread's 32 sums of a weight gradient, outputs x inputs. */
  readonly weightSums: '4x8' | '8x4';
  /** Workgroups that give each core of the vendor's larger GPUs four. */
  readonly workgroups: number;
  /** The most threads of a workgroup. */
  readonly threads: number;
}

/** For GPUs of which nothing is known: 64 sums, and enough workgroups for the largest. */
export const DEFAULT_TARGET: TileTarget = { sums: 64, weightSums: '4x8', workgroups: 528, threads: 256 };

/** Vendors whose tiles can be asked for, by WebGPU's names. */
export const VENDORS = ['nvidia', 'amd', 'apple', 'intel', 'qualcomm', 'arm', 'unknown'] as const;
export type Vendor = (typeof VENDORS)[number];

const LEAN: TileTarget = { ...DEFAULT_TARGET, sums: 32 };

/** The one table of what differs by vendor. */
const TARGETS: Readonly<Record<Vendor, TileTarget>> = {
  unknown: DEFAULT_TARGET,
  nvidia: DEFAULT_TARGET,
  amd: DEFAULT_TARGET,
  apple: DEFAULT_TARGET,
  intel: LEAN,
  qualcomm: { ...LEAN, weightSums: '8x4' },
  arm: { ...LEAN, weightSums: '8x4' },
};

export const tileTarget = (vendor: Vendor): TileTarget => TARGETS[vendor];

/** PCI's numbers, which some hosts give instead of a name, in hexadecimal or decimal. */
const PCI: Readonly<Record<number, Vendor>> = {
  4318: 'nvidia',
  4098: 'amd',
  4203: 'apple',
  32902: 'intel',
  20803: 'qualcomm',
  5045: 'arm',
};

const NAMES: readonly (readonly [RegExp, Vendor])[] = [
  [/nvidia|geforce/i, 'nvidia'],
  [/\bamd\b|radeon/i, 'amd'],
  [/apple/i, 'apple'],
  [/intel/i, 'intel'],
  [/qualcomm|adreno/i, 'qualcomm'],
  [/\barm\b|\bmali\b/i, 'arm'],
];

/** Whose GPU an adapter is; browsers leave most of its fields empty, and hosts differ in what they put there. */
export function vendorOf({ vendor, description }: AdapterWords): Vendor {
  const words = `${vendor} ${description}`;
  return PCI[Number(vendor)] ?? NAMES.find(([name]) => name.test(words))?.[1] ?? 'unknown';
}

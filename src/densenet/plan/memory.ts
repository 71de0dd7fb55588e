// What a plan needs and whether a device can give it, before anything is allocated: bytes by purpose after sharing, the
// limits that a program exceeds, and the largest batch that does not.

import { overheadBytes } from '../../runtime/executable.ts';
import type { Program, Region } from '../../runtime/program.ts';

/** The limits that decide whether a plan fits; every WebGPU device gives at least DEFAULT_LIMITS. */
export interface DeviceLimits {
  /** In bytes. */
  readonly maxBufferSize: number;
  /** In bytes. */
  readonly maxStorageBufferBindingSize: number;
  /** Workgroups. */
  readonly maxComputeWorkgroupsPerDimension: number;
}

/** WebGPU's default limits, which every device has. */
export const DEFAULT_LIMITS: DeviceLimits = {
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxComputeWorkgroupsPerDimension: 65535,
};

/** Purposes whose bytes do not grow with the batch. */
const FIXED: readonly string[] = [
  'parameters',
  'parameter gradients',
  'optimizer',
  'packed weights',
  'statistics',
  'tables',
  'settings',
];

/** Staging buffers through which an engine reads results: so many of a region's size. */
export interface Readback {
  readonly region: Region;
  readonly depth: number;
}

export interface MemoryForecast {
  /** Every byte that is allocated, by what the largest user of each allocation is for. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Bytes of all allocations. */
  readonly total: number;
  /** What grows with the batch, an image: activations, their gradients and scratch. */
  readonly bytesPerImage: number;
  /** Allocations and what takes turns in each. */
  readonly allocations: readonly {
    /** Size of the allocation. */
    readonly bytes: number;
    /** Labels of the buffers that share it. */
    readonly members: readonly string[];
  }[];
}

export function forecast(program: Program, batch: number, { region, depth }: Readback): MemoryForecast {
  const bytes: Record<string, number> = {};
  const allocations: { bytes: number; members: string[] }[] = [];
  const add = (purpose: string, size: number, members: string[]) => {
    bytes[purpose] = (bytes[purpose] ?? 0) + size;
    allocations.push({ bytes: size, members });
  };
  for (const b of program.buffers) if (b.kind !== 'transient') add(b.purpose, b.bytes, [b.label]);
  for (const { bytes: size, members } of program.share()) {
    add(
      members[0]?.purpose ?? 'scratch',
      size,
      members.map((m) => m.label),
    );
  }
  add('settings', overheadBytes(program), ['shapes and placeholders']);
  for (let i = 0; i < depth; i++) add('output', region.bytes, ['readback']);
  const total = Object.values(bytes).reduce((a, b) => a + b, 0);
  const fixed = FIXED.reduce((sum, purpose) => sum + (bytes[purpose] ?? 0), 0);
  return { bytes, total, bytesPerImage: (total - fixed) / batch, allocations };
}

const MB = 2 ** 20;
const megabytes = (bytes: number) => `${(bytes / MB).toFixed(1)} MiB`;

/** What a program needs that the limits do not give, in words; undefined when it fits. */
export function exceeds(program: Program, limits: DeviceLimits): string | undefined {
  for (const { label, regions, grid } of program.passes) {
    for (const [name, { bytes }] of regions) {
      if (bytes > limits.maxStorageBufferBindingSize) {
        return `${label} needs a ${megabytes(bytes)} binding (${name}), this device allows ${megabytes(limits.maxStorageBufferBindingSize)}`;
      }
    }
    const groups = Math.max(...grid);
    if (groups > limits.maxComputeWorkgroupsPerDimension) {
      return `${label} needs ${groups} workgroups in a row, this device allows ${limits.maxComputeWorkgroupsPerDimension}`;
    }
  }
  const kept = program.buffers.filter((b) => b.kind !== 'transient');
  const largest = [...kept, ...program.share()].reduce((most, b) => Math.max(most, b.bytes), 0);
  if (largest > limits.maxBufferSize) {
    return `a buffer of ${megabytes(largest)} is needed, this device allows ${megabytes(limits.maxBufferSize)}`;
  }
  // Index arithmetic in shaders is u32.
  if (largest / 4 > 2 ** 32 - 1) return `a buffer of ${megabytes(largest)} has more elements than 32 bits can count`;
  return undefined;
}

/** The largest batch below `batch` for which `fits` holds, by bisection; 0 when none does. */
export function largestBatch(batch: number, fits: (batch: number) => boolean): number {
  let good = 0;
  let bad = batch;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

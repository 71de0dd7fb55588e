// compile(network, spec, limits) -> Plan: what will run, where it lies and what it costs, with no GPU touched. Whether a
// device can give what a plan needs is known before anything is allocated. A plan is then described, hashed, or made real by
// a runner.

import type { DeviceLimits } from '../../runtime/device.ts';
import { LimitError } from '../../runtime/errors.ts';
import { overheadBytes } from '../../runtime/executable.ts';
import type { Program } from '../../runtime/program.ts';
import { variantName } from '../../runtime/specialize.ts';
import { hashTexts } from '../../runtime/text-hash.ts';
import { macs, type Network } from '../network.ts';
import type { PlanBuilder, Readback } from './builder.ts';
import { type ExplanationPlanOptions, type ExplanationRegions, recordExplanation } from './explanation.ts';
import { type InferencePlanOptions, type InferenceRegions, recordInference } from './inference.ts';
import { recordTraining, type TrainingOptions, type TrainingRegions } from './training.ts';

/** A compiled plan: `describePlan` says what it needs and costs. */
export interface Plan<Regions> {
  /** What it computes. */
  readonly network: Network;
  /** Images per run, or per micro-batch. */
  readonly batch: number;
  /**
   * Its buffers and passes.
   * @internal
   */
  readonly builder: PlanBuilder;
  /** Where inputs and results lie. */
  readonly io: Regions;
  /**
   * What is read back after each run.
   * @internal
   */
  readonly readback: Readback;
}

export type { DeviceLimits } from '../../runtime/device.ts';

/** WebGPU's default limits, which every device has. */
export const DEFAULT_LIMITS: DeviceLimits = {
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxComputeWorkgroupsPerDimension: 65535,
};

/**
 * @throws LimitError with the largest batch that fits, before anything is allocated
 */
export function compileInference(
  network: Network,
  batch: number,
  limits: DeviceLimits,
  options: InferencePlanOptions = {},
): Plan<InferenceRegions> {
  return fitting(network, batch, limits, (n) => recordInference(network, n, options));
}

/**
 * @throws ConfigError when batch statistics would be over one value, LimitError when the plan does not fit
 */
export function compileTraining(
  network: Network,
  batch: number,
  options: TrainingOptions,
  limits: DeviceLimits,
): Plan<TrainingRegions> {
  return fitting(network, batch, limits, (n) => recordTraining(network, n, options));
}

/**
 * Forward in evaluation mode and backward to `options.target`, for explanations.
 * @throws LimitError with the largest batch that fits, before anything is allocated
 */
export function compileExplanation(
  network: Network,
  batch: number,
  options: ExplanationPlanOptions,
  limits: DeviceLimits,
): Plan<ExplanationRegions> {
  return fitting(network, batch, limits, (n) => recordExplanation(network, n, options));
}

function fitting<R>(
  network: Network,
  batch: number,
  limits: DeviceLimits,
  record: (batch: number) => { plan: PlanBuilder; io: R; readback: Readback },
): Plan<R> {
  const { plan, io, readback } = record(batch);
  const problem = exceeds(plan.program, limits);
  if (problem) {
    const largest = largestBatch(batch, (n) => exceeds(record(n).plan.program, limits) === undefined);
    throw new LimitError(`batch ${batch}: ${problem}`, largest);
  }
  return { network, batch, builder: plan, io, readback };
}

const MB = 2 ** 20;
const megabytes = (bytes: number) => `${(bytes / MB).toFixed(1)} MiB`;

/** A message on what a program needs and the limits do not give; undefined when it fits. */
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
  const buffers = [...kept, ...program.share()];
  const largest = buffers.reduce((most, b) => Math.max(most, b.bytes), 0);
  if (largest > limits.maxBufferSize) {
    return `a buffer of ${megabytes(largest)} is needed, this device allows ${megabytes(limits.maxBufferSize)}`;
  }
  const total = buffers.reduce((sum, { bytes }) => sum + bytes, 0);
  if (limits.pageMemory !== undefined && total > limits.pageMemory) {
    return `${megabytes(total)} of GPU memory are needed, this system allows a page about ${megabytes(limits.pageMemory)}`;
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

/** GPU memory that a plan needs. */
export interface MemoryForecast {
  /** Every byte that is allocated, by what the largest user of each allocation is for. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Bytes of all allocations. */
  readonly total: number;
  /** What grows with the batch, per image: activations, their gradients and scratch. */
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

/** One pass of a plan: a kernel's dispatch. */
export type PassDescription = {
  /** The kernel's id. */
  readonly kernel: string;
  /** Its parameters, as they tell variants apart. */
  readonly variant: string;
  /** The layer, by torchvision's name. */
  readonly label: string;
  /** When it runs: `forward`, `backward`, `update`, ... */
  readonly section: string;
  /** How many are dispatched. */
  readonly workgroups: number;
  /** Floating-point operations. */
  readonly flops: number;
  /** Bytes read and written, each operand counted once. */
  readonly bytes: number;
};

/** What a plan needs and costs. */
export interface PlanDescription extends MemoryForecast {
  /** Numbers of the network that training can change. */
  readonly parameters: number;
  /** Those that the plan changes; none in inference. */
  readonly trainableParameters: number;
  /** Multiply-adds of one image's forward pass. */
  readonly macs: number;
  /** Every pass, in order. */
  readonly passes: readonly PassDescription[];
  /** Floating-point operations, and bytes moved, of all passes together. */
  readonly flops: number;
  /** Bytes read and written by all passes, each operand counted once. */
  readonly traffic: number;
  /** Distinct pipelines. */
  readonly pipelines: number;
}

const isTraining = (io: unknown): io is TrainingRegions => typeof io === 'object' && io !== null && 'part' in io;

/** Everything that a plan knows of its cost. */
export function describePlan(plan: Plan<unknown>): PlanDescription {
  const { program } = plan.builder;
  const passes = program.passes.map(
    (pass): PassDescription => ({
      kernel: pass.kernel.id,
      variant: variantName(pass.kernel, pass.parameters, pass.promoted, pass.packedF16),
      label: pass.label,
      section: pass.section,
      workgroups: pass.grid[0] * pass.grid[1] * pass.grid[2],
      flops: pass.cost.flops,
      bytes: pass.cost.bytes,
    }),
  );
  return {
    parameters: plan.network.parameterCount,
    trainableParameters: isTraining(plan.io) ? plan.io.part.count : 0,
    macs: macs(plan.network),
    ...forecast(program, plan.batch, plan.readback),
    passes,
    flops: passes.reduce((sum, p) => sum + p.flops, 0),
    traffic: passes.reduce((sum, p) => sum + p.bytes, 0),
    pipelines: new Set(passes.map((p) => `${p.kernel} ${p.variant}`)).size,
  };
}

/**
 * A plan in a few characters, of every pass's kernel, variant and grid, and of every kernel's text: whoever resumes a run
 * compares it, because other kernels round otherwise.
 */
export function planHash({ passes }: Program): string {
  const kernels = new Set(passes.map(({ kernel }) => kernel));
  const variants = passes.map(
    ({ kernel, parameters, promoted, packedF16, grid, section, shader }) =>
      `${section} ${kernel.id} ${variantName(kernel, parameters, promoted, packedF16)} ${grid.join('x')}${shader === 'matrix' ? ' matrix' : ''}`,
  );
  const sources = [...kernels].flatMap(({ source, parts }) => [source, ...parts.map((part) => part.source)]);
  const unstaged = passes.flatMap(({ kernel, parameters }) =>
    kernel.parts.flatMap((part) => (part.unstaged?.serves(parameters) ? part.unstaged.source : [])),
  );
  return hashTexts([...variants, ...sources, ...new Set(unstaged)]);
}

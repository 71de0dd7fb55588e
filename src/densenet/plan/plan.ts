// compile(network, spec, limits) -> Plan: what will run, where it lies and what it costs, with no GPU touched. The same
// plan is then described, tested against limits, or made real by an engine.

import { LimitError } from '../../runtime/errors.ts';
import { variantName } from '../../runtime/specialize.ts';
import { macs, type Network } from '../network.ts';
import type { PlanBuilder } from './builder.ts';
import { type ExplanationPlanOptions, type ExplanationRegions, recordExplanation } from './explanation.ts';
import { type InferencePlanOptions, type InferenceRegions, recordInference } from './inference.ts';
import { type DeviceLimits, exceeds, forecast, largestBatch, type MemoryForecast, type Readback } from './memory.ts';
import { recordTraining, type TrainingOptions, type TrainingRegions } from './training.ts';

export interface Plan<Regions> {
  readonly network: Network;
  readonly batch: number;
  readonly builder: PlanBuilder;
  readonly io: Regions;
  readonly readback: Readback;
}

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

export type PassDescription = {
  readonly kernel: string;
  readonly variant: string;
  readonly label: string;
  readonly section: string;
  readonly workgroups: number;
  readonly flops: number;
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

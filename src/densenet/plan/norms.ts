// A norm's passes. Forward: whoever reads channels finalises the statistics that their writer left. Backward: the norm's own
// gradients from what its reader summed, and its share of the deferred correction. A norm in evaluation mode has neither: what
// all of those need is prepared by one pass (`loadNorms`).

import type { Region } from '../../runtime/program.ts';
import { statisticsFinalize } from '../../shaders/statistics/finalize.ts';
import { statisticsFinalizeBackward } from '../../shaders/statistics/finalize-backward.ts';
import { runningAffineTable, statisticsRunningAffine } from '../../shaders/statistics/running-affine.ts';
import { batchNormEpsilon } from '../config.ts';
import type { Norm } from '../network.ts';
import type { PendingStatistics, PlanBuilder, TrainedBlock } from './builder.ts';
import type { Sums } from './convolution.ts';
import type { Grid } from './feature-map.ts';
import type { TrainingMemory, WeightGradients } from './training-memory.ts';

/** What a block's next reader has to finalise: channels from `first`, where statistics were left. */
export const pendingStatistics = (
  pending: PendingStatistics | undefined,
  first: number,
): TrainedBlock['pendingStatistics'] => pending && { ...pending, first };

/** Finalises a norm over a prefix of a block: the channels written last get their statistics, all get their affine map. */
export function finalizePrefixStatistics(plan: PlanBuilder, memory: TrainedBlock, norm: Norm): void {
  if (memory.isEvalMode) return;
  const { pendingStatistics: left } = memory;
  plan.pass(
    statisticsFinalize,
    {
      channels: norm.channels,
      first: left?.first ?? norm.channels,
      tiles: left?.tiles ?? 0,
      count: memory.grid.columns,
      varianceOffset: norm.varianceOffset,
      runningOffset: norm.runningOffset,
      epsilon: batchNormEpsilon(plan.network.config),
    },
    {
      partials: left?.partials,
      statistics: memory.statistics,
      gamma: plan.parameter(norm.gamma),
      beta: plan.parameter(norm.beta),
      running: plan.stagedOf(norm),
      affine: plan.affine(norm),
      verdict: plan.verdict,
    },
    { label: norm.name },
  );
  memory.pendingStatistics = undefined;
}

/** Finalises a norm whose channels have no other reader; one in evaluation mode has its affine map already. */
export function finalizeStatistics(
  plan: PlanBuilder,
  norm: Norm,
  grid: Grid,
  pending: PendingStatistics | undefined,
): void {
  if (!pending) return;
  const { partials, tiles } = pending;
  plan.pass(
    statisticsFinalize,
    {
      channels: norm.channels,
      first: 0,
      tiles,
      count: grid.columns,
      varianceOffset: norm.varianceOffset,
      runningOffset: norm.runningOffset,
      epsilon: batchNormEpsilon(plan.network.config),
    },
    {
      partials,
      statistics: plan.scratch(`${norm.name} statistics`, norm.channels * 8),
      gamma: plan.parameter(norm.gamma),
      beta: plan.parameter(norm.beta),
      running: plan.stagedOf(norm),
      affine: plan.affine(norm),
      verdict: plan.verdict,
    },
    { label: norm.name },
  );
}

/**
 * A norm's own gradients, and its share of the correction: the first reader in backward sets it, the others add. The weight
 * gradients that wait are summed beside it. A norm in evaluation mode has left no sums and has nothing of all this.
 */
export function normBackward(
  plan: PlanBuilder,
  memory: TrainingMemory,
  waiting: WeightGradients,
  norm: Norm,
  grid: Grid,
  left: Sums | undefined,
  correction: Region,
  reader: 'first' | 'later',
): void {
  if (!left) return;
  const { sums, tiles } = left;
  const { weights, partials } = waiting.take();
  plan.pass(
    statisticsFinalizeBackward,
    {
      channels: norm.channels,
      tiles,
      count: grid.columns,
      gamma: memory.gradientOffset(norm.gamma),
      beta: memory.gradientOffset(norm.beta),
      arena: memory.trained.floats,
      weights,
    },
    {
      sums,
      affine: plan.affine(norm),
      gradients: memory.trained.gradients,
      correction,
      ...partials,
      step: plan.step,
    },
    { label: norm.name, parameters: { ACCUMULATES: reader === 'later' } },
  );
}

/** The correction of a norm with a single reader. */
export const correctionOf = (plan: PlanBuilder, norm: Norm): Region =>
  plan.scope.isEvalMode(norm)
    ? plan.noCorrection(norm.channels)
    : plan.scratch(`${norm.name} correction`, norm.channels * 16);

/**
 * Norms in evaluation mode: their running statistics become scales and shifts, in one pass for any number of norms.
 * @param shifts where the shifts alone go, at the same places as in the affine arena; left out: nowhere that stays
 */
export function loadNorms(plan: PlanBuilder, norms: readonly Norm[], shifts?: Region): void {
  if (norms.length === 0) return;
  const { arena, config } = plan.network;
  const table = runningAffineTable(
    norms.map((norm) => ({
      channels: norm.channels,
      gamma: norm.gamma.offset,
      beta: norm.beta.offset,
      mean: norm.runningOffset,
      variance: norm.runningOffset + norm.varianceOffset,
      affine: norm.affineOffset,
    })),
  );
  plan.pass(
    statisticsRunningAffine,
    {
      groups: table.length / 8,
      parameters: arena.parameters,
      running: arena.running,
      affines: arena.affines,
      epsilon: batchNormEpsilon(config),
    },
    {
      parameters: plan.parameters,
      running: plan.running,
      table: plan.program.constant('norm table', table, 'tables'),
      affine: plan.affines,
      shifts: shifts ?? plan.scratch('shifts', arena.affines * 4),
    },
  );
}

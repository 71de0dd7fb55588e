// Norms in evaluation mode: their running statistics become scales and shifts, in one pass for any number of norms.

import type { Region } from '../../runtime/program.ts';
import { runningAffineTable, statisticsRunningAffine } from '../../shaders/statistics/running-affine.ts';
import { batchNormEpsilon } from '../config.ts';
import type { Norm } from '../network.ts';
import type { PlanBuilder } from './builder.ts';

/** @param shifts where the shifts alone go, at the same places as in the affine arena; left out: nowhere that stays */
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
      ...{ groups: table.length / 8, parameters: arena.parameters, running: arena.running, affines: arena.affines },
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

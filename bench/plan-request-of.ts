// A workload as the plan that its passes come from.

import type { Precision } from '../src/densenet/plan/precision.ts';
import { PRESETS, type PresetName } from '../src/densenet/presets.ts';
import type { PlanRequest } from '../src/jobs/plan-request.ts';

export interface PlanShape {
  readonly model: PresetName;
  readonly mode: PlanRequest['mode'];
  readonly recompute?: boolean;
  readonly precision?: Precision;
}

/** The plan of `batch` images: cross-entropy and SGD, as the benchmark trains. */
export const planRequestOf = (
  { model, mode, recompute = false, precision = 'f32' }: PlanShape,
  batch: number,
): PlanRequest => ({
  config: PRESETS[model],
  mode,
  batch,
  recompute,
  precision,
  loss: 'cross-entropy',
  optimizer: 'sgd',
});

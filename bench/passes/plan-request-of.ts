// A workload as the plan that its passes come from.

import { PRESETS, type PresetName } from '../../src/densenet/presets.ts';
import type { PlanRequest } from '../../src/hosts/plan-request.ts';

export interface PlanShape {
  readonly model: PresetName;
  readonly mode: PlanRequest['mode'];
  readonly recompute?: boolean;
}

/** The plan of `batch` images: cross-entropy and SGD, as the benchmark trains. */
export const planRequestOf = ({ model, mode, recompute = false }: PlanShape, batch: number): PlanRequest => ({
  config: PRESETS[model],
  mode,
  batch,
  recompute,
  loss: 'cross-entropy',
  optimizer: 'sgd',
});

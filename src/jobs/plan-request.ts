// What is asked of a plan, as it travels between the command line and a host, and the plan of it: recorded without a
// GPU and without holding it against limits, so that also one that does not fit can be described.

import type { DenseNetConfig } from '../densenet/config.ts';
import { buildNetwork } from '../densenet/network.ts';
import type { Precision } from '../densenet/plan/feature-map.ts';
import { type InferenceRegions, recordInference } from '../densenet/plan/inference.ts';
import type { Plan } from '../densenet/plan/plan.ts';
import type { Trainable } from '../densenet/plan/scope.ts';
import { recordTraining, type TrainingRegions } from '../densenet/plan/training.ts';
import type { LossKind } from '../densenet/train/losses.ts';
import type { OptimizerKind } from '../densenet/train/optimizers.ts';

export interface PlanRequest {
  readonly config: DenseNetConfig;
  readonly mode: 'training' | 'inference';
  readonly batch: number;
  readonly recompute: boolean;
  /** How features are stored; default 'f32'. */
  readonly precision?: Precision;
  readonly loss: LossKind;
  readonly optimizer: OptimizerKind;
  /** What a training changes; default 'all'. */
  readonly trainable?: Trainable;
}

/** @throws ConfigError when the network, or batch statistics over so few values, cannot be */
export function recordPlan(request: PlanRequest): Plan<InferenceRegions | TrainingRegions> {
  const { config, mode, batch, recompute, precision = 'f32', loss, optimizer, trainable } = request;
  const network = buildNetwork(config);
  const {
    plan: builder,
    io,
    readback,
  } = mode === 'inference'
    ? recordInference(network, batch, { precision })
    : recordTraining(network, batch, { loss, optimizer, recompute, precision, trainable });
  return { network, batch, builder, io, readback };
}

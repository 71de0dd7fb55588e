// What is asked of a plan, as it travels between the command line and a host; the plan of it, recorded without a GPU and
// without comparing it with limits, so that one that does not fit can be described too; and the job `compile`, which makes
// every pipeline of such a plan.

import type { DenseNetConfig } from '../densenet/config.ts';
import { buildNetwork } from '../densenet/network.ts';
import { checkPrecision } from '../densenet/plan/device-precision.ts';
import type { Precision } from '../densenet/plan/feature-map.ts';
import { type InferencePlanOptions, type InferenceRegions, recordInference } from '../densenet/plan/inference.ts';
import type { Plan } from '../densenet/plan/plan.ts';
import type { Trainable } from '../densenet/plan/scope.ts';
import { vendorTiles } from '../densenet/plan/tile-config.ts';
import { recordTraining, type TrainingRegions } from '../densenet/plan/training.ts';
import type { LossKind } from '../densenet/train/losses.ts';
import type { OptimizerKind } from '../densenet/train/optimizers.ts';
import type { Vendor } from '../runtime/adapter.ts';
import { Device } from '../runtime/device.ts';
import type { MatrixCheck, MatrixUse } from '../runtime/subgroup-matrix.ts';
import type { SubgroupUse } from '../runtime/subgroups.ts';
import { defineJob, type JobContext } from './define-job.ts';
import { matrixOptions } from './device-options.ts';

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
  /** Whose GPUs' default tiles; default: an unknown vendor's. */
  readonly vendor?: Vendor;
}

/** @throws ConfigError when the network, or batch statistics over so few values, cannot be */
export function recordPlan(
  request: PlanRequest,
  options: Pick<InferencePlanOptions, 'floatMatrices'> = {},
): Plan<InferenceRegions | TrainingRegions> {
  const { config, mode, batch, recompute, precision = 'f32', loss, optimizer, trainable } = request;
  const tileConfig = vendorTiles(request.vendor ?? 'unknown');
  const network = buildNetwork(config);
  const {
    plan: builder,
    io,
    readback,
  } = mode === 'inference'
    ? recordInference(network, batch, { ...options, precision, tileConfig })
    : recordTraining(network, batch, { loss, optimizer, recompute, precision, trainable, tileConfig });
  return { network, batch, builder, io, readback };
}

export interface CompileRequest {
  readonly plan: PlanRequest;
  readonly subgroups: boolean;
  readonly subgroupMatrix: boolean;
}

export interface CompileReport {
  /** In the order of the plan's passes, each variant once. */
  readonly pipelines: readonly { readonly kernel: string; readonly variant: string; readonly milliseconds: number }[];
  readonly subgroups: SubgroupUse;
  readonly subgroupMatrix: MatrixUse;
  readonly kernelChecks: readonly MatrixCheck[];
}

/**
 * Makes every pipeline of a plan, one after another so that each one's time is its own; it allocates nothing of the plan and
 * runs nothing. Under Dawn with `dump_shaders` this is what prints the shaders.
 * @throws ConfigError, NoGpuError, and GpuError with the compiler's message
 */
export const compileJob = defineJob('compile', compile);

async function compile(request: CompileRequest, { gpu, now, signal }: JobContext): Promise<CompileReport> {
  const { plan, subgroups, subgroupMatrix } = request;
  const { builder } = recordPlan(plan, { floatMatrices: subgroupMatrix });
  const device = await Device.open(gpu, {
    now,
    subgroups,
    ...(await matrixOptions(subgroupMatrix || plan.precision === 'f16-matrix')),
  });
  try {
    checkPrecision(device, plan.precision ?? 'f32');
    for (const { kernel, parameters, promoted, packedF16, shader } of builder.program.passes) {
      const isGrouped = subgroups && kernel.parts.some((part) => part.subgroups !== undefined);
      await device.pipelines.get(kernel, parameters, promoted, packedF16, true, isGrouped ? 'subgroups' : shader);
      if (signal.aborted) break;
    }
    return {
      pipelines: [...device.pipelines.compiled],
      subgroups: device.subgroups,
      subgroupMatrix: device.subgroupMatrix,
      kernelChecks: [...device.pipelines.kernelChecks],
    };
  } finally {
    device.destroy();
  }
}

// The job `compile`: makes every pipeline of a plan, one after another so that each one's time is its own, allocates
// nothing and runs nothing of it. Under Dawn with `dump_shaders` this is what prints the shaders.

import { Device } from '../runtime/device.ts';
import type { MatrixCheck, MatrixUse } from '../runtime/subgroup-matrix.ts';
import type { SubgroupUse } from '../runtime/subgroups.ts';
import { defineJob, type JobContext } from './define-job.ts';
import { type PlanRequest, recordPlan } from './plan-request.ts';

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

/** @throws ConfigError, NoGpuError, and GpuError with the compiler's words. */
export const compileJob = defineJob('compile', compile);

async function compile(request: CompileRequest, { gpu, now, signal }: JobContext): Promise<CompileReport> {
  const { plan, subgroups, subgroupMatrix } = request;
  const { builder } = recordPlan(plan);
  const device = await Device.open(gpu, { now, subgroups, experimental: { subgroupMatrix } });
  try {
    for (const { kernel, parameters, promoted, packedF16 } of builder.program.passes) {
      await device.pipelines.get(kernel, parameters, promoted, packedF16);
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

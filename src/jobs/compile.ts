// The job `compile`: makes every pipeline of a plan, one after another so that each one's time is its own, allocates
// nothing and runs nothing of it. Under Dawn with `dump_shaders` this is what prints the shaders.

import { Device } from '../runtime/device.ts';
import type { MatrixCheck, MatrixUse } from '../runtime/subgroup-matrix.ts';
import type { SubgroupUse } from '../runtime/subgroups.ts';
import type { Job } from './job.ts';
import { type JsonValue, message } from './message.ts';
import { planRequestFromJson, recordPlan } from './plan-request.ts';

/** What it takes: `plan` is a PlanRequest as JSON. */
export type CompileInput = { readonly plan: JsonValue; readonly subgroups: boolean; readonly subgroupMatrix: boolean };

/** What the job answers with. */
export type CompileReport = {
  /** In the order of the plan's passes, each variant once. */
  readonly pipelines: readonly { readonly kernel: string; readonly variant: string; readonly milliseconds: number }[];
  readonly subgroups: SubgroupUse;
  readonly subgroupMatrix: MatrixUse;
  readonly kernelChecks: readonly MatrixCheck[];
};

/** @throws ConfigError, NoGpuError, and GpuError with the compiler's words. */
export const compileJob: Job = async ({ head }, { gpu, now, signal }) => {
  const { plan, subgroups, subgroupMatrix } = head as CompileInput;
  const { builder } = recordPlan(planRequestFromJson(plan));
  const device = await Device.open(gpu, { now, subgroups, experimental: { subgroupMatrix } });
  try {
    for (const { kernel, parameters, promoted, packedF16 } of builder.program.passes) {
      await device.pipelines.get(kernel, parameters, promoted, packedF16);
      if (signal.aborted) break;
    }
    const report: CompileReport = {
      pipelines: [...device.pipelines.compiled],
      subgroups: device.subgroups,
      subgroupMatrix: device.subgroupMatrix,
      kernelChecks: [...device.pipelines.kernelChecks],
    };
    return message(report);
  } finally {
    device.destroy();
  }
};

// Whether a device's shaders use subgroup operations: only where that was asked for, the adapter has the feature, and a
// probe on the device itself has shown that invocations lie in a subgroup as our reductions assume.

import { checkedGpu, dispatchOnce } from './run-kernel.ts';
import probe from './subgroup-probe.wgsl?raw';

/** Whether subgroups are in use, and why not; `size` is the device's smallest subgroup, in invocations. */
export type SubgroupUse =
  | {
      /** Reductions use subgroup operations. */
      readonly inUse: true;
      /** The smallest subgroup, in invocations. */
      readonly size: number;
    }
  | {
      /** They use workgroup memory. */
      readonly inUse: false;
      /** Why. */
      readonly why: string;
    };

const LANES = 256;
const LABEL = 'subgroup probe';

/** Probes a device that has the feature. Never throws: an error is why subgroups are not used. */
export async function probeSubgroups(gpu: GPUDevice, size: number | undefined): Promise<SubgroupUse> {
  if (size === undefined || size < 2 || size > LANES || !Number.isInteger(Math.log2(size)))
    return { inUse: false, why: `the adapter's smallest subgroup has a size of ${size}` };
  try {
    const agreeing = await neighboursThatAgree(gpu, size);
    if (agreeing === LANES) return { inUse: true, size };
    return { inUse: false, why: `${LANES - agreeing} of ${LANES} invocations have other neighbours in their subgroup` };
  } catch (error) {
    return { inUse: false, why: `the probe failed: ${error instanceof Error ? error.message : error}` };
  }
}

/** Of the probe's invocations, those whose neighbours in the workgroup are their neighbours in the subgroup. */
async function neighboursThatAgree(gpu: GPUDevice, size: number): Promise<number> {
  const device = checkedGpu(gpu);
  const compiled = await device.checked('compiling', () => {
    const code = probe.replace(/(const SUBGROUP: u32 = )[^;]*/, `$1${size}u`);
    const module = gpu.createShaderModule({ label: LABEL, code });
    const compute = { module, entryPoint: 'main' };
    const pipeline = gpu.createComputePipeline({ label: LABEL, layout: 'auto', compute });
    return { pipeline, layout: pipeline.getBindGroupLayout(0) };
  });
  const agrees = { kind: 'write', words: new Uint32Array(LANES) } as const;
  const [bytes] = await dispatchOnce(device, LABEL, compiled, [agrees], [1, 1, 1]);
  return new Uint32Array(bytes?.buffer ?? []).filter((agreed) => agreed === 1).length;
}

// Whether a device's shaders use subgroup operations. They do only where it was asked for, the adapter has the feature,
// and a probe on the device itself has shown that a subgroup is what our reductions take it for.

import { GpuError } from './errors.ts';
import probe from './subgroup-probe.wgsl?raw';
import { COPY_DST, COPY_SRC, MAP_MODE_READ, MAP_READ, STORAGE } from './usage.ts';

/** What a device does, and why where it does not; `size` is its smallest subgroup, in invocations. */
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

/** Asks a device that has the feature. Never throws: what goes wrong is why subgroups are not used. */
export async function probeSubgroups(gpu: GPUDevice, size: number | undefined): Promise<SubgroupUse> {
  if (size === undefined || size < 2 || size > LANES || !Number.isInteger(Math.log2(size)))
    return { inUse: false, why: `the adapter's smallest subgroup has a size of ${size}` };
  try {
    const agreeing = await neighboursThatAgree(gpu, size);
    if (agreeing === LANES) return { inUse: true, size };
    return { inUse: false, why: `of ${LANES} invocations ${LANES - agreeing} have other neighbours in their subgroup` };
  } catch (error) {
    return { inUse: false, why: `the probe failed: ${error instanceof Error ? error.message : error}` };
  }
}

async function neighboursThatAgree(gpu: GPUDevice, size: number): Promise<number> {
  gpu.pushErrorScope('validation');
  const code = probe.replace(/(const SUBGROUP: u32 = )[^;]*/, `$1${size}u`);
  const module = gpu.createShaderModule({ label: 'subgroup probe', code });
  const agrees = gpu.createBuffer({ label: 'subgroup probe', size: 4 * LANES, usage: STORAGE | COPY_SRC });
  const staging = gpu.createBuffer({ label: 'subgroup probe readback', size: 4 * LANES, usage: MAP_READ | COPY_DST });
  try {
    const compute = { module, entryPoint: 'main' };
    const pipeline = gpu.createComputePipeline({ label: 'subgroup probe', layout: 'auto', compute });
    const layout = pipeline.getBindGroupLayout(0);
    const group = gpu.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer: agrees } }] });
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(agrees, 0, staging, 0, 4 * LANES);
    gpu.queue.submit([encoder.finish()]);
    const invalid = await gpu.popErrorScope();
    if (invalid) throw new GpuError(invalid.message);
    await staging.mapAsync(MAP_MODE_READ);
    return new Uint32Array(staging.getMappedRange()).filter((agreed) => agreed === 1).length;
  } finally {
    agrees.destroy();
    staging.destroy();
  }
}

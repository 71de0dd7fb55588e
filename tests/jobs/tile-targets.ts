// Plans with the default tiles of other GPUs: they compute the same, but for rounding. And on a device that refuses pipelines
// of more threads than a Metal pipeline may have: smaller tiles are taken, and the device says so.

import { DenseNet } from '../../src/densenet/model.ts';
import { vendorTiles } from '../../src/densenet/plan/tile-config.ts';
import { Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob, jobRegistry } from '../../src/jobs/define-job.ts';
import { VENDORS, type Vendor } from '../../src/runtime/adapter.ts';
import { evaluateConstant } from '../../src/runtime/constant.ts';
import { Device } from '../../src/runtime/device.ts';
import { moduleConstants } from '../../src/runtime/specialize.ts';
import { distance } from './distance.ts';
import { sharedGpu } from './shared-gpu.ts';
import { floatBatch, OPTIONS, SMALL } from './small-network.ts';

// Wide enough for tiles that differ.
const CONFIG = { ...SMALL, dropout: 0, growthRate: 16, bottleneckWidth: 4, height: 20, width: 30 };
const { normalisation: _n, augment: _a, ...FLOATS } = OPTIONS;

export type TileTargetReport = {
  /** Passes whose parameters differ from those of an unknown vendor. */
  readonly changed: number;
  /** Relative L2 differences of the logits and, the largest, of the gradients. */
  readonly logits: number;
  readonly gradients: number;
};

export type RefusedReport = TileTargetReport & {
  /** Threads of the pipelines that were refused. */
  readonly refused: readonly number[];
  readonly notes: readonly string[];
};

export const tileTargets = jobRegistry(
  /** Gradients under every vendor's tiles. */
  defineJob('vendor-tiles', async (_request, { gpu, now }) => {
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
    try {
      const usual = await computed(device, 'unknown');
      const reports: Partial<Record<Vendor, TileTargetReport>> = {};
      for (const vendor of VENDORS) reports[vendor] = compared(usual, await computed(device, vendor));
      return reports;
    } finally {
      device.destroy();
    }
  }),
  /** The same on a device that refuses pipelines of more than so many threads. */
  defineJob('refused-threads', async ({ most }: { most: number }, { gpu, now }): Promise<RefusedReport> => {
    const whole = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
    const device = await Device.open(gpu, { now, defaultLimits: true });
    const refused = refuseAbove(device.gpu, most);
    try {
      const report = compared(await computed(whole), await computed(device));
      return { ...report, refused: [...refused], notes: device.notes };
    } finally {
      device.destroy();
      whole.destroy();
    }
  }),
);

interface Computed {
  readonly logits: Float32Array;
  readonly gradients: ReadonlyMap<string, { readonly values: ArrayLike<number> }>;
  readonly variants: readonly string[];
}

async function computed(device: Device, vendor?: Vendor): Promise<Computed> {
  const model = await DenseNet.create(device, CONFIG, { seed: 3 });
  const trainer = await Trainer.create(model, { ...FLOATS, ...(vendor && { tileConfig: vendorTiles(vendor) }) });
  try {
    const variants = trainer.plan.builder.program.passes.map(({ parameters }) => JSON.stringify(parameters));
    const batch = floatBatch(5, CONFIG);
    const { logits, gradients } = await trainer.gradients(batch);
    await trainer.step(batch);
    return { logits, gradients, variants };
  } finally {
    trainer.destroy();
    model.destroy();
  }
}

function compared(usual: Computed, other: Computed): TileTargetReport {
  // With all shifts at 0 the norms that read it undo this scale: its gradient is zero, and all that is left is rounding.
  const names = [...usual.gradients.keys()].filter((name) => name !== 'features.norm0.weight');
  const values = ({ gradients }: Computed, name: string) => gradients.get(name)?.values ?? [];
  return {
    changed: usual.variants.filter((variant, i) => variant !== other.variants[i]).length,
    logits: distance(usual.logits, other.logits),
    gradients: Math.max(...names.map((name) => distance(values(usual, name), values(other, name)))),
  };
}

/** From now on the device makes no pipeline with more threads; returns the numbers that it has refused. */
function refuseAbove(gpu: GPUDevice, most: number): Set<number> {
  const refused = new Set<number>();
  const texts = new WeakMap<GPUShaderModule, string>();
  const { createShaderModule, createComputePipelineAsync } = gpu;
  const methods = {
    createShaderModule: (given: GPUShaderModuleDescriptor) => {
      const made = createShaderModule.call(gpu, given);
      texts.set(made, given.code);
      return made;
    },
    createComputePipelineAsync: async (given: GPUComputePipelineDescriptor) => {
      const text = texts.get(given.compute.module) ?? '';
      const [, size = ''] = /@workgroup_size\((\w+)\)/.exec(text) ?? [];
      const threads = evaluateConstant(size, moduleConstants(text)) ?? Number.NaN;
      if (threads <= most) return createComputePipelineAsync.call(gpu, given);
      refused.add(threads);
      throw new Error(`the pipeline's limit is ${most} threads, but the shader needs ${threads}`);
    },
  };
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(gpu, name, { value, configurable: true });
  return refused;
}

// Counts what a step and a prediction ask of the GPU: everything that makes an object, and everything that moves bytes.

import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { sharedGpu } from './shared-gpu.ts';
import { byteBatch, OPTIONS, SMALL } from './small-network.ts';

/** Calls by name, those that happened. */
export type Calls = { readonly [name: string]: number };
export type AllocationsReport = {
  readonly creating: Calls;
  readonly training: Calls;
  readonly saving: Calls;
  readonly predicting: Calls;
};

export const RUNS = 10;

export const allocations = defineJob('allocations', async (_request, { gpu, now }) => {
  // On a busy machine a step may take longer than one submit should.
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true, longestSubmit: 600_000 });
  const { count, restore } = countCalls(device.gpu);
  const model = await DenseNet.create(device, SMALL);
  const [trainer, inference] = await Promise.all([
    Trainer.create(model, OPTIONS),
    Inference.create(model, { batch: OPTIONS.batch, normalisation: OPTIONS.normalisation, unroll: false }),
  ]);
  const creating = count();
  for (let i = 0; i < RUNS; i++) await trainer.step(byteBatch(i));
  const training = count();
  await trainer.prepareState();
  count();
  for (let i = 0; i < RUNS; i++) await trainer.state();
  const saving = count();
  const images = byteBatch(0).images;
  for (let i = 0; i < RUNS; i++) await inference.logits(images, OPTIONS.batch);
  const predicting = count();
  restore();
  device.destroy();
  const report: AllocationsReport = { creating, training, saving, predicting };
  return report;
});

/** From now on counts calls by name. */
export function countCalls(gpu: GPUDevice): {
  /** Those since it was last called. */
  readonly count: () => Calls;
  /** Gives the device back as it was. */
  readonly restore: () => void;
} {
  let calls: Record<string, number> = {};
  const restored: (() => void)[] = [];
  const countMethods = (of: object) => {
    for (const name of methodNames(of)) {
      const method: unknown = Reflect.get(of, name);
      if (typeof method !== 'function') continue;
      const own = Object.getOwnPropertyDescriptor(of, name);
      if (of === gpu || of === gpu.queue)
        restored.push(() => (own ? Object.defineProperty(of, name, own) : Reflect.deleteProperty(of, name)));
      const counted = (...given: unknown[]) => {
        // Firefox is given empty submits while an answer is waited for, as many as there is time for.
        const [first] = given;
        if (!Array.isArray(first) || first.length > 0) calls[name] = (calls[name] ?? 0) + 1;
        const result: unknown = method.apply(of, given);
        const hasOwnCalls = name === 'createCommandEncoder' || name === 'beginComputePass';
        if (hasOwnCalls && typeof result === 'object' && result) countMethods(result);
        return result;
      };
      Object.defineProperty(of, name, { value: counted, configurable: true });
    }
  };
  countMethods(gpu);
  countMethods(gpu.queue);
  const count = () => {
    const before = calls;
    calls = {};
    return before;
  };
  return {
    count,
    restore: () => {
      for (const back of restored) back();
    },
  };
}

/** Names of an object's methods, wherever on its prototypes they lie. */
function methodNames(of: object): string[] {
  const names = new Set<string>();
  for (let at: object | null = of; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && /^(create|copy|begin|dispatch|write|submit|clear|resolve)/.test(name))
        names.add(name);
    }
  }
  return [...names];
}

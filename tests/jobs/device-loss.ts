// A device that goes away, in each phase of its use: whoever waits gets a typed error within a second, who comes later at once,
// and a new device goes on from the last state as if nothing had been.

import { autotune } from '../../src/densenet/autotune/autotune.ts';
import { Explanations } from '../../src/densenet/explain/explanations.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { DeviceLostError } from '../../src/runtime/errors.ts';
import { makeIdle } from './idle-shaders.ts';
import { batchOf, CONFIG, imagesOf, TRAINING } from './misuse.ts';
import { sharedGpu } from './shared-gpu.ts';
import { byteBatch, differences, OPTIONS, SMALL } from './small-network.ts';

/** Whether the shaders of what is lost do nothing: each phase would compile them anew. */
export type DeviceLossInput = { readonly isIdle: boolean };

export type DeviceLossReport = {
  /** What every promise of a phase ended with, once each: an error's name, 'done', 'hangs'. */
  readonly phases: Readonly<Record<string, readonly string[]>>;
  /** Errors that a device's owner was told of. */
  readonly told: readonly string[];
  /** Tensors in which the new device differs from one that was never lost. */
  readonly differ: readonly string[];
};

/** Milliseconds after the loss in which everything has settled. */
const SETTLED = 1000;

interface Setting {
  readonly device: Device;
  readonly model: DenseNet;
  readonly trainer: Trainer;
  readonly inference: Inference;
  readonly explanations: Explanations;
}

/** What is under way when the device is lost. */
const PHASES: Readonly<Record<string, (setting: Setting) => readonly Promise<unknown>[]>> = {
  'nothing under way': () => [],
  'a network is made': ({ device }) => [DenseNet.create(device, CONFIG)],
  'a plan is compiled': ({ model }) => [Trainer.create(model, TRAINING), Inference.create(model, { batch: 3 })],
  'a first step, between two of its submits': ({ device, trainer }) => {
    device.budget.take = (costs) => costs.map((_, i) => i + 1);
    destroyAfter(device.gpu, 5);
    return [trainer.step(batchOf(0))];
  },
  'more steps than there are buffers': ({ trainer }) => Array.from({ length: 6 }, (_, i) => trainer.step(batchOf(i))),
  'a snapshot, and one behind it': ({ trainer }) => [trainer.state(), trainer.state(), trainer.prepareState()],
  'gradients and a state dict': ({ trainer, model }) => [trainer.gradients(batchOf(0)), model.stateDict()],
  logits: ({ inference }) => Array.from({ length: 6 }, () => inference.logits(imagesOf(2), 2)),
  explanations: ({ explanations }) =>
    (['cam', 'smooth-grad'] as const).map((method) => explanations.explain(imagesOf(1), { method, label: 0 })),
  autotuneRecord: ({ model }) => [autotune(model, { mode: 'full', workloads: [{ plan: 'inference', batch: 1 }] })],
};

async function outcome(result: Promise<unknown>, late: Promise<string>): Promise<string> {
  const settled = result.then(
    () => 'done',
    (error: unknown) => (error instanceof DeviceLostError ? 'DeviceLostError' : String(error)),
  );
  return Promise.race([settled, late]);
}

export const deviceLoss = defineJob(
  'device-loss',
  async ({ isIdle }: DeviceLossInput, { gpu, now }): Promise<DeviceLossReport> => {
    const told: string[] = [];
    const phases: Record<string, readonly string[]> = {};
    for (const [name, begin] of Object.entries(PHASES)) {
      const opened = await Device.open(gpu, { now, onError: (error) => told.push(error.name) });
      if (isIdle) makeIdle(opened.gpu);
      const setting = await settingOf(opened);
      const underWay = begin(setting);
      for (const promise of underWay) promise.catch(() => undefined);
      // Past what is done at the call, into what waits for the GPU.
      await Promise.resolve();
      setting.device.gpu.destroy();
      await setting.device.whenLost;
      const { trainer, inference, model, explanations } = setting;
      const later = [
        ...Array.from({ length: 6 }, () => trainer.step(batchOf(1))),
        ...Array.from({ length: 3 }, () => inference.logits(imagesOf(2), 2)),
        ...[trainer.state(), model.stateDict(), trainer.gradients(batchOf(1)), Trainer.create(model, TRAINING)],
        explanations.explain(imagesOf(1), { method: 'grad-cam', label: 0 }),
      ];
      const late = new Promise<string>((resolve) => setTimeout(resolve, SETTLED, 'hangs'));
      const found = await Promise.all([...underWay, ...later].map((promise) => outcome(promise, late)));
      phases[name] = [...new Set(found)].sort();
    }
    const opening = Device.open(losing(gpu), { now, retries: 0 }).catch((error: unknown) => error);
    const late = new Promise<string>((resolve) => setTimeout(resolve, SETTLED, 'hangs'));
    phases.opening = [String(await Promise.race([opening, late])).replace(/:.*/, '')];

    const device = await Device.open(losing(gpu), { now });
    const model = await DenseNet.create(device, SMALL);
    const state = await model.stateDict();
    device.gpu.destroy();
    const survivor = await firstStep(await Device.open(gpu, { now, defaultLimits: true }), state);
    const unhurt = await firstStep(await Device.open(sharedGpu(gpu), { now, defaultLimits: true }), undefined);
    return { phases, told, differ: differences(survivor, unhurt) };
  },
);

async function settingOf(device: Device): Promise<Setting> {
  const model = await DenseNet.create(device, CONFIG);
  const [trainer, inference] = await Promise.all([
    Trainer.create(model, TRAINING),
    Inference.create(model, { batch: 2, unroll: false }),
  ]);
  return { device, model, trainer, inference, explanations: new Explanations(model) };
}

/** Loses the device behind so many submits. */
function destroyAfter(gpu: GPUDevice, submits: number): void {
  const { queue } = gpu;
  const submit = queue.submit.bind(queue);
  let left = submits;
  const counted: typeof submit = (commands) => {
    submit(commands);
    // Empty ones only make Firefox look.
    if ([...commands].length > 0 && --left === 0) gpu.destroy();
  };
  Object.defineProperty(queue, 'submit', { value: counted });
}

/** The GPU, whose next device is lost before it is handed out. */
function losing(gpu: GPU): GPU {
  let isFirst = true;
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await gpu.requestAdapter(options);
    if (!adapter || !isFirst) return adapter;
    isFirst = false;
    const requestDevice = async (descriptor?: GPUDeviceDescriptor) => {
      const device = await adapter.requestDevice(descriptor);
      device.destroy();
      return device;
    };
    const { info, features, limits } = adapter;
    return { info, features, limits, requestDevice } as object as GPUAdapter;
  };
  return { requestAdapter } as object as GPU;
}

/** The state after one step of a new engine, from `state` or from the seed. */
async function firstStep(device: Device, state: Awaited<ReturnType<DenseNet['stateDict']>> | undefined) {
  const model = await DenseNet.create(device, SMALL, state ? { state } : {});
  const trainer = await Trainer.create(model, OPTIONS);
  await trainer.step(byteBatch(0));
  const after = await model.stateDict();
  device.destroy();
  return after;
}

// A plan that starts with shaders whose loops are kept, and has them replaced while it trains: the same bits as with either,
// whichever served in which step; and what becomes of an error, of `destroy` and of a lost device meanwhile.

import { DenseNet } from '../../src/densenet/model.ts';
import { Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import type { CompileProgress, Unroll } from '../../src/runtime/plan-pipelines.ts';
import { BATCH, differences, floatBatch, PLAIN_STEP } from './small-network.ts';

export interface InterimPipelinesReport {
  /** What `onCompile` was told of a plan that starts with loops. */
  readonly progress: readonly CompileProgress[];
  /** Texts with loops that were compiled, and texts that replaced them. */
  readonly compiled: { readonly interim: number; readonly unrolled: number };
  /** Steps during which that happened. */
  readonly steps: number;
  /** Tensors of the network that differ from those of a trainer that kept its loops. */
  readonly differ: readonly string[];
  /** What the device's owner was told where unrolled texts do not compile, and the loss of a step after it. */
  readonly failing: { readonly told: readonly string[]; readonly loss: number; readonly expected: number };
  /** Pipelines asked for after a trainer was destroyed or its device lost, and what the owner was told. */
  readonly gone: readonly { readonly asked: number; readonly told: readonly string[] }[];
}

const MOST_STEPS = 500;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export const interimPipelines = defineJob(
  'interim-pipelines',
  async (_request, { gpu }): Promise<InterimPipelinesReport> => {
    // By a clock that stands still, compiling takes no time, and the first run is the one that replacing starts at.
    const open = async (told: string[] = []) =>
      Device.open(gpu, { now: () => 0, onError: ({ name, message }) => told.push(`${name}: ${message}`) });
    const make = async (device: Device, unroll: Unroll, onCompile?: (progress: CompileProgress) => void) => {
      const model = await DenseNet.create(device, PLAIN_STEP.config, { seed: 3 });
      const options = { batch: BATCH, schedule: () => 0.05, seed: 7, unroll, ...(onCompile && { onCompile }) };
      const optimizer = { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 1e-4 } as const;
      return { model, trainer: await Trainer.create(model, { ...options, optimizer }) };
    };

    const device = await open();
    const progress: CompileProgress[] = [];
    const replaced = await make(device, 'auto', (one) => progress.push(one));
    const count = () => device.pipelines.compiled.filter(({ variant }) => !variant.endsWith('rolled')).length;
    const [interim, shared] = [device.pipelines.compiled.length - count(), count()];
    let steps = 0;
    while (count() - shared < interim && steps < MOST_STEPS) await replaced.trainer.step(floatBatch(steps++));
    // What replaced the last of them serves here.
    await replaced.trainer.step(floatBatch(steps++));
    const compiled = { interim, unrolled: count() - shared };
    const kept = await make(device, false);
    let expected = Number.NaN;
    for (let i = 0; i < steps; i++) {
      const { loss } = await kept.trainer.step(floatBatch(i));
      if (i === 1) expected = loss;
    }
    const differ = differences(await kept.model.stateDict(), await replaced.model.stateDict());
    device.destroy();

    const told: string[] = [];
    const refusing = await open(told);
    const one = await make(refusing, 'auto');
    refusing.gpu.createComputePipelineAsync = () => Promise.reject(new Error('refused'));
    await one.trainer.step(floatBatch(0));
    for (let waits = 0; told.length === 0 && waits < 100; waits++) await pause(50);
    const { loss } = await one.trainer.step(floatBatch(1));
    refusing.destroy();

    const gone = [];
    for (const end of ['destroy', 'lose'] as const) {
      const told: string[] = [];
      const device = await open(told);
      const { trainer } = await make(device, 'auto');
      const step = trainer.step(floatBatch(0)).catch(() => undefined);
      let asked = 0;
      const create = device.gpu.createComputePipelineAsync.bind(device.gpu);
      device.gpu.createComputePipelineAsync = (descriptor) => {
        asked++;
        return create(descriptor);
      };
      if (end === 'destroy') trainer.destroy();
      else device.gpu.destroy();
      await step;
      await pause(500);
      gone.push({ asked, told });
      device.destroy();
    }
    return { progress, compiled, steps, differ, failing: { told, loss, expected }, gone };
  },
);

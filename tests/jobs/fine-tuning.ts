// Fine-tuning against PyTorch: the steps of a golden file of make_fine_tuning.py. What is frozen must keep every bit, and
// a state that is loaded between two steps must reach what was prepared from the frozen weights.

import { readSafetensors } from '../../src/data/safetensors.ts';
import { compareTensors } from '../../src/densenet/golden/compare.ts';
import { readGolden } from '../../src/densenet/golden/golden.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import type { Trainable } from '../../src/densenet/plan/scope.ts';
import type { StateTensor } from '../../src/densenet/state-dict.ts';
import { constant } from '../../src/densenet/train/learning-rates.ts';
import { Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { sharedGpu } from './shared-gpu.ts';
import { differences } from './small-network.ts';

export type FineTuningReport = {
  /** Tensors that are not PyTorch's. */
  readonly wrong: readonly { readonly name: string; readonly error: number; readonly allowed: number }[];
  /** Tensors that are not what they were, bit for bit, and all. */
  readonly changed: readonly string[];
  readonly tensors: readonly string[];
  /** Of the parameters, those with a gradient of their own. */
  readonly gradients: readonly string[];
};

export const fineTuning = defineJob(
  'fine-tuning',
  async ({ golden: bytes }: { readonly golden: Uint8Array }, { gpu, now }) => {
    const golden = readGolden(bytes, 'golden');
    const trainable = readSafetensors(bytes, 'golden').metadata.trainable as Trainable;
    const { config, training, batch, state } = golden;
    const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
    // Other weights at first: nothing of them may be left in what is prepared once a set of weights.
    const model = await DenseNet.create(device, config, { seed: 5 });
    const trainer = await Trainer.create(model, {
      batch: training.batch,
      optimizer: training.optimizer,
      schedule: constant(training.learningRate),
      loss: training.loss,
      clip: training.clip,
      trainable,
      unroll: false,
    });
    const { gradients } = await trainer.gradients(batch);
    model.loadStateDict(state);
    const losses = new Float32Array(training.steps);
    for (let i = 0; i < training.steps; i++) losses[i] = (await trainer.step(batch)).loss;
    const after = await model.stateDict();
    const computed = new Map<string, StateTensor>([['steps.loss', { shape: [training.steps], values: losses }]]);
    for (const [name, tensor] of after) computed.set(`after.${name}`, tensor);
    const report: FineTuningReport = {
      wrong: compareTensors(golden, computed)
        .filter(({ passed }) => !passed)
        .map(({ name, error, allowed }) => ({ name, error, allowed })),
      changed: differences(state, after),
      tensors: [...state.keys()],
      gradients: [...gradients.keys()],
    };
    device.destroy();
    return report;
  },
);

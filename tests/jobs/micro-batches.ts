// Gradient accumulation: a step over micro-batches moves the parameters by the mean of the gradients that each has alone,
// and a step over one batch given several times moves them as that batch does. (Micro-batches are not one large batch:
// each has its own batch statistics, as in PyTorch.)

import { relativeError } from '../../src/densenet/golden/compare.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import type { StateDict, StateTensor } from '../../src/densenet/state-dict.ts';
import { constant } from '../../src/densenet/train/learning-rates.ts';
import { type Batch, Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, floatBatch, SMALL } from './small-network.ts';

export type MicroBatchReport = {
  /** Relative L2 error of the update of two micro-batches against the mean of their gradients. */
  readonly ofMean: number;
  /** And of one batch given three times against its gradient. */
  readonly ofSame: number;
  /** Of the loss of two micro-batches against the mean of theirs. */
  readonly ofLoss: number;
};

/** So large that parameters lose nothing of the gradient to rounding; there is one step only. */
const RATE = 1024;
const PLAIN = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;

export const microBatches = defineJob('micro-batches', async (_request, { gpu, now }) => {
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
  const model = await DenseNet.create(device, { ...SMALL, dropout: 0 });
  const state = await model.stateDict();
  const trainer = await Trainer.create(model, {
    batch: BATCH,
    optimizer: PLAIN,
    schedule: constant(RATE),
    unroll: false,
  });
  const [a, b] = [floatBatch(1), floatBatch(2)];
  const [ga, gb] = [await trainer.gradients(a), await trainer.gradients(b)];
  const two = await update(model, trainer, state, [a, b]);
  const same = await update(model, trainer, state, [a, a, a]);
  const report: MicroBatchReport = {
    ofMean: relativeError(two.moved, averageOf(ga.gradients, gb.gradients)),
    ofSame: relativeError(same.moved, averageOf(ga.gradients, ga.gradients)),
    ofLoss: Math.abs(two.loss / ((ga.loss + gb.loss) / 2) - 1),
  };
  device.destroy();
  return report;
});

type Gradients = ReadonlyMap<string, StateTensor>;

/** How far a step over `batches` moves the parameters from `state`, divided by the learning rate; all in one array. */
async function update(model: DenseNet, trainer: Trainer, state: StateDict, batches: readonly [Batch, ...Batch[]]) {
  model.loadStateDict(state);
  const { loss } = await trainer.step(batches);
  const after = await model.stateDict();
  const moved = model.network.parameters.flatMap(({ name }) => {
    const before = state.get(name)?.values ?? [];
    return Array.from(after.get(name)?.values ?? [], (value, i) => ((before[i] ?? Number.NaN) - value) / RATE);
  });
  return { loss, moved };
}

const averageOf = (a: Gradients, b: Gradients): number[] =>
  [...a].flatMap(([name, { values }]) => {
    const others = b.get(name)?.values ?? [];
    return Array.from(values, (value, i) => (value + (others[i] ?? Number.NaN)) / 2);
  });

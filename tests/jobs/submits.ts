// The same work in one submit, in a submit per pass, and cut at random: the same bits each time, and the same passes.

import { Explainer, oneHot } from '../../src/densenet/explain/explainer.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import type { StateDict } from '../../src/densenet/state-dict.ts';
import { type Batch, Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { createRandom, type Random } from '../../src/runtime/random.ts';
import { type Calls, countCalls } from './allocations.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, byteBatch, differences, floatBatch, OPTIONS, SMALL } from './small-network.ts';

export type SubmitsReport = {
  /** Of one submit per run, of a submit per pass, and of random cuts. */
  readonly calls: readonly Calls[];
  /** What differs from one submit per run: tensors' names, or 'logits', 'gradient'. */
  readonly differ: readonly string[];
};

/** Where `costs.length` passes are cut. */
type Cut = (passes: number) => number[];

const WHOLE: Cut = (passes) => [passes];
const EACH: Cut = (passes) => Array.from({ length: passes }, (_, i) => i + 1);
const at =
  (random: Random): Cut =>
  (passes) => [...EACH(passes - 1).filter(() => random.uint32() % 4 === 0), passes];

export const submits = defineJob('submits', async (seed: number, { gpu, now }): Promise<SubmitsReport> => {
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
  const { count, restore } = countCalls(device.gpu);
  const random = createRandom(seed);
  const calls: Calls[] = [];
  const differ: string[] = [];
  let whole: Results | undefined;
  for (const cut of [WHOLE, EACH, at(random), at(random)]) {
    device.budget.take = (costs) => cut(costs.length);
    const found = await results(device, count);
    calls.push(found.calls);
    whole ??= found;
    differ.push(...differences(whole.state, found.state), ...differences(whole.arrays, found.arrays));
  }
  restore();
  device.destroy();
  return { calls, differ };
});

interface Results {
  readonly state: StateDict;
  readonly arrays: StateDict;
  readonly calls: Calls;
}

/** Steps of one and of two micro-batches that are not awaited, logits between them, and an explanation. */
async function results(device: Device, count: () => Calls): Promise<Results> {
  const model = await DenseNet.create(device, SMALL);
  const [trainer, inference, explainer] = await Promise.all([
    Trainer.create(model, OPTIONS),
    Inference.create(model, { batch: BATCH, normalisation: OPTIONS.normalisation, unroll: false }),
    Explainer.create(model, { batch: BATCH, target: 'input', unroll: false }),
  ]);
  const { images } = byteBatch(9);
  const float = floatBatch(9).images;
  if (!(images instanceof Uint8Array && float instanceof Float32Array)) throw new Error('images of another kind');
  count();
  const two: readonly [Batch, Batch] = [byteBatch(1), byteBatch(2)];
  const [, logits, , explained] = await Promise.all([
    trainer.step(byteBatch(0)),
    inference.logits(images, BATCH),
    trainer.step(two),
    explainer.gradients(float, oneHot([0, 1, 2, 3], SMALL.classes), BATCH),
  ]);
  const calls = count();
  const tensor = (values: Float32Array) => ({ shape: [values.length], values: Float32Array.from(values) });
  const arrays = new Map([
    ['logits', tensor(logits)],
    ['gradient', tensor(explained.gradient)],
  ]);
  const state = await model.stateDict();
  model.destroy();
  for (const runner of [trainer, inference, explainer]) runner.destroy();
  return { state, arrays, calls };
}

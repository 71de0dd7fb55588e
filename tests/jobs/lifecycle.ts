// What is allowed and easily goes wrong: arrays that are used again at once, calls that nobody awaits, objects that are
// destroyed before, while and after they are used. Each is compared with the same done one after another.

import { Explanations } from '../../src/densenet/explain/explanations.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { BATCH, batchOf, CONFIG, imagesOf, outcome, TRAINING } from './misuse.ts';
import { differences } from './small-network.ts';

export type LifecycleReport = {
  /** Tensors that differ after steps that were not awaited, from one buffer that was used again at once. */
  readonly unawaited: readonly string[];
  /** Predictions and explanations whose arrays were cleared after the call, that gave something else. */
  readonly cleared: readonly string[];
  /** What each call ended with: 'done', or an error's name and the object that it names. */
  readonly disposed: Readonly<Record<string, string>>;
  /** Errors that the device's owner was told of. */
  readonly told: readonly string[];
  /** Whether another network on the same device still gives what it gave. */
  readonly othersGoOn: boolean;
};

const STEPS = 9; // more than there are staging buffers for
const LOSSES = 'loops of steps';

export const lifecycle = defineJob('lifecycle', async (_request, { gpu, now }) => {
  const told: string[] = [];
  const device = await Device.open(gpu, { now, onError: (error) => told.push(error.message) });
  const other = await DenseNet.create(device, CONFIG, { seed: 8 });
  const inference = await Inference.create(other, { batch: BATCH, unroll: false });
  const expected = await inference.logits(imagesOf(BATCH), BATCH);
  const unawaited = await compareSteps(device);
  const cleared = await compareCleared(other, inference, expected);
  const disposed = await useDestroyed(device);
  const after = await inference.logits(imagesOf(BATCH), BATCH);
  const othersGoOn = after.every((logit, i) => logit === expected[i]);
  device.destroy();
  device.destroy();
  disposed['a destroyed device'] = await named(() => inference.logits(imagesOf(BATCH), BATCH));
  disposed['a network on a destroyed device'] = await named(() => DenseNet.create(device, CONFIG));
  const report: LifecycleReport = { unawaited, cleared, disposed, told, othersGoOn };
  return report;
});

async function compareSteps(device: Device): Promise<string[]> {
  const [a, b] = await Promise.all([DenseNet.create(device, CONFIG), DenseNet.create(device, CONFIG)]);
  const [one, all] = await Promise.all([Trainer.create(a, TRAINING), Trainer.create(b, TRAINING)]);
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) losses.push((await one.step(batchOf(i))).loss);
  const reused = batchOf(0);
  const pending = Array.from({ length: STEPS }, (_, i) => {
    const { images, labels } = batchOf(i);
    reused.images.set(images);
    reused.labels.set(labels);
    const step = all.step(reused);
    reused.images.fill(Number.NaN);
    reused.labels.fill(0);
    return step;
  });
  const results = await Promise.all(pending);
  const differ = differences(await a.stateDict(), await b.stateDict());
  const same = results.every(({ loss, step }, i) => loss === losses[i] && step === i);
  a.destroy();
  b.destroy();
  return same ? [...differ] : [...differ, LOSSES];
}

async function compareCleared(model: DenseNet, inference: Inference, expected: Float32Array): Promise<string[]> {
  const differ: string[] = [];
  const same = (name: string, got: Float32Array, wanted: Float32Array) => {
    if (got.some((value, i) => value !== wanted[i]) || got.length !== wanted.length) differ.push(name);
  };
  const images = imagesOf(BATCH);
  const logits = inference.logits(images, BATCH);
  images.fill(0);
  same('logits', await logits, expected);
  const explanations = new Explanations(model);
  const request = { method: 'input-gradient', label: 1 } as const;
  const wanted = await explanations.explain(imagesOf(1), request);
  const image = imagesOf(1);
  const both = [explanations.explain(image, request), explanations.explain(image, { ...request, method: 'cam' })];
  const third = explanations.explain(image, request);
  image.fill(0);
  await Promise.all(both);
  const empty = new Float32Array();
  for (const [name, found] of [
    ['the first explanation', await both[0]],
    ['the third explanation', await third],
  ] as const)
    same(name, found?.attribution ?? empty, wanted?.attribution ?? empty);
  explanations.destroy();
  return differ;
}

/** 'done', or the error's name and the object that it names. */
async function named(call: () => unknown): Promise<string> {
  const found = await outcome(call);
  return /^DisposedError (\w+) has been destroyed/.exec(found)?.[1] ?? found;
}

async function useDestroyed(device: Device): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const images = imagesOf(BATCH);
  const make = async () => {
    const model = await DenseNet.create(device, CONFIG);
    const [trainer, inference] = await Promise.all([
      Trainer.create(model, TRAINING),
      Inference.create(model, { batch: BATCH, unroll: false }),
    ]);
    return { model, trainer, inference, explanations: new Explanations(model) };
  };
  const { model, trainer, inference, explanations } = await make();
  await trainer.step(batchOf(1));
  const state = await model.stateDict();
  const saved = await trainer.state();
  model.destroy();
  model.destroy();
  const explain = () => explanations.explain(imagesOf(1), { method: 'cam', label: 0 });
  for (const [name, call] of Object.entries({
    'logits of a destroyed network': () => inference.logits(images, BATCH),
    'a step of one': () => trainer.step(batchOf(1)),
    'gradients of one': () => trainer.gradients(batchOf(1)),
    'the state of one': () => trainer.state(),
    'restoring one': () => trainer.restore(saved),
    'its state dict': () => model.stateDict(),
    'loading it': () => model.loadStateDict(state),
    'a trainer for it': () => Trainer.create(model, TRAINING),
    'an inference for it': () => Inference.create(model, { batch: 1 }),
    'explaining it': explain,
  }))
    found[name] = await named(call);
  for (const each of [trainer, inference, explanations, trainer, inference, explanations]) each.destroy();
  found['a destroyed trainer'] = await named(() => trainer.step(batchOf(1)));
  found['a destroyed inference'] = await named(() => inference.logits(images, BATCH));
  found['destroyed explanations'] = await named(explain);

  const under = await make();
  const step = under.trainer.step(batchOf(1));
  const logits = under.inference.logits(images, BATCH);
  const taken = under.trainer.state();
  for (const pending of [step, logits, taken]) pending.catch(() => undefined);
  for (const each of [under.trainer, under.inference, under.explanations]) each.destroy();
  found['a step under way'] = await named(() => step);
  found['logits under way'] = await named(() => logits);
  found['a state under way'] = await named(() => taken);
  // As a driver would lose it: the GPU refuses the work, and no earlier result is given for it.
  const refused = await Inference.create(under.model, { batch: BATCH, unroll: false });
  under.model.parameters.destroy();
  found['a buffer that is gone'] = (await outcome(() => refused.logits(images, BATCH))).split(' ')[0] ?? '';
  return found;
}

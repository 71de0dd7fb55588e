// Calls as they should not be made, on a real device: each is refused at once with a typed error that says what it may be,
// nothing hangs, and nothing else is harmed: afterwards the same objects give what they gave before. Then what is allowed and
// easily goes wrong: arrays that are used again at once, steps that nobody awaits, objects that are destroyed under work.

import { autotune } from '../../src/densenet/autotune/autotune.ts';
import { Explainer, oneHot } from '../../src/densenet/explain/explainer.ts';
import { Explanations } from '../../src/densenet/explain/explanations.ts';
import { occlusion } from '../../src/densenet/explain/occlusion.ts';
import { smoothGrad } from '../../src/densenet/explain/smooth-grad.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { constant, cosine, stepped, warmup } from '../../src/densenet/train/learning-rates.ts';
import { ADAMW, SGD } from '../../src/densenet/train/optimizers.ts';
import { Trainer, type TrainerOptions } from '../../src/densenet/train/trainer.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { differences } from './small-network.ts';

export const CONFIG = {
  stem: 'cifar',
  growthRate: 2,
  blockLayers: [1],
  initialChannels: 4,
  bottleneckWidth: 0,
  compression: 1,
  dropout: 0,
  classes: 3,
  inputChannels: 1,
  height: 8,
  width: 8,
} as const;

export const BATCH = 2;
const VALUES = 64;

export const TRAINING = {
  batch: BATCH,
  optimizer: SGD,
  schedule: constant(0.05),
  unroll: false,
} as const satisfies TrainerOptions;

export type MisuseReport = {
  /** Calls that were refused as they should be. */
  readonly refused: number;
  /** Those that were not, each in words. */
  readonly problems: readonly string[];
};

/** `n` images, the same for the same seed. */
export function imagesOf(n: number, seed = 1): Float32Array<ArrayBuffer> {
  const random = new Random(seed);
  return Float32Array.from({ length: n * VALUES }, () => random.integer(-100, 100) / 50);
}

export const batchOf = (seed: number) => ({
  images: imagesOf(BATCH, seed),
  labels: Int32Array.of(seed % 3, (seed + 1) % 3),
});

/** What a caller hands over who has no types: anything. */
const wrong = <T>(value: unknown): T => value as T;

type Call = () => unknown;
/** A name, the call, the class of its error, and what its message must say. */
type Case = readonly [name: string, call: Call, error: string, says: RegExp];

/** The error's class and words, 'done' or 'hangs'. */
export async function outcome(call: Call, milliseconds = 10_000): Promise<string> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('hangs'), milliseconds);
  });
  const called = (async () => {
    try {
      await call();
      return 'done';
    } catch (error) {
      return error instanceof DenseNetError ? `${error.name} ${error.message}` : `untyped ${error}`;
    }
  })();
  const found = await Promise.race([called, late]);
  clearTimeout(timer);
  return found;
}

interface Objects {
  readonly device: Device;
  readonly model: DenseNet;
  readonly trainer: Trainer;
  readonly multi: Trainer;
  readonly inference: Inference;
  readonly bytes: Inference;
  readonly explainer: Explainer;
  readonly explanations: Explanations;
}

function cases({ device, model, trainer, multi, inference, bytes, explainer, explanations }: Objects): Case[] {
  const config = 'ConfigError';
  const x = imagesOf(BATCH);
  const one = imagesOf(1);
  const labels = Int32Array.of(0, 1);
  const marks = new Float32Array(BATCH * 3);
  const seeds = oneHot([0, 1], 3);
  const train = (options: object) => () => Trainer.create(model, wrong({ ...TRAINING, ...options }));
  const infer = (options: object) => () => Inference.create(model, wrong({ batch: 1, ...options }));
  const step = (batch: unknown) => () => trainer.step(wrong(batch));
  const withRate = (rate: unknown) => async () => {
    const broken = await Trainer.create(model, { ...TRAINING, schedule: () => wrong<number>(rate) });
    try {
      for (let i = 0; i < 6; i++) await broken.step(batchOf(i)).catch(() => undefined);
      if (broken.stepCount !== 0) throw new Error(`${broken.stepCount} steps were counted`);
      await broken.step(batchOf(0));
    } finally {
      broken.destroy();
    }
  };
  const explain =
    (request: object, image: unknown = one) =>
    () =>
      explanations.explain(wrong(image), wrong({ method: 'input-gradient', label: 0, ...request }));
  return [
    ['a Promise for a device', () => DenseNet.create(wrong(Promise.resolve(device)), CONFIG), config, /Promise.*await/],
    ['a GPUDevice for a device', () => DenseNet.create(wrong(device.gpu), CONFIG), config, /Device\.wrap/],
    ['no device', () => DenseNet.create(wrong(undefined), CONFIG), config, /^ConfigError device: "?undefined/],
    ['a Device to wrap', () => Device.wrap(wrong(device)), config, /GPUDevice/],
    ['no configuration', () => DenseNet.create(device, wrong(null)), config, /configuration/],
    ['a text for a configuration', () => DenseNet.create(device, wrong('densenet121')), config, /configuration/],
    [
      'a field in snake case',
      () => DenseNet.create(device, wrong({ ...CONFIG, growth_rate: 3 })),
      config,
      /mean growthRate/,
    ],
    [
      'a field left out',
      () => DenseNet.create(device, wrong({ ...CONFIG, classes: undefined })),
      config,
      /^ConfigError classes/,
    ],
    ['an option of a model misspelt', () => DenseNet.create(device, CONFIG, wrong({ sede: 1 })), config, /mean seed/],
    ['a seed of half', () => DenseNet.create(device, CONFIG, { seed: 0.5 }), config, /^ConfigError seed: 0\.5/],
    ['an object for a state', () => DenseNet.create(device, CONFIG, { state: wrong({}) }), config, /Map/],
    ['a state of another network', () => model.loadStateDict(new Map([['a', wrong({})]])), 'StateError', /missing/],
    ['no state', () => model.loadStateDict(wrong(undefined)), config, /Map/],
    ['a Promise for a model', () => Trainer.create(wrong(Promise.resolve(model)), TRAINING), config, /await/],
    ['a device for a model', () => Inference.create(wrong(device), { batch: 1 }), config, /must be a DenseNet/],
    ['explanations of nothing', () => new Explanations(wrong(undefined)), config, /must be a DenseNet/],
    ['no options of a trainer', () => Trainer.create(model, wrong(undefined)), config, /options of Trainer/],
    ['batch 0', train({ batch: 0 }), config, /^ConfigError batch: 0/],
    ['batch 1.5', train({ batch: 1.5 }), config, /^ConfigError batch: 1\.5/],
    ['batch NaN', train({ batch: Number.NaN }), config, /^ConfigError batch: NaN/],
    ['a huge batch', train({ batch: 2 ** 40 }), config, /^ConfigError batch: 1099511627776/],
    ['a batch beyond the limits', train({ batch: 2 ** 20 }), 'LimitError', /largest batch/],
    ['a misspelt option', train({ scheduler: constant(1) }), config, /mean schedule\?/],
    ['a rate for a schedule', train({ schedule: 0.1 }), config, /^ConfigError schedule: 0\.1 must be a function/],
    ['no optimizer', train({ optimizer: undefined }), config, /^ConfigError optimizer/],
    ['an optimizer by name', train({ optimizer: 'sgd' }), config, /^ConfigError optimizer: "sgd"/],
    [
      'an unknown optimizer',
      train({ optimizer: { ...SGD, kind: 'adagrad' } }),
      config,
      /'sgd', 'adamw', 'rmsprop', 'lamb' or 'lion'/,
    ],
    ['weight_decay', train({ optimizer: { ...SGD, weight_decay: 0 } }), config, /mean weightDecay/],
    ['a momentum of 1', train({ optimizer: { ...SGD, momentum: 1 } }), config, /^ConfigError momentum: 1/],
    ['one beta', train({ optimizer: { ...ADAMW, betas: [0.9] } }), config, /^ConfigError betas/],
    [
      "loss: 'bce'",
      train({ loss: 'bce' }),
      config,
      /'cross-entropy', 'focal', 'binary-cross-entropy' or 'sigmoid-focal'/,
    ],
    ['smoothing with BCE', train({ loss: 'binary-cross-entropy', labelSmoothing: 0.1 }), config, /cross-entropy/],
    ['smoothing of 1', train({ labelSmoothing: 1 }), config, /\[0, 1\)/],
    ['augmented float images', train({ augment: { mirror: true, shift: 1 } }), config, /normalisation/],
    ['a negative clip', train({ clip: -1 }), config, /^ConfigError clip: -1/],
    ['a clip of NaN', train({ clip: Number.NaN }), config, /^ConfigError clip: NaN/],
    ['a negative seed', train({ seed: -1 }), config, /^ConfigError seed: -1/],
    ['an unknown precision', train({ precision: 'f16' }), config, /'f32', 'f16-storage' or 'f16-matrix'/],
    [
      'a precision that the device lacks',
      train({ precision: 'f16-matrix' }),
      config,
      /^ConfigError precision: .* use 'f32' or 'f16-storage'/,
    ],
    ['an unroll that is not a flag', train({ unroll: 'rolled' }), config, /unroll.*true, false or 'auto'/],
    ['a tile config that is none', train({ tileConfig: [] }), config, /^ConfigError tileConfig/],
    ['a part that is not there', train({ trainable: 'head' }), config, /^ConfigError trainable: "head"/],
    ['a normalisation of 3 channels', train({ normalisation: { mean: [0, 0, 0], std: [1, 1, 1] } }), config, /mean/],
    ['a normalisation that is none', train({ normalisation: { mean: 0, std: 1 } }), config, /mean|normalisation/],
    ['a rate of NaN', withRate(Number.NaN), config, /^ConfigError schedule: NaN/],
    ['a negative rate', withRate(-1), config, /^ConfigError schedule: -1/],
    ['an infinite rate', withRate(1e39), config, /^ConfigError schedule/],
    ['no rate', withRate(undefined), config, /^ConfigError schedule/],
    ['cosine over no steps', () => cosine(0.1, 0), config, /^ConfigError total: 0/],
    ['cosine of NaN', () => cosine(Number.NaN, 10), config, /^ConfigError rate: NaN/],
    ['steps by a factor of 0', () => stepped(0.1, 10, [0.5], 0), config, /^ConfigError factor: 0/],
    ['a warm-up to no schedule', () => warmup(3, wrong(0.1)), config, /^ConfigError after/],
    ['no batches', step([]), config, /^ConfigError batches/],
    ['no batch', step(undefined), config, /^ConfigError batch/],
    ['a batch of nothing', step({}), config, /^ConfigError images: "undefined"/],
    ['a list with a wrong item', step([batchOf(1), null]), config, /^ConfigError batch\[1\]/],
    ['a field that is none', step({ ...batchOf(1), label: labels }), config, /mean labels/],
    ['no images', step({ images: undefined, labels }), config, /Float32Array/],
    ['images in a list', step({ images: [...x], labels }), config, /"Array" must be a Float32Array/],
    ['images of doubles', step({ images: Float64Array.from(x), labels }), config, /"Float64Array"/],
    ['images of bytes', step({ images: new Uint8Array(128), labels }), config, /"Uint8Array"/],
    ['too few values', step({ images: x.slice(1), labels }), config, /127 values; 2 images of 1x8x8 have 128/],
    ['too many values', step({ images: new Float32Array(256), labels }), config, /256 values; 2 images/],
    ['too many labels', step({ images: x, labels: new Int32Array(3) }), config, /^ConfigError labels: 3 values/],
    ['labels in a list', step({ images: x, labels: [0, 1] }), config, /Int32Array/],
    ['a label that is no class', step({ images: x, labels: Int32Array.of(0, 3) }), config, /0 to 2/],
    ['class numbers for BCE', () => multi.step(wrong({ images: x, labels })), config, /Float32Array/],
    [
      'a BCE label of 7',
      () => multi.step({ images: x, labels: marks.map((_, i) => (i ? 0 : 7)) }),
      config,
      /labels: 7/,
    ],
    ['a BCE label of -1', () => multi.step({ images: x, labels: marks.map(() => -1) }), config, /labels: -1/],
    ['an infinite BCE label', () => multi.step({ images: x, labels: marks.map(() => 1 / 0) }), config, /labels: Inf/],
    ['gradients of two batches', () => trainer.gradients(wrong([batchOf(1), batchOf(2)])), config, /takes one/],
    ['a state that is none', () => trainer.restore(wrong({ steps: -1, moments: [] })), 'StateError', /steps/],
    ['an inference of batch "2"', infer({ batch: '2' }), config, /^ConfigError batch: "2"/],
    ['keepFeature', infer({ keepFeature: true }), config, /mean keepFeatures/],
    ['keepFeatures of one', infer({ keepFeatures: 1 }), config, /true, false or 'all'/],
    ['logits of no images', () => inference.logits(wrong(undefined), 1), config, /"undefined" must be a Float32Array/],
    ['logits of null', () => inference.logits(wrong(null), 1), config, /"null" must be a Float32Array/],
    ['logits of clamped bytes', () => bytes.logits(wrong(new Uint8ClampedArray(64)), 1), config, /"Uint8ClampedArray"/],
    ['a larger image', () => inference.logits(new Float32Array(256), 1), config, /256 values; 1 image of 1x8x8 has 64/],
    ['images beyond the batch', () => inference.logits(imagesOf(3), 3), config, /^ConfigError count: 3.* 1 to 2/],
    ['no count', () => inference.logits(one, wrong(undefined)), config, /^ConfigError count/],
    ['an unknown target', () => Explainer.create(model, { batch: 1, target: 'conv9' }), config, /conv9.*denseblock1/],
    ['seeds too long', () => explainer.gradients(one, seeds, 1), config, /^ConfigError seeds: 6 values/],
    ['an unknown method', explain({ method: 'gradcam' }), config, /'grad-cam'/],
    ['a class that is not there', explain({ label: 3 }), config, /class: 3/],
    ['explaining a longer image', explain({}, new Float32Array(65)), config, /65 values; 1 image of 1x8x8 has 64/],
    ['an option that is none', explain({ method: 'smooth-grad', sample: 2 }), config, /mean samples/],
    ['half a sample', explain({ method: 'smooth-grad', samples: 0.5 }), config, /^ConfigError samples: 0\.5/],
    [
      'smoothing by NaN',
      () => smoothGrad(explainer, { image: one, seed: seeds.slice(0, 3) }, { level: Number.NaN }),
      config,
      /level: NaN/,
    ],
    [
      'a window of one side',
      () => occlusion(inference, { image: one, seed: seeds.slice(0, 3) }, wrong({ window: 3, stride: [1, 1] })),
      config,
      /window: 3/,
    ],
    [
      'occlusion with a longer seed',
      () => occlusion(inference, { image: one, seed: seeds }, { window: [2, 2], stride: [1, 1] }),
      config,
      /seed: 6 values/,
    ],
    [
      'an unknown mode of tuning',
      () => autotune(model, wrong({ mode: 'on', workloads: [] })),
      config,
      /'off', 'cached' or 'full'/,
    ],
    [
      'a workload that is none',
      () => autotune(model, wrong({ mode: 'off', workloads: [{ plan: 'train', batch: 1 }] })),
      config,
      /'training'/,
    ],
    ['tuning for nothing', () => autotune(model, { mode: 'full', workloads: [] }), config, /^ConfigError workloads/],
  ];
}

export const misuse = defineJob('misuse', async (_request, { gpu, now }): Promise<MisuseReport> => {
  const device = await Device.open(gpu, { now });
  const model = await DenseNet.create(device, CONFIG, { seed: 3 });
  const normalisation = { mean: [0.5], std: [0.5] };
  const [trainer, multi, inference, bytes, explainer] = await Promise.all([
    Trainer.create(model, TRAINING),
    Trainer.create(model, { ...TRAINING, loss: 'binary-cross-entropy' }),
    Inference.create(model, { batch: BATCH, unroll: false }),
    Inference.create(model, { batch: 1, normalisation, unroll: false }),
    Explainer.create(model, { batch: 1, target: 'input', unroll: false }),
  ]);
  const explanations = new Explanations(model);
  const before = await inference.logits(imagesOf(BATCH), BATCH);
  const state = await model.stateDict();
  const problems: string[] = [];
  const table = cases({ device, model, trainer, multi, inference, bytes, explainer, explanations });
  for (const [name, call, error, says] of table) {
    const found = await outcome(call);
    if (!found.startsWith(error) || !says.test(found)) problems.push(`${name}: ${found}`);
  }
  const unchanged = await inference.logits(imagesOf(BATCH), BATCH);
  if (unchanged.some((logit, i) => logit !== before[i])) problems.push('the logits have changed');
  if (differences(state, await model.stateDict()).length > 0) problems.push('the network has changed');
  if (trainer.stepCount !== 0 || multi.stepCount !== 0) problems.push('steps were counted');
  if ((await trainer.step(batchOf(1))).step !== 0) problems.push('the first good step is not the first');
  const missing = Float32Array.from({ length: BATCH * 3 }, (_, i) => (i % 2 ? Number.NaN : 1));
  if (!Number.isFinite((await multi.step({ images: imagesOf(BATCH), labels: missing })).loss))
    problems.push('missing labels are refused');
  device.destroy();
  return { refused: table.length, problems };
});

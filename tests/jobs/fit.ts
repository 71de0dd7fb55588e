// `fit` against the job `train`, which is the same training; and what only it has.

import { type ImageDataset, inMemory } from '../../src/data/dataset.ts';
import type { LabelledImages } from '../../src/data/idx.ts';
import type { MapSize } from '../../src/densenet/config.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import type { StateDict } from '../../src/densenet/state-dict.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { SGD } from '../../src/densenet/train/optimizers.ts';
import { readTrainingState } from '../../src/densenet/train/training-state.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { trainJob } from '../../src/jobs/train.ts';
import { Device } from '../../src/runtime/device.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { Classifier } from '../../src/training/classifier.ts';
import { type FitOptions, fit as fitModel } from '../../src/training/fit.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, SMALL } from './small-network.ts';

export interface FitReport {
  /** Tensors in which the network of `fit` differs from that of the job `train`. */
  readonly fromJob: readonly string[];
  /** And one that was interrupted and resumed from one that was not. */
  readonly resumed: readonly string[];
  readonly steps: readonly number[];
  /** Epochs, the best one, and in what the network that has its weights differs from its file. */
  readonly epochs: number;
  readonly best: number | undefined;
  readonly restored: readonly string[];
  /** Without a validation set. */
  readonly validation: readonly (number | null)[];
  /** Loss of the first and of the last epoch of the defaults. */
  readonly learned: readonly number[];
  /** Tensors in which a network that learned from crops of plain images differs from one that learned from small plain ones. */
  readonly cropped: readonly string[];
  /** How the former resizes images, says its file, and how a classifier does that learned the same. */
  readonly resizing: readonly unknown[];
  /** What each misuse was refused with. */
  readonly refused: readonly string[];
}

const OPTIONS = {
  batch: BATCH,
  epochs: 3,
  optimizer: SGD,
  learningRate: 0.05,
  schedule: 'constant',
  augment: { mirror: true, shift: 1 },
  normalisation: { mean: [0.5], std: [0.25] },
  seed: 5,
  unroll: false,
} as const satisfies FitOptions;
const DEFAULTS = { warmup: 0, clip: 0, labelSmoothing: 0, recompute: false, precision: 'f32' } as const;

export const fitting = defineJob('fit', async (_request, context): Promise<FitReport> => {
  const gpu = sharedGpu(context.gpu);
  const device = await Device.open(gpu, { now: context.now });
  const fresh = () => DenseNet.create(device, SMALL, { seed: OPTIONS.seed });
  const [training, validation] = [images(6 * BATCH + 3, 1), images(9, 2)];
  const data = { train: inMemory(training), validation: inMemory(validation) };

  const model = await fresh();
  const whole = await fitModel(model, data, OPTIONS);
  const job = await trainJob.run(
    {
      ...DEFAULTS,
      ...OPTIONS,
      config: SMALL,
      accumulate: 1,
      trainable: 'all',
      dropLast: false,
      training,
      validation,
      unrollOnSoftware: false,
    },
    { ...context, gpu, report: () => undefined },
  );

  const stop = new AbortController();
  const interrupted = await fresh();
  const first = await fitModel(interrupted, data, {
    ...OPTIONS,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.kind === 'epoch') stop.abort();
    },
  });
  const { state = new Uint8Array() } = first;
  const other = await DenseNet.create(device, SMALL, { seed: 99 });
  const second = await fitModel(other, data, { resume: state, unroll: false });

  const kept = await fresh();
  const withBest = await fitModel(kept, data, { ...OPTIONS, restoreBest: true });
  const alone = await fitModel(await fresh(), { train: data.train }, OPTIONS);
  const defaults = await fitModel(await fresh(), data, { batch: BATCH, epochs: 4, unroll: false });

  const [larger, small] = [plain(5 * BATCH, { height: 17, width: 15 }), plain(5 * BATCH, SMALL)];
  const crop = { ...OPTIONS, epochs: 2, augment: { ...OPTIONS.augment, randomCrop: true } };
  const ofCrops = await fitModel(await fresh(), { train: larger, validation: data.validation }, crop);
  const ofSmall = await fitModel(
    await fresh(),
    { train: small, validation: data.validation },
    { ...OPTIONS, epochs: 2 },
  );

  const classifier = await Classifier.load(device, whole.checkpoint ?? new Uint8Array());
  await classifier.fit({ train: larger }, { ...crop, epochs: 1 });

  const refused: string[] = [];
  const misuse = async (options: FitOptions, given: { train: ImageDataset; validation?: ImageDataset } = data) => {
    const error: unknown = await fitModel(model, given, { ...OPTIONS, ...options }).catch((thrown: unknown) => thrown);
    refused.push(error instanceof DenseNetError ? error.message : `not refused: ${String(error)}`);
  };
  const misspelt = { ...OPTIONS, learnignRate: 1 };
  await misuse(misspelt);
  await misuse({ epochs: 0 });
  await misuse({ earlyStop: 2 }, { train: data.train });
  await misuse({ restoreBest: true }, { train: data.train });
  await misuse({ resume: state, learningRate: 0.5 });
  await misuse({}, { train: inMemory(images(8, 3, 11)) });
  await misuse({ augment: crop.augment }, { train: inMemory(images(8, 3, 9)) });
  await misuse({ augment: crop.augment });
  await misuse({ augment: crop.augment }, { train: larger, validation: larger });
  await misuse({}, { train: { ...data.train, classNames: ['a', 'b'] } });
  await misuse({ batch: 100, dropLast: true });

  const own = await kept.stateDict();
  const best = ofFile(withBest.best);
  device.destroy();
  return {
    fromJob: differences(whole.checkpoint, job.checkpoint),
    resumed: differences(whole.checkpoint, second.checkpoint),
    steps: [first.updates, second.updates, readTrainingState(state, 'state').trainer.steps],
    epochs: second.epochs.length,
    best: withBest.bestEpoch,
    restored: different(own, best),
    validation: alone.epochs.map(({ validationAccuracy }) => validationAccuracy),
    learned: [defaults.epochs.at(0)?.loss ?? 0, defaults.epochs.at(-1)?.loss ?? 0],
    cropped: differences(ofCrops.checkpoint, ofSmall.checkpoint),
    resizing: [
      readCheckpoint(ofCrops.checkpoint ?? new Uint8Array(), 'network').resizing,
      { resize: classifier.preprocessing.resize },
    ],
    refused,
  };
});

/** Tensors in which two networks differ. */
const different = (one: StateDict, other: StateDict): string[] =>
  [...one].flatMap(([name, { values }]) => {
    const others = other.get(name)?.values;
    return values.every((value, i) => Object.is(value, others?.[i])) ? [] : [name];
  });

const ofFile = (file: Uint8Array = new Uint8Array()): StateDict => readCheckpoint(file, 'network').state;
const differences = (a: Uint8Array | undefined, b: Uint8Array | undefined) => different(ofFile(a), ofFile(b));

/** Images of one brightness each: of every place of such an image, the crop is the same. */
function plain(count: number, { height, width }: MapSize): ImageDataset {
  const { pixels, ...given } = images(count, 4);
  const area = SMALL.height * SMALL.width;
  const brightness = Uint8Array.from(
    { length: count * height * width },
    (_, i) => pixels[Math.floor(i / (height * width)) * area] ?? 0,
  );
  return inMemory({ ...given, height, width, pixels: brightness });
}

function images(count: number, seed: number, width = SMALL.width): LabelledImages {
  const random = new Random(seed);
  const { inputChannels: channels, height, classes } = SMALL;
  const labels = Int32Array.from({ length: count }, () => random.integer(0, classes - 1));
  return {
    count,
    channels,
    height,
    width,
    // Brightness tells the class.
    pixels: Uint8Array.from({ length: count * channels * height * width }, (_, i) => {
      const label = labels[Math.floor(i / (channels * height * width))] ?? 0;
      return random.integer(0, 40) + 50 * label;
    }),
    labels,
    classNames: Array.from({ length: classes }, (_, i) => `class ${i}`),
  };
}

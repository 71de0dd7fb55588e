// A classifier from a data set to a file and back: what was saved classifies as what was trained.

import { inMemory } from '../../src/data/dataset.ts';
import type { DecodedImage } from '../../src/data/preprocess.ts';
import type { DenseNet } from '../../src/densenet/model.ts';
import { loadModel, saveModel } from '../../src/densenet/model-file.ts';
import { importSafetensors } from '../../src/densenet/weights/import-weights.ts';
import { withChosenDetails } from '../../src/densenet/weights/save-details.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import type { ClassProbability } from '../../src/metrics/top-classes.ts';
import { Device } from '../../src/runtime/device.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { Classifier } from '../../src/training/classifier.ts';
import { evaluate } from '../../src/training/evaluate.ts';
import type { PredictInput } from '../../src/training/predict-input.ts';
import { sharedGpu } from './shared-gpu.ts';
import { BATCH, SMALL } from './small-network.ts';

export interface ClassifierReport {
  /** Accuracy on the images that it was trained on. */
  readonly accuracy: number;
  readonly classNames: readonly string[];
  /** Of some pictures of other sizes, before saving and after loading; the two most probable classes. */
  readonly before: readonly (readonly ClassProbability[])[];
  readonly after: readonly (readonly ClassProbability[])[];
  /** Over all classes of a picture. */
  readonly sum: number;
  /** Of a file with temperature 2 and thresholds: loaded, saved and loaded again, and trained after that. */
  readonly calibrated: {
    readonly largest: number;
    readonly temperatures: readonly number[];
    readonly thresholds: readonly (readonly number[] | undefined)[];
  };
  /** Evaluated with mirror images: the largest difference to the mean of the two softmaxes. */
  readonly testTimeError: number;
  /** Whether a generator of pictures, and a data set, are predicted as an array is. */
  readonly sameFrom: { readonly generator: boolean; readonly dataset: boolean };
  /** Accuracy where the data set has its classes in another order, and of the network alone. */
  readonly accuracies: readonly number[];
  /** Of `saveModel` and `loadModel`: whether all numbers came back, and what the file says besides. */
  readonly file: { readonly same: boolean; readonly says: readonly unknown[] };
  /** Of a new classifier on these weights: before it is trained, and from its file. */
  readonly tunedNames: readonly (readonly string[])[];
  readonly refused: readonly string[];
}

function averagingError(views: readonly Float32Array[], averaged: Float32Array, classes: number): number {
  const softmax = (logits: Float32Array, first: number) => {
    const terms = Array.from(logits.subarray(first, first + classes), Math.exp);
    const total = terms.reduce((a, b) => a + b, 0);
    return terms.map((term) => term / total);
  };
  let worst = 0;
  for (let first = 0; first < averaged.length; first += classes) {
    const parts = views.map((view) => softmax(view, first));
    for (const [k, p] of softmax(averaged, first).entries()) {
      const mean = parts.reduce((sum, part) => sum + (part[k] ?? Number.NaN), 0) / parts.length;
      worst = Math.max(worst, Math.abs(p - mean));
    }
  }
  return worst;
}

/** Which band of four is bright. */
const CLASSES = ['sky', 'hills', 'trees', 'grass'];

export const classifier = defineJob('classifier', async (_request, { gpu, now }): Promise<ClassifierReport> => {
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
  const { height, width } = SMALL;
  const random = new Random(1);
  const count = 31;
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES.length);
  const picture = (label: number, w: number, h: number) =>
    Uint8Array.from(
      { length: w * h },
      (_, i) => random.integer(0, 60) + (Math.floor((4 * i) / (w * h)) === label ? 150 : 0),
    );
  const pixels = new Uint8Array(count * height * width);
  for (const [i, label] of labels.entries()) pixels.set(picture(label, width, height), i * height * width);
  const train = inMemory({ count, channels: 1, height, width, pixels, labels, classNames: CLASSES });
  const made = await Classifier.create(device, train, { ...SMALL, dropout: 0 }, 3);
  await made.fit({ train }, { epochs: 25, batch: BATCH, unroll: false });
  const { accuracy, logits } = await made.evaluate(train);
  const rows = Array.from({ length: count * height }, (_, row) => pixels.slice(row * width, (row + 1) * width));
  const mirrored = Uint8Array.from(rows.flatMap((row) => [...row.reverse()]));
  const others = await made.evaluate(inMemory({ ...train, pixels: mirrored }));
  const averaged = await made.evaluate(train, { testTime: 'mirror' });
  const testTimeError = averagingError([logits, others.logits], averaged.logits, CLASSES.length);
  const pictures: DecodedImage[] = [0, 3, 1].map((label, i) => {
    const [w, h] = [width * (i + 1), height * (i + 1)];
    return { width: w, height: h, channels: 1, pixels: picture(label, w, h) };
  });
  const before = await made.predict(pictures, { topK: 2 });
  const [whole = []] = await made.predict(pictures.slice(0, 1));
  const file = await made.save();
  const loaded = await Classifier.load(device, file);
  const after = await loaded.predict(pictures, { topK: 2 });
  const chosen = { temperature: 2, thresholds: [0.1, 0.2, 0.3, 0.4] };
  const source = withChosenDetails(file, 'weights', importSafetensors(file, 'weights'), chosen);
  const cooled = await Classifier.load(device, source);
  const again = await Classifier.load(device, await cooled.save());
  const [[first] = []] = await again.predict(pictures.slice(0, 1));
  const kept = {
    temperatures: [cooled.temperature, again.temperature],
    thresholds: [cooled.thresholds, again.thresholds],
  };
  await again.fit({ train }, { epochs: 1, batch: BATCH, unroll: false });
  const calibrated = {
    largest: first?.probability ?? 0,
    temperatures: [...kept.temperatures, again.temperature],
    thresholds: [...kept.thresholds, again.thresholds],
  };
  async function* oneByOne() {
    for (const image of pictures) yield image;
  }
  const images = Array.from({ length: count }, (_, i): DecodedImage => {
    const own = pixels.subarray(i * height * width, (i + 1) * height * width);
    return { width, height, channels: 1, pixels: own };
  });
  const json = async (given: PredictInput, batch: number) => JSON.stringify(await made.predict(given, { batch }));
  const sameFrom = {
    generator: (await json(oneByOne(), 2)) === (await json(pictures, 2)),
    dataset: (await json(train, 8)) === (await json(images, 8)),
  };
  const turned = { classNames: CLASSES.toReversed(), labels: labels.map((label) => CLASSES.length - 1 - label) };
  const [byName, alone] = [
    await made.evaluate({ ...train, ...turned }, { batch: 4 }),
    await evaluate(made.model, train, { normalisation: made.preprocessing }),
  ];
  const saved = await saveModel(made.model, { preprocessing: made.preprocessing, classNames: CLASSES, steps: 5 });
  const { model, ...said } = await loadModel(device, saved);
  const numbers = async (network: DenseNet) =>
    [...(await network.stateDict())].map(([name, { values }]) => [name, ...values]);
  const sameNumbers = JSON.stringify(await numbers(model)) === JSON.stringify(await numbers(made.model));
  const says = [
    said.classNames,
    said.batchesTracked,
    JSON.stringify(said.preprocessing) === JSON.stringify(made.preprocessing),
  ];
  const options = { ignore: ['classifier'], newClassifier: { classes: CLASSES.length, seed: 2 } };
  const tuned = await Classifier.load(device, file, options);
  const unnamed = tuned.classNames;
  await tuned.fit(
    { train: { ...train, ...turned } },
    { trainable: 'classifier', epochs: 1, batch: BATCH, unroll: false },
  );
  const tunedNames = [unnamed, (await Classifier.load(device, await tuned.save())).classNames];
  const refused: string[] = [];
  const misuse = async (call: () => Promise<unknown>) => {
    const error: unknown = await call().catch((thrown: unknown) => thrown);
    refused.push(error instanceof DenseNetError ? error.message : `not refused: ${String(error)}`);
  };
  await misuse(() => made.predict(pictures, { topK: 0 }));
  await misuse(() => made.evaluate({ ...train, width: 11 }));
  await misuse(() => made.evaluate(train, { testTime: 'five-crop' }));
  await misuse(() =>
    made.predict(train, { signal: AbortSignal.abort(new DenseNetError('config', 'not wanted any more')) }),
  );
  await misuse(() => made.evaluate({ ...train, classNames: ['sky', 'hills', 'trees', 'sea'] }));
  await misuse(() => saveModel(made.model, { classNames: ['one'] }));
  await misuse(() => Classifier.create(device, { ...train, height: 1, width: 1 }, SMALL));
  made.destroy();
  await misuse(() => made.predict(pictures));
  device.destroy();
  const sum = whole.reduce((total, { probability }) => total + probability, 0);
  const { classNames } = loaded;
  const accuracies = [byName.accuracy, alone.accuracy];
  const fileReport = { same: sameNumbers, says };
  return {
    accuracy,
    classNames,
    before,
    after,
    sum,
    calibrated,
    testTimeError,
    sameFrom,
    accuracies,
    file: fileReport,
    tunedNames,
    refused,
  };
});

// A classifier from a data set to a file and back: what was saved classifies as what was trained.

import { inMemory } from '../../src/data/dataset.ts';
import type { DecodedImage } from '../../src/data/preprocess.ts';
import { importWeights } from '../../src/densenet/weights/import-weights.ts';
import { withChosenDetails } from '../../src/densenet/weights/save-details.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import type { ClassProbability } from '../../src/metrics/top-classes.ts';
import { Device } from '../../src/runtime/device.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { Random } from '../../src/shaders/random-inputs.ts';
import { Classifier } from '../../src/training/classifier.ts';
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
  const source = withChosenDetails(file, 'weights', importWeights(file, 'weights'), chosen);
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
  const refused: string[] = [];
  const misuse = async (call: () => Promise<unknown>) => {
    const error: unknown = await call().catch((thrown: unknown) => thrown);
    refused.push(error instanceof DenseNetError ? error.message : `not refused: ${String(error)}`);
  };
  await misuse(() => made.predict(pictures, { topK: 0 }));
  await misuse(() => made.evaluate({ ...train, width: 11 }));
  await misuse(() => made.evaluate(train, { testTime: 'five-crop' }));
  await misuse(() => Classifier.create(device, { ...train, height: 1, width: 1 }, SMALL));
  made.destroy();
  await misuse(() => made.predict(pictures));
  device.destroy();
  const sum = whole.reduce((total, { probability }) => total + probability, 0);
  return { accuracy, testTimeError, classNames: loaded.classNames, before, after, sum, calibrated, refused };
});

// A network together with what makes it useful: the names of its classes and how images become its input. It is loaded from any
// file of weights that `importWeights` reads, or made new for a data set; it classifies, learns, and is saved.

import type { ImageDataset } from '../data/dataset.ts';
import { matchClasses, relabel } from '../data/match-classes.ts';
import type { DecodedImage, Preprocessing } from '../data/preprocess.ts';
import { checkConfig, type DenseNetConfig } from '../densenet/config.ts';
import { Inference } from '../densenet/inference.ts';
import { DenseNet } from '../densenet/model.ts';
import { loadModel, saveModel } from '../densenet/model-file.ts';
import { type PresetName, preset } from '../densenet/presets.ts';
import {
  averageProbabilities,
  TEST_TIME_AUGMENTATION_NAMES,
  type TestTimeAugmentation,
  testTimeViews,
} from '../densenet/test-time.ts';
import { resizingOfCrops } from '../densenet/train/source-size.ts';
import type { ImportOptions } from '../densenet/weights/import-options.ts';
import { type ClassProbability, classNamesOf, topClasses } from '../metrics/top-classes.ts';
import type { Device } from '../runtime/device.ts';
import { ConfigError, DisposedError } from '../runtime/errors.ts';
import { checkOptions, oneOf, type Rules, whole } from '../runtime/options.ts';
import { throwIfAborted } from '../runtime/signal.ts';
import {
  checkSize,
  type Evaluation,
  evaluateWith,
  logitsSource,
  RUN_BATCH,
  RUN_OPTIONS,
  type RunOptions,
} from './evaluate.ts';
import { type FitData, type FitOptions, type FitResult, fit, measured } from './fit.ts';
import { type PredictInput, preparedBatches } from './predict-input.ts';

/** Options of `Classifier.predict`. */
export interface PredictOptions extends RunOptions {
  /** The most probable classes per image; left out: all of them. */
  readonly topK?: number | undefined;
}

/** Options of `Classifier.evaluate`. */
export interface ClassifierEvaluateOptions extends RunOptions {
  /**
   * Predict each image from several views, whose probabilities are averaged: the logits are then those of the mean (its logarithm; of
   * several labels per image its logit). Default: from itself alone.
   */
  readonly testTime?: TestTimeAugmentation | undefined;
}

const EVALUATE_OPTIONS = /* @__PURE__ */ (() =>
  ({
    ...RUN_OPTIONS,
    testTime: oneOf(...TEST_TIME_AUGMENTATION_NAMES),
  }) satisfies Rules<ClassifierEvaluateOptions>)();

const PREDICT_OPTIONS = { ...RUN_OPTIONS, topK: whole(1, 2 ** 20) } satisfies Rules<PredictOptions>;

interface Parts {
  readonly model: DenseNet;
  readonly classNames: readonly string[] | undefined;
  readonly preprocessing: Preprocessing;
  readonly multiLabel: boolean;
  readonly temperature?: number;
  readonly thresholds?: readonly number[] | undefined;
}

/** A network with the names of its classes and how images become its input. */
export class Classifier {
  /** The network, for what is not offered here. */
  readonly model: DenseNet;
  /** Whether any number of classes may apply to an image, or exactly one. */
  readonly multiLabel: boolean;
  private prepared: Preprocessing;
  private calibration: Pick<Parts, 'temperature' | 'thresholds'>;
  private names: readonly string[] | undefined;
  private inference: { readonly batch: number; readonly made: Promise<Inference> } | undefined;
  private steps = 0;
  private isDestroyed = false;

  private constructor({ model, classNames, preprocessing, multiLabel, ...calibration }: Parts) {
    this.model = model;
    this.names = classNames;
    this.prepared = preprocessing;
    this.multiLabel = multiLabel;
    this.calibration = calibration;
  }

  /** By label; `class N` where the weights name none and it has not been trained since. */
  get classNames(): readonly string[] {
    return classNamesOf(this.model.config.classes, this.names);
  }

  /** How images become its input. */
  get preprocessing(): Preprocessing {
    return this.prepared;
  }

  /** What logits are divided by before they become probabilities; 1: nothing. Training makes it 1. */
  get temperature(): number {
    return this.calibration.temperature ?? 1;
  }

  /** With several labels per image: from which probability on each counts as present; undefined: nobody chose. So after training. */
  get thresholds(): readonly number[] | undefined {
    return this.calibration.thresholds;
  }

  /**
   * A network from a safetensors file: one of ours, or any DenseNet's (torchvision, timm and others).
   * @param file what errors call it
   * @throws as `loadModel`
   */
  static async load(
    device: Device,
    bytes: Uint8Array,
    options: ImportOptions = {},
    file = 'weights',
  ): Promise<Classifier> {
    const loaded = await loadModel(device, bytes, options, file);
    const { model, preprocessing, classNames, multiLabel, temperature, thresholds } = loaded;
    return new Classifier({ model, classNames, preprocessing, multiLabel, temperature, thresholds });
  }

  /**
   * A new network for a data set, whose image size, channels, classes, mean and standard deviation it takes.
   * @param architecture a preset's name, or a configuration
   * @param seed of the initial weights
   * @throws ConfigError where the data set's images are too small for it; as `DenseNet.create`, and as the data set's `read`
   */
  static async create(
    device: Device,
    dataset: ImageDataset,
    architecture: PresetName | DenseNetConfig = 'bc-40-36',
    seed = 0,
  ): Promise<Classifier> {
    const { channels, height, width, classNames, labels } = dataset;
    const base = typeof architecture === 'string' ? preset(architecture) : architecture;
    const config = checkConfig({ ...base, inputChannels: channels, height, width, classes: classNames.length });
    const normalisation = await measured(dataset);
    const model = await DenseNet.create(device, config, { seed });
    const preprocessing = { channels, height, width, ...normalisation };
    return new Classifier({ model, classNames, preprocessing, multiLabel: labels instanceof Float32Array });
  }

  /**
   * The classes of images, most probable first, for each image in its order. Equal ones come in the order of their numbers.
   * @throws ConfigError for an image that cannot be prepared; NotFiniteError; GpuError, DeviceLostError, DisposedError; the signal's
   * reason; what `images` throws
   */
  async predict(images: PredictInput, options: PredictOptions = {}): Promise<ClassProbability[][]> {
    const all: ClassProbability[][] = [];
    for await (const classes of this.predictEach(images, options)) all.push(classes);
    return all;
  }

  /**
   * The same, image by image as they are predicted: thousands of files are never all in memory. The next batch is prepared while the
   * GPU works on one.
   * @throws as `predict`
   */
  async *predictEach(images: PredictInput, options: PredictOptions = {}): AsyncGenerator<ClassProbability[]> {
    checkOptions<PredictOptions>('options of predict', options, PREDICT_OPTIONS);
    const { classNames, multiLabel } = this;
    const { topK = classNames.length, ...run } = options;
    const { classes } = this.model.config;
    for await (const logits of this.logitsOf(images, run)) {
      for (let at = 0; at < logits.length; at += classes) {
        const row = logits.subarray(at, at + classes);
        yield topClasses(row, topK, classNames, multiLabel, this.temperature);
      }
    }
  }

  /** [images.length][classes] @throws as `predict` */
  async logits(images: readonly DecodedImage[], options: RunOptions = {}): Promise<Float32Array<ArrayBuffer>> {
    checkOptions<RunOptions>('options of logits', options, RUN_OPTIONS);
    const logits = new Float32Array(images.length * this.model.config.classes);
    let at = 0;
    for await (const some of this.logitsOf(images, options)) {
      logits.set(some, at);
      at += some.length;
    }
    return logits;
  }

  /** Logits batch by batch. */
  private async *logitsOf(
    images: PredictInput,
    { batch = RUN_BATCH, signal }: RunOptions,
  ): AsyncGenerator<Float32Array> {
    let running: Promise<Float32Array> | undefined;
    this.assertAlive();
    for await (const { pixels, count } of preparedBatches(images, this.prepared, batch)) {
      throwIfAborted(signal);
      const next = (await this.inferenceFor(count)).logits(pixels, count);
      // Its error is thrown when it is its turn; until then nobody waits for it.
      next.catch(() => undefined);
      if (running) yield await running;
      running = next;
    }
    if (running) yield await running;
  }

  /**
   * Loss and accuracy on a data set of the network's image size; with `testTime` 'five-crop', of a larger one. Classes are matched by
   * their names, in whatever order the data set has them; `evaluateLogits` makes a full report of the logits, which are in the
   * network's order.
   * @throws ConfigError where it has another size, or classes that the network does not have; as `predict`, and as the data set's
   * `read`
   */
  async evaluate(dataset: ImageDataset, options: ClassifierEvaluateOptions = {}): Promise<Evaluation> {
    checkOptions<ClassifierEvaluateOptions>('options of evaluate', options, EVALUATE_OPTIONS);
    const { batch = RUN_BATCH, signal, testTime } = options;
    const { config } = this.model;
    if (testTime === 'five-crop') checkLarger(config, dataset);
    else checkSize(config, 'dataset', dataset);
    const numbers = matchClasses(dataset.classNames, this.names, config.classes);
    const labels = relabel(dataset.labels, numbers, config.classes);
    const own = logitsSource(await this.inferenceFor(Math.max(1, Math.min(batch, dataset.count))));
    if (!testTime) return evaluateWith(own, dataset, { labels, signal });
    const multiLabel = labels instanceof Float32Array;
    const logits = async (images: Uint8Array<ArrayBuffer>, count: number) => {
      const views = testTimeViews(testTime, images, config, dataset);
      const each = await Promise.all(views.map((view) => own.logits(view, count)));
      return averageProbabilities(each, config.classes, multiLabel);
    };
    return evaluateWith({ ...own, logits }, dataset, { labels, signal });
  }

  /**
   * Trains it. Images are normalised as it was made or loaded, unless the options say otherwise; then it keeps theirs. One without
   * class names (a new classifier on others' weights) takes the data set's. Trained on crops of larger images, it resizes others to
   * that size, unless it has a `resize` of its own.
   * @throws as `fit`
   */
  async fit(data: FitData, options: FitOptions = {}): Promise<FitResult> {
    this.assertAlive();
    const { mean, std } = this.prepared;
    const result = await fit(this.model, data, { normalisation: { mean, std }, ...options });
    const { normalisation } = result.hyperparameters;
    if (normalisation.mean !== mean) this.forgetInference();
    const resizing = resizingOfCrops(this.model.config, data.train);
    this.prepared = { ...resizing, ...this.prepared, mean: normalisation.mean, std: normalisation.std };
    this.steps = result.updates;
    this.names ??= data.train.classNames;
    // They were chosen for other weights.
    this.calibration = {};
    return result;
  }

  /**
   * A safetensors file of it, which `load`, the command line, the demo page and PyTorch read: weights, running statistics, class
   * names, preprocessing, temperature, thresholds.
   * @throws StateError where a number is not finite; GpuError, DeviceLostError, DisposedError
   */
  async save(): Promise<Uint8Array<ArrayBuffer>> {
    const { model, preprocessing, steps, multiLabel, temperature, thresholds } = this;
    return saveModel(model, {
      preprocessing,
      steps,
      multiLabel,
      ...(temperature !== 1 && { temperature }),
      ...(thresholds && { thresholds }),
      ...(this.names && { classNames: this.names }),
    });
  }

  /** Frees its GPU memory. May be called more than once. */
  destroy(): void {
    this.isDestroyed = true;
    this.forgetInference();
    this.model.destroy();
  }

  /** Calls `destroy`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  /** One that takes as many images; it is kept for the next call. */
  private async inferenceFor(images: number): Promise<Inference> {
    this.assertAlive();
    if (!this.inference || this.inference.batch < images) {
      this.forgetInference();
      const { mean, std } = this.prepared;
      this.inference = {
        batch: images,
        made: Inference.create(this.model, { batch: images, normalisation: { mean, std } }),
      };
      const { made } = this.inference;
      // The next call tries again.
      made.catch(() => {
        if (this.inference?.made === made) this.inference = undefined;
      });
    }
    return this.inference.made;
  }

  private forgetInference(): void {
    this.inference?.made.then(
      (made) => made.destroy(),
      () => undefined,
    );
    this.inference = undefined;
  }

  private assertAlive(): void {
    if (this.isDestroyed) throw new DisposedError('Classifier');
  }
}

/** @throws ConfigError where five crops of the images would be one */
function checkLarger(config: DenseNetConfig, { channels, height, width }: ImageDataset): void {
  const is = `${channels}x${height}x${width}`;
  const wanted = `${config.inputChannels}x${config.height}x${config.width}`;
  const isLarger = channels === config.inputChannels && height >= config.height && width >= config.width;
  if (!isLarger || is === wanted)
    throw new ConfigError(
      'dataset',
      is,
      `must have images larger than the network's ${wanted}, for five crops to differ`,
    );
}

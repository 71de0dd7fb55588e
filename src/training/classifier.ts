// A network together with what makes it useful: the names of its classes and how images become its input. It is loaded from any
// file of weights that `importWeights` reads, or made new for a data set; it classifies, learns, and is saved.

import type { ImageDataset } from '../data/dataset.ts';
import { type DecodedImage, type Preprocessing, prepareImage, resizingOf } from '../data/preprocess.ts';
import { checkConfig, type DenseNetConfig } from '../densenet/config.ts';
import { Inference } from '../densenet/inference.ts';
import { DenseNet } from '../densenet/model.ts';
import { type PresetName, preset } from '../densenet/presets.ts';
import { writeCheckpoint } from '../densenet/train/checkpoint.ts';
import type { ImportOptions } from '../densenet/weights/import-options.ts';
import { importWeights } from '../densenet/weights/import-weights.ts';
import { type ClassProbability, classNamesOf, topClasses } from '../metrics/top-classes.ts';
import type { Device } from '../runtime/device.ts';
import { ConfigError, DisposedError } from '../runtime/errors.ts';
import { check, checkOptions, type Rules, whole } from '../runtime/options.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { type FitData, type FitOptions, type FitResult, fit, measured } from './fit.ts';

/** Options of `Classifier.predict`. */
export interface PredictOptions {
  /** The most probable classes per image; left out: all of them. */
  readonly topK?: number;
}

const PREDICT_OPTIONS = { topK: whole(1, 2 ** 20) } satisfies Rules<PredictOptions>;

/** Images that run at once, at most. */
const BATCH = 16;

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
  /** By label; `class N` where the weights name none. */
  readonly classNames: readonly string[];
  /** Whether any number of classes may apply to an image, or exactly one. */
  readonly multiLabel: boolean;
  private prepared: Preprocessing;
  private calibration: Pick<Parts, 'temperature' | 'thresholds'>;
  private readonly isNamed: boolean;
  private inference: { readonly batch: number; readonly made: Promise<Inference> } | undefined;
  private steps = 0;
  private isDestroyed = false;

  private constructor({ model, classNames, preprocessing, multiLabel, ...calibration }: Parts) {
    this.model = model;
    this.isNamed = classNames !== undefined;
    this.classNames = classNamesOf(model.config.classes, classNames);
    this.prepared = preprocessing;
    this.multiLabel = multiLabel;
    this.calibration = calibration;
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
   * @throws as `importWeights` and `DenseNet.create`
   */
  static async load(
    device: Device,
    bytes: Uint8Array,
    options: ImportOptions = {},
    file = 'weights',
  ): Promise<Classifier> {
    const { config, state, ...details } = importWeights(bytes, file, options);
    const { preprocessing, classNames, multiLabel, temperature, thresholds } = details;
    const model = await DenseNet.create(device, config, { state });
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
   * @throws ConfigError for an image that cannot be prepared; NotFiniteError; GpuError, DeviceLostError, DisposedError
   */
  async predict(images: readonly DecodedImage[], options: PredictOptions = {}): Promise<ClassProbability[][]> {
    checkOptions<PredictOptions>('options of predict', options, PREDICT_OPTIONS);
    const { topK = this.classNames.length } = options;
    check('topK', topK, whole(1, 2 ** 20));
    const logits = await this.logits(images);
    const { classes } = this.model.config;
    return images.map((_, i) => {
      const row = logits.subarray(i * classes, (i + 1) * classes);
      return topClasses(row, topK, this.classNames, this.multiLabel, this.temperature);
    });
  }

  /** [images.length][classes] @throws as `predict` */
  async logits(images: readonly DecodedImage[]): Promise<Float32Array<ArrayBuffer>> {
    const { inputChannels, height, width, classes } = this.model.config;
    const size = inputChannels * height * width;
    const logits = new Float32Array(images.length * classes);
    for (let first = 0; first < images.length; first += BATCH) {
      const these = images.slice(first, first + BATCH);
      const pixels = new Uint8Array(these.length * size);
      for (const [i, image] of these.entries()) pixels.set(prepareImage(image, this.prepared), i * size);
      const inference = await this.inferenceFor(these.length);
      logits.set(await inference.logits(pixels, these.length), first * classes);
    }
    return logits;
  }

  /**
   * Loss and accuracy on a data set of the network's image size.
   * @throws ConfigError where it has another; as `predict`, and as the data set's `read`
   */
  async evaluate(dataset: ImageDataset): Promise<Evaluation> {
    const { inputChannels, height, width, classes } = this.model.config;
    const is = `${dataset.channels}x${dataset.height}x${dataset.width}`;
    const wanted = `${inputChannels}x${height}x${width}`;
    if (is !== wanted) throw new ConfigError('dataset', is, `has images of another size than the network's ${wanted}`);
    if (dataset.classNames.length !== classes)
      throw new ConfigError('dataset', dataset.classNames.length, `classes; the network has ${classes}`);
    return evaluate(await this.inferenceFor(Math.min(BATCH, dataset.count)), dataset);
  }

  /**
   * Trains it. Images are normalised as it was made or loaded, unless the options say otherwise; then it keeps theirs.
   * @throws as `fit`
   */
  async fit(data: FitData, options: FitOptions = {}): Promise<FitResult> {
    this.assertAlive();
    const { mean, std } = this.prepared;
    const result = await fit(this.model, data, { normalisation: { mean, std }, ...options });
    const { normalisation } = result.hyperparameters;
    if (normalisation.mean !== mean) this.forgetInference();
    this.prepared = { ...this.prepared, mean: normalisation.mean, std: normalisation.std };
    this.steps = result.updates;
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
    const { model, steps, multiLabel, temperature, thresholds } = this;
    const { mean, std } = this.prepared;
    const resizing = resizingOf(this.prepared);
    return writeCheckpoint(model.network, await model.stateDict(), {
      normalisation: { mean, std },
      steps,
      multiLabel,
      ...(temperature !== 1 && { temperature }),
      ...(thresholds && { thresholds }),
      ...(this.isNamed && { classNames: this.classNames }),
      ...(resizing && { resizing }),
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

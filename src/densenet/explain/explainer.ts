// Runs a network in evaluation mode and takes a gradient of its logits back to one place: the input, or a module's output.
// One plan for one batch size and one place; weights are loaded again when they have changed. A shorter batch runs in the
// same plan. The methods beside this file are made of such runs.

import { ConfigError } from '../../runtime/errors.ts';
import { aFunction, BATCH, checkInstance, checkOptions, must, type Rules, required } from '../../runtime/options.ts';
import { type OnCompile, UNROLL, type Unroll } from '../../runtime/plan-pipelines.ts';
import { checkArray } from '../images.ts';
import { DenseNet } from '../model.ts';
import { imageValues, nonFiniteInputs, refuseNonFinite } from '../not-finite.ts';
import type { ExplanationRegions } from '../plan/explanation.ts';
import type { FeatureMap } from '../plan/feature-map.ts';
import { compileExplanation } from '../plan/plan.ts';
import { type TileConfig, tileConfigRule } from '../plan/tile-config.ts';
import { type PreparedPlan, preparePlan, Runner, withTiles } from '../runner.ts';
import { headGradient } from './cam.ts';
import { type ExplanationTarget, targetOf } from './target.ts';

/** What an `Explainer` is compiled for. */
export interface ExplainerOptions {
  /** Images per run. */
  readonly batch: number;
  /** `input`, or a module's output by torchvision's name (`featureTargets` has them): `denseblock4`, `norm5`. */
  readonly target: string;
  /** Tiles that `autotune` chose; left out: the kernels' defaults. */
  readonly tileConfig?: TileConfig;
  /** As `InferenceOptions.unroll`. */
  readonly unroll?: Unroll;
  /** As `InferenceOptions.onCompile`. */
  readonly onCompile?: OnCompile;
}

/** What one run found, of `count` images. */
export interface Gradients {
  /** [count][classes] */
  readonly logits: Float32Array<ArrayBuffer>;
  /** Of the target: of the input [C, H, W], of features theirs. */
  readonly shape: readonly [channels: number, height: number, width: number];
  /** The target's values [count][C][H][W]: the images, or the module's output. */
  readonly values: Float32Array<ArrayBuffer>;
  /** d (seeds . logits) / d values, [count][C][H][W]. */
  readonly gradient: Float32Array<ArrayBuffer>;
}

const EXPLAINER_OPTIONS = {
  batch: required(BATCH),
  target: required(must((value) => typeof value === 'string', "must be a module's name, or input")),
  tileConfig: tileConfigRule,
  unroll: UNROLL,
  onCompile: aFunction,
} satisfies Rules<ExplainerOptions>;

/**
 * Runs a network in evaluation mode and takes gradients of its logits back to one place, the input or a module's output. `Explanations` is
 * made of it; use it directly for seeds or batches of your own.
 */
export class Explainer extends Runner<ExplanationRegions> {
  private constructor(
    prepared: PreparedPlan<ExplanationRegions>,
    /** Where gradients are taken. */
    readonly target: ExplanationTarget,
  ) {
    super(prepared);
  }

  /** @throws ConfigError for an unknown target, LimitError with the largest batch that fits */
  static async create(model: DenseNet, options: ExplainerOptions): Promise<Explainer> {
    checkInstance('model', model, DenseNet, 'DenseNet', 'await DenseNet.create(device, config)');
    checkOptions<ExplainerOptions>('options of Explainer', options, EXPLAINER_OPTIONS);
    model.assertAlive();
    const { batch, target: name, tileConfig, unroll, onCompile } = options;
    const target = targetOf(model.network, name);
    const prepared = await withTiles(model, tileConfig, (tiles) => {
      const plan = compileExplanation(model.network, batch, { target, tileConfig: tiles }, model.limits);
      const setup = { owner: 'Explainer', task: 'an explanation', model, plan, hasReadback: false, unroll, onCompile };
      return preparePlan(setup);
    });
    return new Explainer(prepared, target);
  }

  /**
   * Logits, and the gradient of `seeds . logits` at the target. The arrays are read at the call.
   * @param images NCHW float32 as the network takes them (normalised), exactly `count` of them, at most `batch`
   * @param seeds [count][classes], the gradient at the logits, before any softmax: `oneHot` for one class each
   * @throws ConfigError when `images` or `seeds` are not exactly `count` long; NotFiniteError where logits are not
   * finite, naming the images and the cause; DisposedError, DeviceLostError, GpuError
   */
  async gradients(
    images: Float32Array<ArrayBuffer>,
    seeds: Float32Array<ArrayBuffer>,
    count: number,
  ): Promise<Gradients> {
    const { classes, inputChannels, height, width } = this.model.config;
    const { io } = this.plan;
    const accepted = this.run(images, seeds, count);
    const inputs = nonFiniteInputs(images, imageValues(this.model.config));
    // All copies are submitted before anything is awaited: a later run must not come between.
    const logits = this.copy(io.logits, count * classes * 4);
    if (!io.inputGradient) {
      const [, read, features] = await Promise.all([accepted, logits, this.features(seeds.slice(), count)]);
      await refuseNonFinite(this.model, inputs, read);
      return { logits: read, ...features };
    }
    const values = images.slice();
    const [, read, gradient] = await Promise.all([accepted, logits, this.copy(io.inputGradient, images.byteLength)]);
    await refuseNonFinite(this.model, inputs, read);
    return { logits: read, shape: [inputChannels, height, width], values, gradient };
  }

  /** Logits alone [count][classes]: no gradient, no backward pass. @throws as `gradients` does */
  async logits(images: Float32Array<ArrayBuffer>, count: number): Promise<Float32Array<ArrayBuffer>> {
    const accepted = this.run(images, undefined, count);
    const inputs = nonFiniteInputs(images, imageValues(this.model.config));
    const [, logits] = await Promise.all([
      accepted,
      this.copy(this.plan.io.logits, count * this.model.config.classes * 4),
    ]);
    await refuseNonFinite(this.model, inputs, logits);
    return logits;
  }

  /** Checks, uploads and submits now; resolves when the GPU has accepted it. */
  private run(
    images: Float32Array<ArrayBuffer>,
    seeds: Float32Array<ArrayBuffer> | undefined,
    count: number,
  ): Promise<void> {
    this.assertAlive();
    const { classes } = this.model.config;
    const { io } = this.plan;
    this.checkRun(images, count);
    if (seeds) {
      const expected = `${count} of ${classes} classes have ${count * classes}`;
      checkArray('seeds', seeds, 'Float32Array', count * classes, expected);
    }
    return this.accepted('explaining', () => {
      this.upload(io.input, images);
      if (seeds) this.upload(io.seeds, seeds);
      this.submit('explaining', seeds ? ['forward', 'backward'] : ['forward']);
    });
  }

  private async features(seeds: Float32Array, count: number): Promise<Omit<Gradients, 'logits'>> {
    const { features, gradient } = this.plan.io;
    if (!features) throw new Error('a plan without an input gradient has features');
    const { map } = features.grid;
    const reading = this.channels(features, count);
    const shapeOf = (values: Float32Array) =>
      [values.length / (count * map.height * map.width), map.height, map.width] as const;
    if (gradient) {
      const [values, ofValues] = await Promise.all([reading, this.channels(gradient, count)]);
      return { shape: shapeOf(values), values, gradient: ofValues };
    }
    const { norm5, classifier } = this.model.network;
    const [values, affine, weight] = await Promise.all([
      reading,
      this.copy(this.plan.builder.affine(norm5)),
      this.copy(this.plan.builder.parameter(classifier.weight)),
    ]);
    const shape = shapeOf(values);
    const isRelu = this.target.kind === 'head' && this.target.name === 'relu5';
    return { shape, ...headGradient({ features: values, shape, affine, weight, seeds, count }, isRelu) };
  }

  /** A feature map's first `count` images, channel-major in memory, as [count][C][H][W]. */
  private async channels({ region, grid }: FeatureMap, count: number): Promise<Float32Array<ArrayBuffer>> {
    const stored = await this.copy(region);
    const area = grid.map.height * grid.map.width;
    const channels = stored.length / grid.stride;
    const values = new Float32Array(count * channels * area);
    for (let n = 0; n < count; n++) {
      for (let c = 0; c < channels; c++) {
        const from = c * grid.stride + n * area;
        values.set(stored.subarray(from, from + area), (n * channels + c) * area);
      }
    }
    return values;
  }
}

/**
 * Seeds for one class per image, [labels.length][classes].
 * @throws ConfigError for a class out of range
 */
export function oneHot(labels: readonly number[], classes: number): Float32Array<ArrayBuffer> {
  const seeds = new Float32Array(labels.length * classes);
  for (const [n, label] of labels.entries()) {
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new ConfigError('class', label, `is out of range: the network has ${classes}, counted from 0`);
    seeds[n * classes + label] = 1;
  }
  return seeds;
}

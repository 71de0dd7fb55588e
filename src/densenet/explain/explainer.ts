// Runs a network in evaluation mode and takes a gradient of its logits back to one place: the input, or a module's output.
// One plan for one batch size and one place, loaded anew when the weights have changed. A shorter batch runs in the same
// plan. The methods beside this file are made of such runs.

import { ConfigError } from '../../runtime/errors.ts';
import { Executable } from '../../runtime/executable.ts';
import { fieldBytes, writeFields } from '../../runtime/kernel.ts';
import type { Region } from '../../runtime/program.ts';
import { download } from '../../runtime/readback.ts';
import type { Loops } from '../../runtime/specialize.ts';
import { QUIET_STEP, STEP_FIELDS } from '../../shaders/parts/step.ts';
import type { DenseNet } from '../model.ts';
import { refuseNonFinite } from '../not-finite.ts';
import type { Choices } from '../plan/choices.ts';
import type { ExplanationRegions } from '../plan/explanation.ts';
import type { FeatureMap } from '../plan/feature-map.ts';
import { compileExplanation, type Plan } from '../plan/plan.ts';
import { headGradient } from './head-gradient.ts';
import { type ExplanationTarget, targetOf } from './target.ts';

export interface ExplainerOptions {
  /** Images a run. */
  readonly batch: number;
  /** `input`, or a module's output by torchvision's name (`featureTargets` has them): `denseblock4`, `norm5`. */
  readonly target: string;
  /** Tiles that a tuner chose (`tune`); left out: the kernels' defaults. */
  readonly choices?: Choices;
  /** 'kept': shaders that compile several times faster and run several times slower. Default 'unrolled'. */
  readonly loops?: Loops;
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

export class Explainer {
  private loaded = -1;

  private constructor(
    readonly model: DenseNet,
    readonly target: ExplanationTarget,
    readonly plan: Plan<ExplanationRegions>,
    private readonly run: Executable,
  ) {}

  /** @throws ConfigError for a target that is not there, LimitError with the largest batch that fits */
  static async create(model: DenseNet, options: ExplainerOptions): Promise<Explainer> {
    const { batch, target: name, choices, loops } = options;
    if (!Number.isInteger(batch) || batch < 1)
      throw new ConfigError('batch', batch, 'must be a whole number, 1 or more');
    const { device, network } = model;
    const target = targetOf(network, name);
    const plan = compileExplanation(network, batch, { target, choices }, model.limits);
    const run = await Executable.create(device, plan.builder.program, model.externals(plan.builder), loops);
    const explainer = new Explainer(model, target, plan, run);
    const quiet = new DataView(new ArrayBuffer(fieldBytes(STEP_FIELDS)));
    writeFields(STEP_FIELDS, QUIET_STEP, quiet);
    explainer.write(plan.io.step, quiet.buffer);
    return explainer;
  }

  /**
   * Logits, and the gradient of `seeds . logits` at the target.
   * @param images NCHW float32 as the network takes them (normalised), `count` of them, at most `batch`
   * @param seeds [count][classes], the gradient at the logits, before any softmax: `oneHot` for one class each
   * @throws ConfigError when `images` or `seeds` do not hold `count` of theirs; NotFiniteError where logits are not finite,
   * naming the images and what is to blame; DeviceLostError
   */
  async gradients(
    images: Float32Array<ArrayBuffer>,
    seeds: Float32Array<ArrayBuffer>,
    count: number,
  ): Promise<Gradients> {
    const { config } = this.model;
    const values = config.inputChannels * config.height * config.width;
    const { io } = this.plan;
    this.check('seeds', seeds, count, config.classes);
    this.submit(images, seeds, count);
    const given = images.slice(0, count * values);
    const logits = await this.read(io.logits, count * config.classes);
    await refuseNonFinite(this.model, given, logits);
    if (io.inputGradient) {
      const gradient = await this.read(io.inputGradient, count * values);
      const shape = [config.inputChannels, config.height, config.width] as const;
      return { logits, shape, values: given, gradient };
    }
    return { logits, ...(await this.features(seeds, count)) };
  }

  /** Logits alone [count][classes]: no gradient, no backward pass. @throws as `gradients` does */
  async logits(images: Float32Array<ArrayBuffer>, count: number): Promise<Float32Array<ArrayBuffer>> {
    this.submit(images, undefined, count);
    const logits = await this.read(this.plan.io.logits, count * this.model.config.classes);
    await refuseNonFinite(this.model, images, logits);
    return logits;
  }

  private submit(images: Float32Array<ArrayBuffer>, seeds: Float32Array<ArrayBuffer> | undefined, count: number): void {
    const { model, plan } = this;
    const { inputChannels, height, width } = model.config;
    this.check('images', images, count, inputChannels * height * width);
    model.device.assertAlive();
    this.write(plan.io.input, images);
    if (seeds) this.write(plan.io.seeds, seeds);
    const load = this.loaded === model.version ? [] : ['load'];
    this.loaded = model.version;
    this.run.submit([...load, 'forward', ...(seeds ? ['backward'] : [])]);
  }

  /** Bytes of GPU memory that the plan takes. */
  get allocatedBytes(): number {
    return this.run.allocatedBytes;
  }

  destroy(): void {
    this.run.destroy();
  }

  private async features(seeds: Float32Array, count: number): Promise<Omit<Gradients, 'logits'>> {
    const { features, gradient } = this.plan.io;
    if (!features) throw new Error('a plan without an input gradient has features');
    const { map } = features.grid;
    const values = await this.channels(features, count);
    const shape = [values.length / (count * map.height * map.width), map.height, map.width] as const;
    if (gradient) return { shape, values, gradient: await this.channels(gradient, count) };
    const { norm5, classifier } = this.model.network;
    const [affine, weight] = await Promise.all([
      this.read(this.plan.builder.affine(norm5)),
      this.read(this.plan.builder.parameter(classifier.weight)),
    ]);
    const isOpen = this.target.kind === 'head' && this.target.name === 'relu5';
    return { shape, ...headGradient({ features: values, shape, affine, weight, seeds, count }, isOpen) };
  }

  /** A feature map's first `count` images, channel-major in memory, as [count][C][H][W]. */
  private async channels({ region, grid }: FeatureMap, count: number): Promise<Float32Array<ArrayBuffer>> {
    const stored = await this.read(region);
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

  private check(field: string, given: Float32Array, count: number, each: number): void {
    if (!Number.isInteger(count) || count < 1 || count > this.plan.batch)
      throw new ConfigError('count', count, `must be a whole number from 1 to ${this.plan.batch}`);
    if (!(given instanceof Float32Array)) throw new ConfigError(field, typeof given, 'must be a Float32Array');
    if (given.length < count * each)
      throw new ConfigError(field, given.length, `values are fewer than ${count} times ${each}`);
  }

  private write(region: Region, data: Float32Array<ArrayBuffer> | ArrayBuffer): void {
    const { buffer, offset, bytes } = this.run.at(region);
    const whole = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    const { queue } = this.model.device.gpu;
    queue.writeBuffer(buffer, offset, whole.subarray(0, bytes / whole.BYTES_PER_ELEMENT));
  }

  private async read(region: Region, values = region.bytes / 4): Promise<Float32Array<ArrayBuffer>> {
    const bytes = await download(this.model.device, { ...this.run.at(region), bytes: values * 4 });
    return new Float32Array(bytes.buffer);
  }
}

/**
 * Seeds for one class an image, [labels.length][classes].
 * @throws ConfigError for a class that is not there
 */
export function oneHot(labels: readonly number[], classes: number): Float32Array<ArrayBuffer> {
  const seeds = new Float32Array(labels.length * classes);
  for (const [n, label] of labels.entries()) {
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new ConfigError('class', label, `is not there: the network has ${classes}, counted from 0`);
    seeds[n * classes + label] = 1;
  }
  return seeds;
}

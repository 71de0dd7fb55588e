// Runs a network on batches of images: one plan for one batch size, its weights folded again when they have changed. A
// shorter batch runs in the same plan; the rest of the batch is computed and not returned.

import { toFloat32 } from '../data/tensor.ts';
import { DisposedError } from '../runtime/errors.ts';
import { Executable, type Slice } from '../runtime/executable.ts';
import { fieldBytes, writeFields } from '../runtime/kernel.ts';
import {
  anything,
  BATCH,
  check,
  checkInstance,
  checkOptions,
  flag,
  oneOf,
  type Rules,
  required,
  whole,
} from '../runtime/options.ts';
import type { Region } from '../runtime/program.ts';
import { download, ReadbackRing } from '../runtime/readback.ts';
import { upload } from '../runtime/upload.ts';
import { NO_OP_STEP, STEP_FIELDS } from '../shaders/parts/step.ts';
import { checkImages } from './images.ts';
import { DenseNet } from './model.ts';
import { type Normalisation, normalisationTable } from './normalisation.ts';
import {
  blame,
  imageValues,
  type NonFiniteImage,
  nonFiniteImages,
  nonFiniteInputs,
  refuseNonFinite,
} from './not-finite.ts';
import { PRECISIONS, type Precision } from './plan/feature-map.ts';
import type { InferenceRegions, KeepFeatures } from './plan/inference.ts';
import { compileInference, type Plan } from './plan/plan.ts';
import { type TileConfig, tileConfigRule } from './plan/tile-config.ts';

/** What an `Inference` is compiled for. */
export interface InferenceOptions {
  /** Images per run. */
  readonly batch: number;
  /** Given: images are bytes and are normalised on the GPU. Left out: they are float32. */
  readonly normalisation?: Normalisation;
  /** The last block's features can be read after a run (true), or all blocks' ('all'), for explanations. */
  readonly keepFeatures?: KeepFeatures;
  /** 'f16-storage': features in half precision, half of their memory; logits differ by a few thousandths. Default 'f32'. */
  readonly precision?: Precision;
  /** Tiles that `autotune` chose; left out: the kernels' defaults. */
  readonly tileConfig?: TileConfig;
  /**
   * Whether the shaders' inner loops are unrolled. Without, they compile several times faster, run several times slower and
   * give the same sums: for small networks, where the first result is waited for. Default true.
   */
  readonly unroll?: boolean;
}

/** Options of one call of `logits`. */
export interface LogitsOptions {
  /**
   * Logits that are NaN or infinite are an error ('throw', the default) or returned as they are ('return'): `blame` then
   * gives the cause per image.
   */
  readonly nonFinite?: 'throw' | 'return';
}

const LOGITS_OPTIONS = { nonFinite: oneOf('throw', 'return') } satisfies Rules<LogitsOptions>;

const INFERENCE_OPTIONS = {
  batch: required(BATCH),
  normalisation: anything, // normalisationTable checks it against the network
  keepFeatures: oneOf(true, false, 'all'),
  precision: oneOf(...PRECISIONS),
  tileConfig: tileConfigRule,
  unroll: flag,
} satisfies Rules<InferenceOptions>;

/**
 * Runs a network in evaluation mode on batches of images. Weights that change meanwhile (training) are used from the next call on.
 */
export class Inference {
  private loaded = -1;
  private isDestroyed = false;

  private constructor(
    /** The network that it runs. */
    readonly model: DenseNet,
    /** The compiled plan. */
    readonly plan: Plan<InferenceRegions>,
    private readonly run: Executable,
    private readonly readback: ReadbackRing,
    private readonly input: Slice,
    private readonly output: Slice,
    /** How bytes are normalised; undefined where images are float32. */
    readonly normalisation: Normalisation | undefined,
  ) {}

  /** @throws LimitError with the largest batch that fits, before anything is allocated */
  static async create(model: DenseNet, options: InferenceOptions): Promise<Inference> {
    checkInstance('model', model, DenseNet, 'DenseNet', 'await DenseNet.create(device, config)');
    checkOptions<InferenceOptions>('options of Inference', options, INFERENCE_OPTIONS);
    model.assertAlive();
    const { batch, normalisation, keepFeatures = false, precision = 'f32', tileConfig, unroll } = options;
    const { device, network } = model;
    const table = normalisation && normalisationTable(normalisation, network.config.inputChannels);
    const input = table ? 'bytes' : 'float';
    const plan = compileInference(network, batch, model.limits, { input, keepFeatures, precision, tileConfig });
    const { bytes } = plan.io.logits;
    const readback = await ReadbackRing.create(device, 'Inference', bytes, plan.readback.depth);
    let run: Executable | undefined;
    try {
      const made = await Executable.create(device, plan.builder.program, model.externals(plan.builder), unroll);
      run = made;
      const step = new DataView(new ArrayBuffer(fieldBytes(STEP_FIELDS)));
      writeFields(STEP_FIELDS, NO_OP_STEP, step);
      await device.checked('setting up inference', () => {
        upload(device.gpu, made.at(plan.io.step), step);
        if (table && plan.io.normalisation) upload(device.gpu, made.at(plan.io.normalisation), table);
      });
      model.assertAlive();
      return new Inference(model, plan, made, readback, made.at(plan.io.input), made.at(plan.io.logits), normalisation);
    } catch (error) {
      readback.destroy();
      run?.destroy();
      throw error;
    }
  }

  /**
   * Logits [count][classes] of up to `batch` images. They are uploaded at the call: the array may be used again at once.
   * Calls need not wait for each other.
   * @param images NCHW, exactly `count` of them: float32, or bytes where the runner normalises
   * @throws ConfigError when `images` is not `count` images of the network's size, and nothing is changed then;
   * NotFiniteError naming the images whose logits are not finite, and the cause of the first: the image, a tensor of the
   * network, or an overflow; DisposedError, DeviceLostError, GpuError
   */
  async logits(
    images: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>,
    count: number,
    options: LogitsOptions = {},
  ): Promise<Float32Array> {
    this.assertAlive();
    checkOptions<LogitsOptions>('options of logits', options, LOGITS_OPTIONS);
    const { model, plan } = this;
    check('count', count, whole(1, plan.batch));
    checkImages('images', images, plan.io.normalisation ? 'Uint8Array' : 'Float32Array', count, model.config);
    const { gpu } = model.device;
    const inputs = nonFiniteInputs(images, imageValues(model.config));
    const bytes = await this.readback
      .read('inference', (staging) => {
        upload(gpu, this.input, images);
        const encoder = gpu.createCommandEncoder();
        this.run.encode(encoder, this.sections());
        this.readback.copy(encoder, this.output, staging);
        gpu.queue.submit([encoder.finish()]);
        this.loaded = model.version;
      })
      .catch((error: unknown) => {
        this.loaded = -1;
        throw error;
      });
    model.assertLoaded();
    const logits = new Float32Array(bytes.buffer, 0, count * model.config.classes);
    if (options.nonFinite !== 'return') await refuseNonFinite(model, inputs, logits);
    return logits;
  }

  /**
   * For logits from `logits(images, count, { nonFinite: 'return' })`: the cause for each image that is not finite, else [].
   * @throws DisposedError, DeviceLostError, GpuError
   */
  blame(images: Float32Array | Uint8Array, logits: Float32Array): Promise<NonFiniteImage[]> {
    return blame(this.model, images, nonFiniteImages(logits, this.model.config.classes));
  }

  /**
   * A copy of what a region of the plan holds after all that was submitted; f16 as float32.
   * @throws DisposedError, DeviceLostError, GpuError
   */
  async read(region: Region): Promise<Float32Array<ArrayBuffer>> {
    this.assertAlive();
    const bytes = await download(this.model.device, this.run.at(region));
    return region.buffer.packedF16 ? toFloat32({ dtype: 'F16', shape: [], bytes }) : new Float32Array(bytes.buffer);
  }

  /**
   * For pass timing: the passes of one run, on what the last run left.
   * @internal
   */
  get timed() {
    const { program } = this.plan.builder;
    const passes = program.passes.flatMap(({ section }, index) => (section === 'forward' ? [index] : []));
    return { program, run: this.run, passes };
  }

  /**
   * Frees the GPU memory; the network stays. Calls under way and later ones are rejected with DisposedError. May be called
   * more than once.
   */
  destroy(): void {
    this.isDestroyed = true;
    this.run.destroy();
    this.readback.destroy();
  }

  /** Calls `destroy`. */
  [Symbol.dispose](): void {
    this.destroy();
  }

  private assertAlive(): void {
    if (this.isDestroyed) throw new DisposedError('Inference');
    this.model.assertAlive();
  }

  private sections(): string[] {
    return this.loaded === this.model.version ? ['forward'] : ['load', 'forward'];
  }
}

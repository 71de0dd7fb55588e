// Runs a network on batches of images: one plan for one batch size, its weights folded again when they have changed. A
// shorter batch runs in the same plan; the rest of the batch is computed and not returned.

import {
  aFunction,
  anything,
  BATCH,
  checkInstance,
  checkOptions,
  oneOf,
  type Rules,
  required,
} from '../runtime/options.ts';
import { type OnCompile, UNROLL, type Unroll } from '../runtime/plan-pipelines.ts';
import type { Region } from '../runtime/program.ts';
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
import { checkPrecision } from './plan/device-precision.ts';
import { PRECISIONS, type Precision } from './plan/feature-map.ts';
import type { InferenceRegions, KeepFeatures } from './plan/inference.ts';
import { compileInference } from './plan/plan.ts';
import { type TileConfig, tileConfigRule } from './plan/tile-config.ts';
import { type PreparedPlan, preparePlan, Runner, withTiles } from './runner.ts';

/** What an `Inference` is compiled for. */
export interface InferenceOptions {
  /** Images per run. */
  readonly batch: number;
  /** Given: images are bytes and are normalised on the GPU. Left out: they are float32. */
  readonly normalisation?: Normalisation;
  /** The last block's features can be read after a run (true), or all blocks' ('all'), for explanations. */
  readonly keepFeatures?: KeepFeatures;
  /**
   * 'f16-storage': features in half precision, half of their memory; logits differ by a few thousandths. 'f16-matrix': also the
   * operands of convolutions, for subgroup matrices (`DeviceOptions.experimental`). Default 'f32'.
   */
  readonly precision?: Precision;
  /** Tiles that `autotune` chose; left out: the kernels' defaults. */
  readonly tileConfig?: TileConfig;
  /**
   * Whether the shaders' inner loops are unrolled as text. Without, they compile several times faster, run several times slower
   * and give the same bits. Default 'auto': on a software adapter the plan starts without, and unrolled shaders replace them in
   * a run that has become long; their errors come by the device's `onError`. A hardware adapter gets unrolled ones at once.
   */
  readonly unroll?: Unroll;
  /** Told each time that a pipeline of the plan is ready, while it is created. */
  readonly onCompile?: OnCompile;
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
  unroll: UNROLL,
  onCompile: aFunction,
} satisfies Rules<InferenceOptions>;

/**
 * Runs a network in evaluation mode on batches of images. Weights that change meanwhile (training) are used from the next call on.
 */
export class Inference extends Runner<InferenceRegions> {
  private constructor(
    prepared: PreparedPlan<InferenceRegions>,
    /** How bytes are normalised; undefined where images are float32. */
    readonly normalisation: Normalisation | undefined,
  ) {
    super(prepared);
  }

  /**
   * @throws LimitError with the largest batch that fits, ConfigError for a precision that the device lacks, both before anything
   * is allocated
   */
  static async create(model: DenseNet, options: InferenceOptions): Promise<Inference> {
    checkInstance('model', model, DenseNet, 'DenseNet', 'await DenseNet.create(device, config)');
    checkOptions<InferenceOptions>('options of Inference', options, INFERENCE_OPTIONS);
    model.assertAlive();
    const { batch, normalisation, keepFeatures = false, precision = 'f32', tileConfig, unroll, onCompile } = options;
    const { network, device } = model;
    checkPrecision(device, precision);
    const use = device.subgroupMatrix;
    const floatMatrices = use.tried && use.f32 !== undefined;
    const table = normalisation && normalisationTable(normalisation, network.config.inputChannels);
    const input = table ? 'bytes' : 'float';
    const prepared = await withTiles(model, tileConfig, (tiles) => {
      const options = { input, keepFeatures, precision, floatMatrices, tileConfig: tiles } as const;
      const plan = compileInference(network, batch, model.limits, options);
      const setup = { owner: 'Inference', task: 'inference', model, plan, hasReadback: true, table, unroll, onCompile };
      return preparePlan(setup);
    });
    return new Inference(prepared, normalisation);
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
    this.checkRun(images, count);
    const inputs = nonFiniteInputs(images, imageValues(model.config));
    const bytes = await this.submitted('inference', (staging) => {
      this.upload(plan.io.input, images);
      this.submit('inference', ['forward'], staging);
    });
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
    return this.copy(region);
  }

  /**
   * For pass timing: the passes of one run, on what the last run left.
   * @internal
   */
  get timed() {
    const { program } = this.plan.builder;
    const passes = program.passes.flatMap(({ section }, index) => (section === 'forward' ? [index] : []));
    return { program, run: this.executable, passes };
  }
}

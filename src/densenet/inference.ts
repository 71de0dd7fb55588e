// Runs a network on batches of images: one plan for one batch size, its weights folded anew when they have changed. A
// shorter batch runs in the same plan; its unused places are computed and not returned.

import { toFloat32 } from '../data/tensor.ts';
import { ConfigError } from '../runtime/errors.ts';
import { Executable, type Slice } from '../runtime/executable.ts';
import { fieldBytes, writeFields } from '../runtime/kernel.ts';
import type { Region } from '../runtime/program.ts';
import { download, ReadbackRing } from '../runtime/readback.ts';
import type { Loops } from '../runtime/specialize.ts';
import { QUIET_STEP, STEP_FIELDS } from '../shaders/parts/step.ts';
import type { DenseNet } from './model.ts';
import { type Normalisation, normalisationTable } from './normalisation.ts';
import { blame, type NonFiniteImage, nonFiniteImages, refuseNonFinite } from './not-finite.ts';
import type { Choices } from './plan/choices.ts';
import type { InferenceRegions, KeepFeatures } from './plan/inference.ts';
import { compileInference, type Plan } from './plan/plan.ts';
import type { Precision } from './plan/precision.ts';

export interface InferenceOptions {
  /** Images a run. */
  readonly batch: number;
  /** Given: images are bytes, normalised on the GPU. Left out: they are float32. */
  readonly normalisation?: Normalisation;
  /** The last block's features stay readable after a run (true), or all blocks' ('all'), for explanations. */
  readonly keepFeatures?: KeepFeatures;
  /** 'f16-storage': features as halves, half of their memory; logits differ by up to a few thousandths. Default 'f32'. */
  readonly precision?: Precision;
  /** Tiles that a tuner chose (`tune`); left out: the kernels' defaults. */
  readonly choices?: Choices;
  /**
   * 'kept': loops of the shaders are not written out. They compile several times faster, run several times slower, and give the same
   * sums: for what is small, where the first result is waited for. Default 'unrolled'.
   */
  readonly loops?: Loops;
}

export interface LogitsOptions {
  /**
   * What becomes of logits that are NaN or infinite: an error (the default), or they are returned as they are, beside the
   * others': `blame` says what is wrong with which image.
   */
  readonly nonFinite?: 'throw' | 'return';
}

export class Inference {
  private loaded = -1;

  private constructor(
    readonly model: DenseNet,
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
    const { batch, normalisation, keepFeatures = false, precision = 'f32', choices, loops } = options;
    if (!Number.isInteger(batch) || batch < 1)
      throw new ConfigError('batch', batch, 'must be a whole number, 1 or more');
    const { device, network } = model;
    const table = normalisation && normalisationTable(normalisation, network.config.inputChannels);
    const input = table ? 'bytes' : 'float';
    const plan = compileInference(network, batch, model.limits, { input, keepFeatures, precision, choices });
    const readback = await ReadbackRing.create(device, plan.io.logits.bytes, plan.readback.depth);
    const external = model.externals(plan.builder);
    const run = await Executable.create(device, plan.builder.program, external, loops).catch((error) => {
      readback.destroy();
      throw error;
    });
    const { queue } = device.gpu;
    const step = run.at(plan.io.step);
    const quiet = new DataView(new ArrayBuffer(fieldBytes(STEP_FIELDS)));
    writeFields(STEP_FIELDS, QUIET_STEP, quiet);
    queue.writeBuffer(step.buffer, step.offset, quiet.buffer);
    if (table && plan.io.normalisation) {
      const at = run.at(plan.io.normalisation);
      queue.writeBuffer(at.buffer, at.offset, table);
    }
    const output = run.at(plan.io.logits);
    return new Inference(model, plan, run, readback, run.at(plan.io.input), output, normalisation);
  }

  /**
   * Logits [count][classes] of up to `batch` images.
   * @param images NCHW, `count` of them: float32, or bytes where the runner normalises
   * @throws ConfigError when `images` does not hold `count` images of the network's size; NotFiniteError naming the images
   * whose logits are not finite, and what is to blame: an image, the network's tensor, or an overflow
   */
  async logits(
    images: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>,
    count: number,
    { nonFinite = 'throw' }: LogitsOptions = {},
  ): Promise<Float32Array> {
    if (nonFinite !== 'throw' && nonFinite !== 'return')
      throw new ConfigError('nonFinite', nonFinite, "must be 'throw' or 'return'");
    const { config } = this.model;
    const values = config.inputChannels * config.height * config.width;
    if (!Number.isInteger(count) || count < 1 || count > this.plan.batch) {
      throw new ConfigError('count', count, `must be a whole number from 1 to ${this.plan.batch}`);
    }
    const wanted = this.plan.io.normalisation ? Uint8Array : Float32Array;
    if (!(images instanceof wanted))
      throw new ConfigError('images', images.constructor.name, `must be a ${wanted.name}`);
    if (images.length < count * values) {
      throw new ConfigError('images', images.length, `values are fewer than ${count} images of ${values}`);
    }
    const staging = await this.readback.acquire();
    const { device } = this.model;
    device.assertAlive();
    this.upload(images.subarray(0, count * values));
    const encoder = device.gpu.createCommandEncoder();
    this.run.encode(encoder, this.sections());
    this.readback.copy(encoder, this.output, staging);
    device.gpu.queue.submit([encoder.finish()]);
    const bytes = await this.readback.read(staging);
    const logits = new Float32Array(bytes.buffer, 0, count * config.classes);
    if (nonFinite === 'throw') await refuseNonFinite(this.model, images, logits);
    return logits;
  }

  /** Of logits that `logits(images, count, { nonFinite: 'return' })` gave: what is wrong with which image; [] where nothing is. */
  blame(images: Float32Array | Uint8Array, logits: Float32Array): Promise<NonFiniteImage[]> {
    return blame(this.model, images, nonFiniteImages(logits, this.model.config.classes));
  }

  /** What a region of the plan holds after all that was submitted, a copy; halves as float32. */
  async read(region: Region): Promise<Float32Array<ArrayBuffer>> {
    const bytes = await download(this.model.device, this.run.at(region));
    return region.buffer.halves ? toFloat32({ dtype: 'F16', shape: [], bytes }) : new Float32Array(bytes.buffer);
  }

  /** What pass timing takes: the passes of one run, on what the last run left. */
  get timed() {
    const { program } = this.plan.builder;
    const passes = program.passes.flatMap(({ section }, index) => (section === 'forward' ? [index] : []));
    return { program, run: this.run, passes };
  }

  destroy(): void {
    this.run.destroy();
    this.readback.destroy();
  }

  /** `writeBuffer` moves multiples of four bytes: a short last word of bytes is padded. */
  private upload(images: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>): void {
    const { queue } = this.model.device.gpu;
    const { buffer, offset } = this.input;
    const tail = images.byteLength % 4;
    if (tail === 0) queue.writeBuffer(buffer, offset, images);
    else {
      const padded = new Uint8Array(images.byteLength + 4 - tail);
      padded.set(images);
      queue.writeBuffer(buffer, offset, padded);
    }
  }

  private sections(): string[] {
    if (this.loaded === this.model.version) return ['forward'];
    this.loaded = this.model.version;
    return ['load', 'forward'];
  }
}

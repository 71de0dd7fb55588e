// The jobs of prediction: a checkpoint's logits for images that are already prepared. `predict` takes them all at once;
// `open-predictor`, `run-predictor` and `close-predictor` keep network and GPU from one batch to the next, so that a
// command can hand over thousands of images and never hold more than a batch.

import type { MapSize } from '../densenet/config.ts';
import { Inference } from '../densenet/inference.ts';
import { DenseNet } from '../densenet/model.ts';
import type { Normalisation } from '../densenet/normalisation.ts';
import type { Precision } from '../densenet/plan/feature-map.ts';
import { averageProbabilities, type TestTimeAugmentation, testTimeViews } from '../densenet/test-time.ts';
import { readCheckpoint } from '../densenet/train/checkpoint.ts';
import { Device } from '../runtime/device.ts';
import { ConfigError, type NonFinite } from '../runtime/errors.ts';
import { defineJob, type JobContext, jobRegistry } from './define-job.ts';
import { optionsFor } from './device-options.ts';

/** Images as a predictor takes them. */
export interface PredictImages {
  readonly count: number;
  /** [count][C][H][W]: bytes where the predictor has a normalisation; or float32, normalised already. */
  readonly images: Uint8Array | Float32Array;
}

export interface PredictorOptions {
  /** A safetensors file. */
  readonly checkpoint: Uint8Array;
  /** Given: the images are bytes, unless they are float32. Left out: they are float32, normalised already. */
  readonly normalisation?: Normalisation | undefined;
  /** How features are stored; default 'f32'. */
  readonly precision?: Precision | undefined;
  /** Left out: each image is predicted from itself alone. */
  readonly testTime?: TestTimeOptions | undefined;
}

/** Test-time augmentation: logits are then those whose probabilities are the views' mean. */
export interface TestTimeOptions {
  readonly kind: TestTimeAugmentation;
  /** Size of the images: larger than the network's for 'five-crop', left out for 'mirror'. */
  readonly source?: MapSize | undefined;
  /** Several labels per image, a sigmoid each. */
  readonly multiLabel?: boolean | undefined;
}

/** Asked of `open-predictor`. */
export interface OpenPredictorRequest extends PredictorOptions {
  /** Images per run, at most. */
  readonly batch: number;
}

/** What `predict` and `run-predictor` answer. */
export interface PredictAnswer {
  /** [count][classes] */
  readonly logits: Float32Array<ArrayBuffer>;
  /** The images whose logits are not finite, and what is to blame for each. */
  readonly nonFinite: readonly { readonly image: number; readonly found: NonFinite }[];
}

/** Images per run: enough to fill a GPU, little enough for any memory. */
export const PREDICT_BATCH = 16;

class Predictor {
  private constructor(
    private readonly device: Device,
    private readonly inference: Inference,
    private readonly testTime: TestTimeOptions | undefined,
    private readonly options: Pick<OpenPredictorRequest, 'batch'> & { readonly precision: Precision },
  ) {}

  /** Of images that are normalised already, beside others that are not: made for the first of them. */
  private floats: Promise<Inference> | undefined;

  /** @throws DataError, LimitError, NoGpuError, GpuError */
  static async open(request: OpenPredictorRequest, { gpu, now }: JobContext) {
    const { checkpoint, batch, normalisation, precision = 'f32', testTime } = request;
    const { config, state } = readCheckpoint(checkpoint, 'checkpoint');
    const device = await Device.open(gpu, { now, ...(await optionsFor(precision)) });
    try {
      const model = await DenseNet.create(device, config, { state });
      const options = { batch, precision, ...(normalisation && { normalisation }) };
      return new Predictor(device, await Inference.create(model, options), testTime, { batch, precision });
    } catch (error) {
      device.destroy();
      throw error;
    }
  }

  /** Logits of `count` images, a batch at a time, until `signal` is aborted. */
  async answer({ images, count }: PredictImages, signal: AbortSignal): Promise<PredictAnswer> {
    const inference = await this.runnerOf(images);
    const { inputChannels, height, width, classes } = inference.model.network.config;
    const { batch } = inference.plan;
    const source = this.testTime?.source ?? { height, width };
    const size = inputChannels * source.height * source.width;
    const logits = new Float32Array(count * classes);
    const nonFinite: PredictAnswer['nonFinite'][number][] = [];
    for (let first = 0; first < count && !signal.aborted; first += batch) {
      const these = Math.min(batch, count - first);
      const values = images.slice(first * size, (first + these) * size);
      const views = this.testTime ? testTimeViews(this.testTime.kind, values, { height, width }, source) : [values];
      const runs: Float32Array[] = [];
      const blamed = new Map<number, NonFinite>();
      for (const view of views) {
        const run = await inference.logits(view, these, { nonFinite: 'return' });
        for (const { image, found } of await inference.blame(view, run)) blamed.set(image, blamed.get(image) ?? found);
        runs.push(run);
      }
      for (const [image, found] of blamed) nonFinite.push({ image: first + image, found });
      const [run = new Float32Array()] = runs;
      logits.set(this.testTime ? averageProbabilities(runs, classes, this.testTime.multiLabel) : run, first * classes);
    }
    return { logits, nonFinite };
  }

  private runnerOf(images: PredictImages['images']): Promise<Inference> {
    if (images instanceof Uint8Array || !this.inference.normalisation) return Promise.resolve(this.inference);
    this.floats ??= Inference.create(this.inference.model, this.options);
    return this.floats;
  }

  close(): void {
    this.device.destroy();
  }
}

/** The jobs of one host: it has one predictor open at a time. */
export function predictJobs() {
  let open: Predictor | undefined;
  const close = () => {
    open?.close();
    open = undefined;
  };
  return jobRegistry(
    defineJob('predict', async (request: PredictorOptions & PredictImages, context) => {
      const predictor = await Predictor.open({ ...request, batch: Math.min(PREDICT_BATCH, request.count) }, context);
      try {
        return await predictor.answer(request, context.signal);
      } finally {
        predictor.close();
      }
    }),
    defineJob('open-predictor', async (request: OpenPredictorRequest, context) => {
      close();
      open = await Predictor.open(request, context);
    }),
    defineJob('run-predictor', async (images: PredictImages, { signal }) => {
      if (!open) throw new ConfigError('run-predictor', null, 'needs a predictor; ask for open-predictor first');
      return open.answer(images, signal);
    }),
    defineJob('close-predictor', async () => close()),
  );
}

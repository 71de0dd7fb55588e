// The jobs of prediction: a checkpoint's logits for images that are already prepared. `predict` takes them all at once;
// `open-predictor`, `run-predictor` and `close-predictor` keep network and GPU from one batch to the next, so that a
// command can hand over thousands of images and never hold more than a batch.

import { Inference } from '../../densenet/inference.ts';
import { DenseNet } from '../../densenet/model.ts';
import type { Normalisation } from '../../densenet/normalisation.ts';
import type { Precision } from '../../densenet/plan/precision.ts';
import { readCheckpoint } from '../../densenet/training/checkpoint.ts';
import { Device } from '../../runtime/device.ts';
import { ConfigError } from '../../runtime/errors.ts';
import type { HostContext, Jobs } from '../job.ts';
import { attachment, type Message, message } from '../message.ts';

/** The head of `predict`. Attachments: `checkpoint`, and `images`, [count][C][H][W], bytes or float32. */
export type PredictRequest = {
  readonly count: number;
  /** Given: the images are bytes. Left out: they are float32, normalised already. */
  readonly normalisation?: Normalisation;
  /** How features are stored; default 'f32'. */
  readonly precision?: Precision;
};

/** The head of `open-predictor`, with the attachment `checkpoint`. */
export type OpenPredictorRequest = Omit<PredictRequest, 'count'> & {
  /** Images per run, at most. */
  readonly batch: number;
};

/** The head of `run-predictor`, with the attachment `images`; answers with `logits`, float32 [count][classes]. */
export type RunPredictorRequest = { readonly count: number };

/** Images per run: enough to fill a GPU, little enough for any memory. */
export const PREDICT_BATCH = 16;

class Predictor {
  private constructor(
    private readonly device: Device,
    private readonly inference: Inference,
  ) {}

  /** @throws DataError, LimitError, NoGpuError, GpuError */
  static async open(checkpoint: Uint8Array, request: OpenPredictorRequest, { gpu, now }: HostContext) {
    const { batch, normalisation, precision = 'f32' } = request;
    const { config, state } = readCheckpoint(checkpoint, 'checkpoint');
    const device = await Device.open(gpu, { now });
    try {
      const model = await DenseNet.create(device, config, { state });
      const options = { batch, precision, ...(normalisation && { normalisation }) };
      return new Predictor(device, await Inference.create(model, options));
    } catch (error) {
      device.destroy();
      throw error;
    }
  }

  /** Logits [count][classes] of as many images, a batch at a time, until `signal` is aborted. */
  async logits(images: Uint8Array, count: number, signal: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
    const { inference } = this;
    const { inputChannels, height, width, classes } = inference.model.network.config;
    const { batch } = inference.plan;
    const bytes = inputChannels * height * width * (inference.normalisation ? 1 : 4);
    const logits = new Float32Array(count * classes);
    for (let first = 0; first < count && !signal.aborted; first += batch) {
      const these = Math.min(batch, count - first);
      const pixels = images.slice(first * bytes, (first + these) * bytes);
      const run = await inference.logits(inference.normalisation ? pixels : new Float32Array(pixels.buffer), these);
      logits.set(run, first * classes);
    }
    return logits;
  }

  close(): void {
    this.device.destroy();
  }
}

/** The jobs of one host: it has one predictor open at a time. */
export function predictJobs(): Jobs {
  let open: Predictor | undefined;
  const close = () => {
    open?.close();
    open = undefined;
  };
  const answer = (logits: Float32Array<ArrayBuffer>): Message => message({}, { logits: new Uint8Array(logits.buffer) });
  return {
    predict: async (input, context) => {
      const { count, ...request } = input.head as unknown as PredictRequest;
      const batch = Math.min(PREDICT_BATCH, count);
      const predictor = await Predictor.open(attachment(input, 'checkpoint'), { ...request, batch }, context);
      try {
        return answer(await predictor.logits(attachment(input, 'images'), count, context.signal));
      } finally {
        predictor.close();
      }
    },
    'open-predictor': async (input, context) => {
      close();
      const request = input.head as unknown as OpenPredictorRequest;
      open = await Predictor.open(attachment(input, 'checkpoint'), request, context);
      return message({});
    },
    'run-predictor': async (input, { signal }) => {
      if (!open) throw new ConfigError('run-predictor', null, 'needs a predictor; ask for open-predictor first');
      const { count } = input.head as unknown as RunPredictorRequest;
      return answer(await open.logits(attachment(input, 'images'), count, signal));
    },
    'close-predictor': async () => {
      close();
      return message({});
    },
  };
}

// The jobs of prediction: a checkpoint's logits for images that are already prepared. `predict` takes them all at once;
// `open-predictor`, `run-predictor` and `close-predictor` keep network and GPU from one batch to the next, so that a
// command can hand over thousands of images and never hold more than a batch.

import { Inference } from '../densenet/inference.ts';
import { DenseNet } from '../densenet/model.ts';
import type { Normalisation } from '../densenet/normalisation.ts';
import type { Precision } from '../densenet/plan/precision.ts';
import { readCheckpoint } from '../densenet/train/checkpoint.ts';
import { Device } from '../runtime/device.ts';
import { ConfigError, type NonFinite } from '../runtime/errors.ts';
import type { HostContext, Jobs } from './job.ts';
import { attachment, type Message, message } from './message.ts';

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

/** The head of `run-predictor`, with the attachment `images`. */
export type RunPredictorRequest = { readonly count: number };

/** What `predict` and `run-predictor` answer, with the attachment `logits`, float32 [count][classes]. */
export type PredictAnswer = {
  /** The images whose logits are not finite, and what is to blame for each. */
  readonly nonFinite: readonly { readonly image: number; readonly found: NonFinite }[];
};

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

  /** Logits of `count` images, a batch at a time, until `signal` is aborted. */
  async answer(images: Uint8Array, count: number, signal: AbortSignal): Promise<Message> {
    const { inference } = this;
    const { inputChannels, height, width, classes } = inference.model.network.config;
    const { batch } = inference.plan;
    const bytes = inputChannels * height * width * (inference.normalisation ? 1 : 4);
    const logits = new Float32Array(count * classes);
    const nonFinite: PredictAnswer['nonFinite'][number][] = [];
    for (let first = 0; first < count && !signal.aborted; first += batch) {
      const these = Math.min(batch, count - first);
      const part = images.slice(first * bytes, (first + these) * bytes);
      const values = inference.normalisation ? part : new Float32Array(part.buffer);
      const run = await inference.logits(values, these, { nonFinite: 'return' });
      for (const { image, found } of await inference.blame(values, run))
        nonFinite.push({ image: first + image, found });
      logits.set(run, first * classes);
    }
    const head: PredictAnswer = { nonFinite };
    return message(head, { logits: new Uint8Array(logits.buffer) });
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
  return {
    predict: async (input, context) => {
      const { count, ...request } = input.head as unknown as PredictRequest;
      const batch = Math.min(PREDICT_BATCH, count);
      const predictor = await Predictor.open(attachment(input, 'checkpoint'), { ...request, batch }, context);
      try {
        return await predictor.answer(attachment(input, 'images'), count, context.signal);
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
      return open.answer(attachment(input, 'images'), count, signal);
    },
    'close-predictor': async () => {
      close();
      return message({});
    },
  };
}

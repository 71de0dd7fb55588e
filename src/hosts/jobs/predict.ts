// The job `predict`: a checkpoint's logits for images that are already prepared, a few at a time.

import { Inference } from '../../densenet/inference.ts';
import { DenseNet } from '../../densenet/model.ts';
import type { Normalisation } from '../../densenet/normalisation.ts';
import type { Precision } from '../../densenet/plan/precision.ts';
import { readCheckpoint } from '../../densenet/training/checkpoint.ts';
import { Device } from '../../runtime/device.ts';
import type { Job } from '../job.ts';
import { attachment, message } from '../message.ts';

/** The request's head. Attachments: `checkpoint`, and `images`, [count][C][H][W], bytes or float32. */
export type PredictRequest = {
  readonly count: number;
  /** Given: the images are bytes. Left out: they are float32, normalised already. */
  readonly normalisation?: Normalisation;
  /** How features are stored; default 'f32'. */
  readonly precision?: Precision;
};

/** Images a run: enough to fill a GPU, little enough for any memory. */
const BATCH = 16;

/** Answers with the attachment `logits`, float32 [count][classes]. @throws DataError, LimitError, NoGpuError, GpuError */
export const predictJob: Job = async (input, { gpu, now, signal }) => {
  const { count, normalisation, precision = 'f32' } = input.head as unknown as PredictRequest;
  const { config, state } = readCheckpoint(attachment(input, 'checkpoint'), 'checkpoint');
  const images = attachment(input, 'images');
  const device = await Device.open(gpu, { now });
  try {
    const model = await DenseNet.create(device, config, { state });
    const options = { batch: Math.min(BATCH, count), precision, ...(normalisation && { normalisation }) };
    const inference = await Inference.create(model, options);
    const bytes = config.inputChannels * config.height * config.width * (normalisation ? 1 : 4);
    const logits = new Float32Array(count * config.classes);
    for (let first = 0; first < count && !signal.aborted; first += BATCH) {
      const these = Math.min(BATCH, count - first);
      const pixels = images.slice(first * bytes, (first + these) * bytes);
      const run = await inference.logits(normalisation ? pixels : new Float32Array(pixels.buffer), these);
      logits.set(run, first * config.classes);
    }
    return message({}, { logits: new Uint8Array(logits.buffer) });
  } finally {
    device.destroy();
  }
};

// How the network in use would do without some of its connections: a copy of it, with those weights zero, on labelled
// images. The copy lives only as long as it is asked, so nothing is left behind; its shaders are compiled once.

import { imageBytes } from '../../src/data/batches.ts';
import type { LabelledImages } from '../../src/data/idx.ts';
import { ablateConnections } from '../../src/densenet/explain/feature-reuse.ts';
import { Inference } from '../../src/densenet/inference.ts';
import { DenseNet } from '../../src/densenet/model.ts';
import { evaluate } from '../../src/jobs/evaluate.ts';
import type { HostContext } from '../../src/jobs/job.ts';
import { readImages } from '../../src/jobs/labelled.ts';
import { type JsonValue, type Message, message } from '../../src/jobs/message.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import type { CutEvent, CutRequest, CutResult } from '../inside/inside-protocol.ts';
import type { Loaded } from './loaded.ts';
import type { Of } from './protocol.ts';

const BATCH = 25;

/** Takes labelled `images`; tells a CutEvent after each part of them, and stops between two of them. */
export async function cutConnections(loaded: Loaded, input: Message, context: HostContext): Promise<Message> {
  const { cut, images: head, network } = input.head as unknown as CutRequest & Of & { images: JsonValue };
  const images = readImages(input, 'images', head);
  // Only the copying waits for what uses the network: from there on nothing of it is touched.
  const inference = await loaded.serialWith(network, () =>
    copyOf(loaded.inference, cut, Math.min(BATCH, images.count)),
  );
  try {
    const { classes } = inference.model.config;
    const logits = new Float32Array(images.count * classes);
    let right = 0;
    for (let done = 0; done < images.count; done += BATCH) {
      if (context.signal.aborted) return message({ accuracy: null } satisfies CutResult);
      const part = partOf(images, done, Math.min(BATCH, images.count - done));
      const evaluated = await evaluate(inference, part);
      right += evaluated.accuracy * part.count;
      logits.set(evaluated.logits, done * classes);
      const event: CutEvent = { done: done + part.count, all: images.count };
      context.report(event);
    }
    const result: CutResult = { accuracy: right / images.count };
    return message(result, { logits: new Uint8Array(logits.buffer) });
  } finally {
    inference.destroy();
    inference.model.destroy();
  }
}

async function copyOf({ model, normalisation }: Inference, cut: CutRequest['cut'], batch: number): Promise<Inference> {
  if (!normalisation) throw new ConfigError('normalisation', 'none', 'is known of this network');
  const state = ablateConnections(model.network, await model.stateDict(), cut);
  const copy = await DenseNet.create(model.device, model.config, { state });
  return Inference.create(copy, { batch, normalisation }).catch((error) => {
    copy.destroy();
    throw error;
  });
}

function partOf(images: LabelledImages, first: number, count: number): LabelledImages {
  const bytes = imageBytes(images);
  const pixels = images.pixels.subarray(first * bytes, (first + count) * bytes);
  return { ...images, count, pixels, labels: images.labels.subarray(first, first + count) };
}

// The worker's jobs for images that come as files and frames. Files of one message are decoded one after another and then
// run through the network together; while the GPU works, the next message's are decoded.

import { type DecodedImage, prepareImage } from '../../src/data/preprocess.ts';
import type { HostContext, Jobs } from '../../src/hosts/job.ts';
import { attachment, type Message, message } from '../../src/hosts/message.ts';
import type { Loaded } from '../engine/loaded.ts';
import { Drawing } from './decoder.ts';
import type {
  ClassifyImagesAnswer,
  ClassifyImagesRequest,
  FrameAnswer,
  FrameRequest,
  ReadAnswer,
  ReadRequest,
} from './image-messages.ts';
import { prepare, type ReadImage, readImage } from './read-image.ts';

export function imageJobs(loaded: Loaded): Jobs {
  let drawing: Drawing | undefined;
  const read = (input: Message, { signal }: HostContext) => {
    drawing ??= new Drawing();
    return readAll(input, drawing, signal);
  };
  return {
    'read-images': async (input, context) => answer(await read(input, context), 'pixels'),
    'classify-images': async (input, context) => {
      const images = await read(input, context);
      const { batch, network } = input.head as unknown as ClassifyImagesRequest;
      const run = await loaded.serialWith(network, () => classify(loaded, images, batch, context));
      return answer(images, 'logits', run);
    },
    'end-classify-images': (_, __) =>
      loaded.serial(async () => {
        loaded.releaseBatched();
        return message(null);
      }),
    'prepare-frame': async (input) => prepareFrame(input),
  };
}

async function readAll(input: Message, drawing: Drawing, signal: AbortSignal): Promise<ReadImage[]> {
  const request = input.head as unknown as ReadRequest;
  const images: ReadImage[] = [];
  for (let i = 0; i < request.files; i++) {
    signal.throwIfAborted();
    const bytes = attachment(input, `file.${i}`).slice();
    images.push(await readImage(bytes, request, drawing).catch(failed));
  }
  return images;
}

/** One file that fails in a way of its own must not stop the others. */
function failed(error: unknown): ReadImage {
  const detail = error instanceof Error ? error.message : String(error);
  return { result: { refusal: { kind: 'failed', detail } } };
}

interface Run {
  /** float32 [images][classes] */
  readonly logits: Uint8Array;
  readonly milliseconds: number;
}

/** Runs of at most `batch` of those that were read. */
async function classify(
  loaded: Loaded,
  images: readonly ReadImage[],
  batch: number,
  { now, signal }: HostContext,
): Promise<Run> {
  const inputs = images.flatMap(({ pixels }) => pixels ?? []);
  const { classes } = loaded.inference.model.network.config;
  const logits = new Float32Array(inputs.length * classes);
  const runner = inputs.length > 1 ? await loaded.batched(batch) : loaded.inference;
  const start = now();
  for (let at = 0; at < inputs.length; at += runner.plan.batch) {
    signal.throwIfAborted();
    const part = inputs.slice(at, at + runner.plan.batch);
    logits.set(await runner.logits(joined(part), part.length), at * classes);
  }
  return { logits: new Uint8Array(logits.buffer), milliseconds: now() - start };
}

function answer(images: readonly ReadImage[], what: 'pixels' | 'logits', run?: Run): Message {
  const attachments = new Map<string, Uint8Array>();
  for (const [i, { thumbnail, display }] of images.entries()) {
    if (thumbnail) attachments.set(`thumbnail.${i}`, thumbnail);
    if (display) attachments.set(`display.${i}`, display);
  }
  attachments.set(what, run?.logits ?? joined(images.flatMap(({ pixels }) => pixels ?? [])));
  const results = images.map(({ result }) => result);
  const head: ReadAnswer | ClassifyImagesAnswer = { results, ...(run && { milliseconds: run.milliseconds }) };
  return message(head, attachments);
}

function prepareFrame(input: Message): Message {
  const { width, height, input: size, swapLightBorder } = input.head as unknown as FrameRequest;
  const image: DecodedImage = { width, height, channels: 4, pixels: attachment(input, 'rgba') };
  const { pixels, swapped } = prepare(prepareImage(image, size), size, swapLightBorder);
  const head: FrameAnswer = { swapped };
  return message(head, { pixels });
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

// The worker's jobs for images that come as files and frames. Files of one message are decoded one after another and then
// run through the network together; while the GPU works, the next message's are decoded.

import { type DecodedImage, prepareImage } from '../../src/data/preprocess.ts';
import type { Inference } from '../../src/densenet/inference.ts';
import type { HostContext, Jobs } from '../../src/jobs/job.ts';
import { attachment, type Message, message } from '../../src/jobs/message.ts';
import type { Loaded } from '../engine/loaded.ts';
import { assertFinite, isNotFinite } from '../engine/protocol.ts';
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
import type { Refusal } from './refusal.ts';

export function imageJobs(loaded: Loaded): Jobs {
  let drawing: Drawing | undefined;
  const read = (input: Message, { signal }: HostContext) => {
    drawing ??= new Drawing();
    return finalizeStatistics(input, drawing, signal);
  };
  return {
    'read-images': async (input, context) => answer(await read(input, context), 'pixels'),
    'classify-images': async (input, context) => {
      const images = await read(input, context);
      const { batch, network } = input.head as unknown as ClassifyImagesRequest;
      const run = await loaded.serialWith(network, () => classify(loaded, images, batch, context));
      return answer(run.images, 'logits', run);
    },
    'end-classify-images': (_, __) =>
      loaded.serial(async () => {
        loaded.releaseBatched();
        return message(null);
      }),
    'prepare-frame': async (input) => prepareFrame(input),
  };
}

async function finalizeStatistics(input: Message, drawing: Drawing, signal: AbortSignal): Promise<ReadImage[]> {
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
  /** Those that have no finite answer are refused. */
  readonly images: readonly ReadImage[];
  /** float32 [images that are not refused][classes] */
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
  const runner = inputs.length > 1 ? await loaded.batched(batch) : loaded.inference;
  const start = now();
  const rows: (Float32Array | Refusal)[] = [];
  for (let at = 0; at < inputs.length; at += runner.plan.batch) {
    signal.throwIfAborted();
    rows.push(...(await rowsOf(runner, inputs.slice(at, at + runner.plan.batch))));
  }
  let next = 0;
  const judged = images.map((image) => {
    const row = image.pixels && rows[next++];
    return row && 'kind' in row ? { result: { refusal: row } } : image;
  });
  const logits = rows.flatMap((row) => ('kind' in row ? [] : new Uint8Array(row.slice().buffer)));
  return { images: judged, logits: joined(logits), milliseconds: now() - start };
}

/** Each image's logits [classes]. One whose logits are not finite is refused by itself, and the others are not. */
async function rowsOf(runner: Inference, inputs: readonly Uint8Array[]): Promise<(Float32Array | Refusal)[]> {
  try {
    const logits = assertFinite(await runner.logits(joined(inputs), inputs.length));
    const { classes } = runner.model.config;
    return inputs.map((_, i) => logits.slice(i * classes, (i + 1) * classes));
  } catch (error) {
    if (!isNotFinite(error)) throw error;
    if (inputs.length === 1) return [{ kind: 'failed', detail: error.message }];
    const rows: (Float32Array | Refusal)[] = [];
    for (const input of inputs) rows.push(...(await rowsOf(runner, [input])));
    return rows;
  }
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

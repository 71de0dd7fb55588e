// Calls into the worker for images that come as files and frames. Files are read here, piece by piece of a queue, and
// handed over: the page never holds more of their bytes than one call has.

import { attachment, type Message, message } from '../../src/jobs/message.ts';
import type { WorkerSession } from '../../src/jobs/worker-session.ts';
import type {
  ClassifyImagesAnswer,
  ClassifyImagesRequest,
  FrameAnswer,
  FrameRequest,
  ReadAnswer,
  ReadRequest,
  ReadResult,
} from './image-messages.ts';
import { pictureOptions } from './picture-options.ts';
import { MAX_FILE_BYTES, type Refusal } from './refusal.ts';

export type Wish = Omit<ReadRequest, 'files' | 'options'>;

/** One file's part of an answer. */
export type ReadFile =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | ({
      readonly kind: 'read';
      readonly thumbnail: Uint8Array<ArrayBuffer> | undefined;
      readonly picture: ImageData | undefined;
      /** The network's input: bytes [C][H][W]; of `read-images` alone. */
      readonly pixels: Uint8Array | undefined;
      /** float32 [classes]; of `classify-images` alone. */
      readonly logits: Float32Array | undefined;
    } & Exclude<ReadResult, { readonly refusal: Refusal }>);

/**
 * Decodes files, in their order, and makes what is wished of each.
 * @throws GpuError when the worker is gone, ConfigError for an input that no image fits; the signal's reason
 */
export async function readFiles(
  session: WorkerSession,
  files: readonly Blob[],
  wish: Wish,
  signal?: AbortSignal,
): Promise<ReadFile[]> {
  return (await ask(session, 'read-images', files, wish, signal)).files;
}

/** As `readFiles`, and runs those that can be read through the loaded network, `batch` at once. */
export async function classifyFiles(
  session: WorkerSession,
  files: readonly Blob[],
  wish: Omit<ClassifyImagesRequest, 'files' | 'options'>,
  signal?: AbortSignal,
): Promise<{ readonly files: readonly ReadFile[]; readonly milliseconds: number }> {
  return ask(session, 'classify-images', files, wish, signal);
}

/** Gives back what `classifyFiles` keeps on the GPU from one call to the next. */
export async function endClassifyFiles(session: WorkerSession): Promise<void> {
  await session.run('end-classify-images', message(null));
}

/** A frame, RGBA, as the network's input. The bytes are handed over. */
export async function prepareFrame(
  session: WorkerSession,
  frame: ImageData,
  request: Omit<FrameRequest, 'width' | 'height'>,
) {
  const { width, height, data } = frame;
  const head = { ...request, input: { ...request.input }, width, height };
  const answer = await session.run('prepare-frame', message(head, { rgba: new Uint8Array(data.buffer) }));
  return { pixels: attachment(answer, 'pixels'), swapped: (answer.head as unknown as FrameAnswer).swapped };
}

async function ask(
  session: WorkerSession,
  job: 'read-images' | 'classify-images',
  files: readonly Blob[],
  wish: Wish | Omit<ClassifyImagesRequest, 'files' | 'options'>,
  signal: AbortSignal | undefined,
) {
  const bytes = await Promise.all(files.map(bytesOf));
  signal?.throwIfAborted();
  const sent = bytes.filter((one) => one instanceof Uint8Array);
  const options = { ...pictureOptions.peek() };
  const head = { ...wish, input: wish.input && { ...wish.input }, files: sent.length, options };
  const attachments = new Map(sent.map((one, i) => [`file.${i}`, one]));
  const answer = await session.run(job, message(head, attachments), signal ? { signal } : {});
  const { results, milliseconds = 0 } = answer.head as unknown as ReadAnswer & Partial<ClassifyImagesAnswer>;
  const read = unpack(answer, results);
  let next = 0;
  const all = bytes.map((one): ReadFile => {
    if (!(one instanceof Uint8Array)) return { kind: 'refused', refusal: one };
    return read[next++] ?? { kind: 'refused', refusal: { kind: 'unreadable' } };
  });
  return { files: all, milliseconds };
}

/** A file that cannot be read any more, or is too large to be an image, is never sent. */
async function bytesOf(file: Blob): Promise<Uint8Array<ArrayBuffer> | Refusal> {
  if (file.size > MAX_FILE_BYTES) return { kind: 'too-many-bytes', bytes: file.size };
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    return { kind: 'unreadable' };
  }
}

function unpack(answer: Message, results: readonly ReadResult[]): ReadFile[] {
  const count = results.filter((result) => !('refusal' in result)).length;
  const part = (name: string, at: number) => {
    const all = answer.attachments.get(name);
    const size = all && count > 0 ? all.length / count : 0;
    return size > 0 ? all?.subarray(at * size, (at + 1) * size) : undefined;
  };
  let read = 0;
  return results.map((result, i): ReadFile => {
    if ('refusal' in result) return { kind: 'refused', refusal: result.refusal };
    const at = read++;
    const logits = part('logits', at);
    return {
      kind: 'read',
      ...result,
      thumbnail: answer.attachments.get(`thumbnail.${i}`)?.slice(),
      picture: pictureOf(answer.attachments.get(`display.${i}`), result.display),
      pixels: part('pixels', at),
      logits: logits && new Float32Array(logits.slice().buffer),
    };
  });
}

function pictureOf(
  rgba: Uint8Array | undefined,
  size: { width: number; height: number } | null,
): ImageData | undefined {
  return rgba && size ? new ImageData(new Uint8ClampedArray(rgba), size.width, size.height) : undefined;
}

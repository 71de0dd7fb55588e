// Images that come as files and frames, on their way through the worker. Files are read here, piece by piece of a queue, and
// handed over: the page never holds more of their bytes than one call has.

import { MAX_FILE_BYTES, type Refusal } from '../../src/browser/refusal.ts';
import { isDicom } from '../../src/data/dicom/is-dicom.ts';
import { openWorker } from '../../src/jobs/worker-transport.ts';
import { openBoundWorker } from '../../ui/bound-worker.ts';
import { dicomWindow, rememberSeen } from '../dicom/dicom-window.ts';
import type { DemoClient } from '../engine.ts';
import type { ClassifyImagesRequest, Display, FrameRequest, ImageResult, ReadRequest } from '../worker/images.ts';
import { pictureOptions } from './picture-options.tsx';

export type Wish = Omit<ReadRequest, 'files' | 'options'>;

/** One file's part of an answer. */
export type ReadFile =
  | Extract<ImageResult, { readonly kind: 'refused' }>
  | (Omit<Extract<ImageResult, { readonly kind: 'read' }>, 'display'> & { readonly picture: ImageData | undefined });

/**
 * Decodes files, in their order, and makes what is wished of each.
 * @throws GpuError when the worker is gone, ConfigError for an input that no image fits; the signal's reason
 */
export async function readFiles(
  client: DemoClient,
  files: readonly Blob[],
  wish: Wish,
  signal?: AbortSignal,
): Promise<ReadFile[]> {
  const bytes = await bytesOfAll(files, signal);
  const request = { ...wish, files: bytes.filter(isRead), options: pictureOptions.peek() };
  return inOrder(bytes, await client.run('read-images', request, { signal }));
}

/** As `readFiles`, and runs those that can be read through the loaded network, `batch` at once. */
export async function classifyFiles(
  client: DemoClient,
  files: readonly Blob[],
  wish: Omit<ClassifyImagesRequest, 'files' | 'options'>,
  signal?: AbortSignal,
): Promise<{ readonly files: readonly ReadFile[]; readonly milliseconds: number }> {
  const bytes = await bytesOfAll(files, signal);
  const request = { ...wish, files: bytes.filter(isRead), options: pictureOptions.peek() };
  const { results, milliseconds } = await client.run('classify-images', request, { signal });
  return { files: inOrder(bytes, results), milliseconds };
}

/** A frame, RGBA, as the network's input. The bytes are handed over. */
export function prepareFrame(
  client: DemoClient,
  { width, height, data }: ImageData,
  request: Pick<FrameRequest, 'input' | 'swapLightBorder'>,
) {
  return client.run('prepare-frame', { ...request, width, height, rgba: data });
}

const isRead = (bytes: Uint8Array<ArrayBuffer> | Refusal): bytes is Uint8Array<ArrayBuffer> =>
  bytes instanceof Uint8Array;

async function bytesOfAll(files: readonly Blob[], signal: AbortSignal | undefined) {
  const bytes = await Promise.all(files.map(bytesOf));
  signal?.throwIfAborted();
  return bytes;
}

/** A file that cannot be read any more, or is too large to be an image, is never sent. */
async function bytesOf(file: Blob): Promise<Uint8Array<ArrayBuffer> | Refusal> {
  if (file.size > MAX_FILE_BYTES) return { kind: 'too-many-bytes', bytes: file.size };
  const bytes = await file.arrayBuffer().then(
    (buffer) => new Uint8Array(buffer),
    () => undefined,
  );
  if (!bytes) return { kind: 'unreadable' };
  return isDicom(bytes) ? pictureOfDicom(file, bytes) : bytes;
}

/** The file as a picture of another format, by a worker that only DICOM needs. */
async function pictureOfDicom(file: Blob, bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | Refusal> {
  const reader = await import('../dicom/dicom-files.ts').catch((error: unknown) => String(error));
  // What reads it is fetched from the page's server, which may be out of reach.
  if (typeof reader === 'string') return { kind: 'failed', detail: reader };
  const { asPicture } = reader;
  const read = await asPicture({ bytes, window: dicomWindow.peek() }, { openWorker, openBoundWorker });
  if ('kind' in read) return read;
  rememberSeen(file, read.seen);
  return read.bmp;
}

/** A result for each file, those that were never sent among them. */
function inOrder(files: readonly (Uint8Array | Refusal)[], results: readonly ImageResult[]): ReadFile[] {
  let next = 0;
  return files.map((file): ReadFile => {
    if (!(file instanceof Uint8Array)) return { kind: 'refused', refusal: file };
    const result = results[next++] ?? { kind: 'refused', refusal: { kind: 'unreadable' } };
    if (result.kind === 'refused') return result;
    const { display, ...read } = result;
    return { ...read, picture: display && pictureOf(display) };
  });
}

const pictureOf = ({ rgba, width, height }: Display): ImageData => new ImageData(rgba, width, height);

// A queue of files in chunks, each read at once.

/** Bytes of files that are in memory for a chunk, unless one file alone has more. */
const MAX_BYTES = 32 * 2 ** 20;

/** Chunks of at most `count` values whose files have at most MAX_BYTES, one value at least, in their order. */
export function chunksOf<T>(values: readonly T[], count: number, bytesOf: (value: T) => number): T[][] {
  const chunks: T[][] = [];
  let bytes = 0;
  for (const value of values) {
    const size = bytesOf(value);
    const last = chunks.at(-1);
    if (last && last.length < count && bytes + size <= MAX_BYTES) {
      last.push(value);
      bytes += size;
    } else {
      chunks.push([value]);
      bytes = size;
    }
  }
  return chunks;
}

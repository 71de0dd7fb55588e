// The worker's jobs for images that come as files and frames: decoded, made the network's input, and made pictures for
// people. Files of one request are decoded one after another and then run through the network together; while the GPU
// works, the next request's are decoded.

import { isRefusal } from '../../src/browser/decode-picture.ts';
import type { ImageNote, Refusal } from '../../src/browser/refusal.ts';
import { concatBytes } from '../../src/data/bytes.ts';
import type { PictureOptions } from '../../src/data/picture-options.ts';
import { axes, type DecodedImage, type InputSize, prepareImage } from '../../src/data/preprocess.ts';
import type { Axis } from '../../src/data/resample.ts';
import type { Inference } from '../../src/densenet/inference.ts';
import { defineJob, type JobContext, jobRegistry } from '../../src/jobs/define-job.ts';
import { assertFinite, isNotFinite, type Of } from '../contract.ts';
import { hasLightBorder, swapLight } from '../images/network-input.ts';
import { Drawing, decode, type Region } from './decoder.ts';
import type { Loaded } from './loaded.ts';

/** What `read-images` is asked. */
export type ReadRequest = {
  readonly files: readonly Uint8Array<ArrayBuffer>[];
  /** What to make of each for a network; null where only pictures for people are wanted. */
  readonly input: InputSize | null;
  /** Pictures with a light border have light and dark swapped. */
  readonly swapLightBorder: boolean;
  /** Longest side of a small picture for people, the middle square, as a JPEG; 0 for none. */
  readonly thumbnail: number;
  /** Longest side of a large one, what the network sees of it; 0 for none. */
  readonly display: number;
  readonly options: PictureOptions;
};

export type ClassifyImagesRequest = Of &
  ReadRequest & {
    readonly input: InputSize;
    /** Images per run, at most. */
    readonly batch: number;
  };

/** Of one file. */
export type ImageResult =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | {
      readonly kind: 'read';
      readonly width: number;
      readonly height: number;
      readonly notes: readonly ImageNote[];
      /** Light and dark were swapped. */
      readonly swapped: boolean;
      /** Sum of the input's pixels and of their squares, per channel. */
      readonly sums: readonly number[];
      readonly squares: readonly number[];
      /** The network's input: bytes [C][H][W]; of `read-images` alone. */
      readonly pixels?: Uint8Array<ArrayBuffer> | undefined;
      /** [classes]; of `classify-images` alone. */
      readonly logits?: Float32Array | undefined;
      readonly thumbnail?: Uint8Array<ArrayBuffer> | undefined;
      readonly display?: Display | undefined;
    };

export type Display = {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
};

export type ClassifyImagesAnswer = {
  readonly results: readonly ImageResult[];
  /** Of the GPU's runs, all together. */
  readonly milliseconds: number;
};

/** What `prepare-frame` is asked. */
export type FrameRequest = {
  readonly rgba: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  readonly input: InputSize;
  readonly swapLightBorder: boolean;
};

export function imageJobs(loaded: Loaded) {
  let drawing: Drawing | undefined;
  const read = (request: ReadRequest, signal: AbortSignal) => {
    drawing ??= new Drawing();
    return readImages(request, drawing, signal);
  };
  return jobRegistry(
    defineJob('read-images', (request: ReadRequest, { signal }) => read(request, signal)),
    defineJob('classify-images', async (request: ClassifyImagesRequest, context) => {
      const images = await read(request, context.signal);
      return loaded.enqueueFor(request.network, () => classify(loaded, images, request.batch, context));
    }),
    defineJob('end-classify-images', () => loaded.enqueue(async () => loaded.releaseBatched())),
    defineJob('prepare-frame', async ({ rgba, width, height, input, swapLightBorder }: FrameRequest) => {
      const pixels = new Uint8Array(rgba.buffer, rgba.byteOffset, rgba.byteLength);
      const image: DecodedImage = { width, height, channels: 4, pixels };
      return prepare(prepareImage(image, input), input, swapLightBorder);
    }),
  );
}

async function readImages(request: ReadRequest, drawing: Drawing, signal: AbortSignal): Promise<ImageResult[]> {
  const images: ImageResult[] = [];
  for (const file of request.files) {
    signal.throwIfAborted();
    images.push(await readImage(file, request, drawing).catch(failed));
  }
  return images;
}

/** One file that fails in a way of its own must not stop the others. */
function failed(error: unknown): ImageResult {
  const detail = error instanceof Error ? error.message : String(error);
  return { kind: 'refused', refusal: { kind: 'failed', detail } };
}

/** Runs of at most `batch` of those that were read. Those that have no finite answer are refused. */
async function classify(
  loaded: Loaded,
  images: readonly ImageResult[],
  batch: number,
  { now, signal }: JobContext,
): Promise<ClassifyImagesAnswer> {
  const inputs = images.flatMap((image) => (image.kind === 'read' && image.pixels) || []);
  const runner = inputs.length > 1 ? await loaded.batched(batch) : loaded.inference;
  const start = now();
  const rows: (Float32Array | Refusal)[] = [];
  for (let at = 0; at < inputs.length; at += runner.plan.batch) {
    signal.throwIfAborted();
    rows.push(...(await rowsOf(runner, inputs.slice(at, at + runner.plan.batch))));
  }
  let next = 0;
  const results = images.map((image): ImageResult => {
    if (image.kind !== 'read' || !image.pixels) return image;
    const { pixels: _, ...read } = image;
    const row = rows[next++];
    return row && 'kind' in row ? { kind: 'refused', refusal: row } : { ...read, logits: row };
  });
  return { results, milliseconds: now() - start };
}

/** Each image's logits [classes]. One whose logits are not finite is refused by itself, and the others are not. */
async function rowsOf(runner: Inference, inputs: readonly Uint8Array[]): Promise<(Float32Array | Refusal)[]> {
  try {
    const logits = assertFinite(await runner.logits(concatBytes(inputs), inputs.length));
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

async function readImage(
  bytes: Uint8Array<ArrayBuffer>,
  request: Omit<ReadRequest, 'files'>,
  drawing: Drawing,
): Promise<ImageResult> {
  const decoded = await decode(bytes, request.options, drawing);
  if (isRefusal(decoded)) return { kind: 'refused', refusal: decoded };
  const { image, notes, bitmap } = decoded;
  const { width, height } = image;
  const { input, swapLightBorder } = request;
  try {
    const prepared = input && prepare(prepareImage(image, input), input, swapLightBorder);
    const thumbnail = request.thumbnail > 0 && (await drawing.thumbnail(bitmap, request.thumbnail));
    const region = input ? seen({ width, height }, input) : { x: 0, y: 0, width, height };
    const size = request.display > 0 ? within(region, request.display) : null;
    const display = size && drawing.region(bitmap, region, size.width, size.height);
    return {
      kind: 'read',
      width,
      height,
      notes,
      swapped: prepared?.swapped ?? false,
      ...sumsOf(prepared?.pixels, input?.channels ?? 0),
      pixels: prepared?.pixels,
      thumbnail: thumbnail || undefined,
      display: size && display ? { ...size, rgba: display } : undefined,
    };
  } finally {
    bitmap.close();
  }
}

/** Swaps light and dark where that is wanted and the picture has a light border. */
function prepare(pixels: Uint8Array<ArrayBuffer>, { height, width }: InputSize, swapLightBorder: boolean) {
  const swapped = swapLightBorder && hasLightBorder(pixels, height, width);
  return { pixels: swapped ? swapLight(pixels) : pixels, swapped };
}

/** What the network sees of an image. */
function seen(image: { readonly width: number; readonly height: number }, input: InputSize): Region {
  const { columns, rows } = axes(image, input);
  const [x, width] = span(columns);
  const [y, height] = span(rows);
  return { x, y, width, height };
}

const span = ({ from, to, start, count, offset }: Axis): [number, number] => [
  offset + (start * from) / to,
  (count * from) / to,
];

/** The size with the same ratio whose longer side is `side`. */
function within({ width, height }: Region, side: number): { width: number; height: number } {
  const scale = side / Math.max(width, height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function sumsOf(pixels: Uint8Array | undefined, channels: number): { sums: number[]; squares: number[] } {
  const area = pixels ? pixels.length / channels : 0;
  const sums: number[] = [];
  const squares: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    let square = 0;
    for (let i = channel * area; i < (channel + 1) * area; i++) {
      const value = pixels?.[i] ?? 0;
      sum += value;
      square += value * value;
    }
    sums.push(sum);
    squares.push(square);
  }
  return { sums, squares };
}

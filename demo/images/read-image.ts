// One file in the worker: decoded, made the network's input, and made pictures for people.

import { axes, type InputSize, prepareImage } from '../../src/data/preprocess.ts';
import type { Axis } from '../../src/data/resample.ts';
import { type Drawing, decode, isRefusal, type Region } from './decoder.ts';
import type { ReadRequest, ReadResult } from './image-messages.ts';
import { hasLightBorder, swapLight } from './light-border.ts';

export interface ReadImage {
  readonly result: ReadResult;
  /** Bytes [C][H][W]. */
  readonly pixels?: Uint8Array<ArrayBuffer>;
  readonly thumbnail?: Uint8Array<ArrayBuffer>;
  /** RGBA. */
  readonly display?: Uint8Array<ArrayBuffer>;
}

export async function readImage(
  bytes: Uint8Array<ArrayBuffer>,
  request: Omit<ReadRequest, 'files'>,
  drawing: Drawing,
): Promise<ReadImage> {
  const decoded = await decode(bytes, request.options, drawing);
  if (isRefusal(decoded)) return { result: { refusal: decoded } };
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
      result: {
        ...{ width, height, notes, display: size },
        ...{ swapped: prepared?.swapped ?? false, ...sumsOf(prepared?.pixels, input?.channels ?? 0) },
      },
      ...(prepared && { pixels: prepared.pixels }),
      ...(thumbnail && { thumbnail }),
      ...(display && { display: new Uint8Array(display.buffer) }),
    };
  } finally {
    bitmap.close();
  }
}

/** Swaps light and dark where that is wanted and the picture has a light border. */
export function prepare(pixels: Uint8Array<ArrayBuffer>, { height, width }: InputSize, swapLightBorder: boolean) {
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

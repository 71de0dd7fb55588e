// From an image of more than 8 bits to a network's input, in float32 and without rounding between: the same crop and the same size as
// preprocess.ts gives, by the same filters. That is torchxrayvision's preprocessing too, with the resizer of its models
// (torch.nn.functional.interpolate(mode='bilinear', antialias=True)): its data sets' XRayResizer (scikit-image) blurs otherwise.

import { ConfigError } from '../runtime/errors.ts';
import type { DeepImage } from './deep-image.ts';
import { axes, type DecodedImage, type InputSize, type Preprocessing } from './preprocess.ts';
import { type Axis, type Interpolation, kernelAt } from './resample.ts';

/**
 * The network's input for one image: [channels][height][width], from 0 (black) to 255 (white), fractions kept; levels beyond the white
 * or below the black of the image stay beyond.
 * @throws ConfigError as `prepareImage`
 */
export function prepareDeep(image: DeepImage, input: InputSize): Float32Array<ArrayBuffer> {
  const { channels, height, width } = input;
  if (channels !== 1 && channels !== 3)
    throw new ConfigError('channels', channels, 'must be 1 or 3, the channels of an image');
  const { columns, rows, left, top } = axes(image, input);
  const scale = 255 / image.white;
  const out = new Float32Array(channels * height * width);
  const across = tapsOf(columns, input.interpolation);
  const down = tapsOf(rows, input.interpolation);
  for (let channel = 0; channel < channels; channel++) {
    const part = resampled(
      channels === 1 ? greyPlane(image) : colourPlane(image, channel),
      columns.length,
      across,
      down,
    );
    const into = out.subarray(channel * height * width, (channel + 1) * height * width);
    if (part.length < into.length) into.fill(input.fill?.[channel] ?? 0);
    for (let y = 0; y < rows.count; y++)
      for (let x = 0; x < columns.count; x++)
        into[(top + y) * width + left + x] = scale * (part[y * columns.count + x] ?? 0);
  }
  return out;
}

/** The same as bytes, for what holds images as such: rounded once, at the end. */
export function deepBytes(prepared: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint8ClampedArray.from(prepared, (value) => value).buffer);
}

/** What the network computes with: (value / 255 - mean) / std per channel. */
export function normalisedDeep(
  prepared: ArrayLike<number>,
  { mean, std }: Pick<Preprocessing, 'mean' | 'std'>,
  channels: number,
): Float32Array<ArrayBuffer> {
  const area = prepared.length / channels;
  return Float32Array.from(prepared, (value, i) => {
    const channel = Math.floor(i / area);
    return (value / 255 - (mean[channel] ?? 0)) / (std[channel] ?? 1);
  });
}

interface FloatTaps {
  readonly first: number;
  readonly weights: readonly number[];
}

function tapsOf(axis: Axis, interpolation: Interpolation = 'bilinear'): FloatTaps[] {
  return Array.from({ length: axis.count }, (_, i) => {
    const { first, weights } = kernelAt(axis, axis.start + i, interpolation);
    return { first: axis.offset + first, weights };
  });
}

/** [rows][columns] of the whole plane -> [down.length][across.length] */
function resampled(
  plane: ArrayLike<number>,
  length: number,
  across: readonly FloatTaps[],
  down: readonly FloatTaps[],
): Float64Array {
  const top = down.reduce((least, { first }) => Math.min(least, first), Number.POSITIVE_INFINITY);
  const bottom = down.reduce((most, { first, weights }) => Math.max(most, first + weights.length), 0);
  const width = across.length;
  const between = new Float64Array((bottom - top) * width);
  for (let y = top; y < bottom; y++)
    for (const [x, { first, weights }] of across.entries()) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += (plane[y * length + first + i] ?? 0) * (weights[i] ?? 0);
      between[(y - top) * width + x] = sum;
    }
  const out = new Float64Array(down.length * width);
  for (const [y, { first, weights }] of down.entries())
    for (let i = 0; i < weights.length; i++) {
      const [row, weight] = [(first + i - top) * width, weights[i] ?? 0];
      for (let x = 0; x < width; x++) out[y * width + x] = (out[y * width + x] ?? 0) + weight * (between[row + x] ?? 0);
    }
  return out;
}

/** ITU-R 601 luma, as preprocess.ts has it for bytes. */
function greyPlane({ channels, levels }: DeepImage): ArrayLike<number> {
  if (channels === 1) return levels;
  return Float64Array.from({ length: levels.length / 3 }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = levels.subarray(3 * i, 3 * i + 3);
    return (red * 19595 + green * 38470 + blue * 7471) / 65536;
  });
}

function colourPlane({ channels, levels }: DeepImage, channel: number): ArrayLike<number> {
  if (channels === 1) return levels;
  return Float32Array.from({ length: levels.length / 3 }, (_, i) => levels[3 * i + channel] ?? 0);
}

/** The image as a picture of 8 bits, for people: its whole range, and nothing beyond. */
export function shownImage({ width, height, channels, levels, white }: DeepImage): DecodedImage {
  const pixels = Uint8ClampedArray.from(levels, (level) => (255 * level) / white);
  return { width, height, channels, pixels: new Uint8Array(pixels.buffer) };
}

// From a decoded image of any size to a network's 8-bit input: grey or RGB, shorter side resized, centre cropped,
// planar. Bit for bit what PIL's convert and resize (antialiased) and torchvision's Resize and CenterCrop give
// (checked against PIL 9.4). Alpha is dropped, as PIL's convert('RGB') drops it. Scaling to [0, 1] and normalisation
// are the GPU's work. Only the crop is computed: an absurdly long image costs no more than its own pixels.

import { ConfigError } from '../runtime/errors.ts';
import { type Axis, type Interpolation, resample } from './resample.ts';

/** A decoded image, channels side by side: grey (1), RGB (3) or RGBA (4), as a canvas or a decoder gives it. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** [height][width][channels] */
  readonly pixels: Uint8Array | Uint8ClampedArray;
}

/** A type and not an interface, as it travels in messages. */
export type InputSize = {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Length of the shorter side before the crop (256 for 224 x 224 on ImageNet); as small as covers the crop if left out. */
  readonly resize?: number;
  /** Default 'bilinear'. */
  readonly interpolation?: Interpolation;
  /**
   * 'crop' (the default): the shorter side to `resize`, then the middle. 'square': the middle square first, then resized
   * to the input's size, as torchxrayvision does. 'squash': both sides to `resize` whatever the ratio (timm's `squash`),
   * then the middle.
   */
  readonly fit?: 'crop' | 'square' | 'squash';
};

/** All that happens to an image between its file and a network: its size, then (pixel / 255 - mean) / std a channel. */
export type Preprocessing = InputSize & {
  /** Of pixels in [0, 1], one a channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
};

/**
 * The network's input for one image: [channels][height][width], 8 bits.
 * @throws ConfigError for a network that takes neither 1 nor 3 channels, an image whose pixels do not fit its size, and
 * a `resize` that leaves less than the crop.
 */
export function prepareImage(image: DecodedImage, input: InputSize): Uint8Array<ArrayBuffer> {
  checkImage(image);
  const { channels, height, width } = input;
  if (channels !== 1 && channels !== 3) {
    throw new ConfigError('channels', channels, 'is not what an image gives: a network for images takes 1 or 3');
  }
  if (input.resize !== undefined && !(Number.isInteger(input.resize) && input.resize > 0)) {
    throw new ConfigError('resize', input.resize, 'is not a number of pixels; give a whole number from 1 up');
  }
  const { columns, rows } = axes(image, input);
  const out = new Uint8Array(channels * height * width);
  for (let channel = 0; channel < channels; channel++) {
    const plane = channels === 1 ? greyPlane(image) : colourPlane(image, channel);
    out.set(resample(plane, columns, rows, input.interpolation), channel * height * width);
  }
  return out;
}

/** Where the network's columns and rows come from in the image. */
export function axes(image: Pick<DecodedImage, 'width' | 'height'>, input: InputSize): { columns: Axis; rows: Axis } {
  const { height, width } = input;
  if (input.fit === 'square') {
    const side = Math.min(image.width, image.height);
    // torchxrayvision's XRayCenterCrop: half of the whole less half of the square, each rounded down.
    const offset = (size: number) => Math.floor(size / 2) - Math.floor(side / 2);
    return {
      columns: { from: side, to: width, start: 0, count: width, offset: offset(image.width), length: image.width },
      rows: { from: side, to: height, start: 0, count: height, offset: offset(image.height), length: image.height },
    };
  }
  const resized = resizedSize(image, input);
  if (resized.width < width || resized.height < height) {
    const problem = `makes the image ${resized.width}x${resized.height}, less than the ${width}x${height} crop`;
    throw new ConfigError('resize', input.resize, `${problem}; raise it or leave it out`);
  }
  const axis = (from: number, to: number, count: number): Axis => ({
    ...{ from, to, start: centred(to - count), count, offset: 0, length: from },
  });
  return { columns: axis(image.width, resized.width, width), rows: axis(image.height, resized.height, height) };
}

/** torchvision's Resize keeps the ratio and cuts the longer side to a whole number. */
function resizedSize(image: Pick<DecodedImage, 'width' | 'height'>, { height, width, resize, fit }: InputSize) {
  if (fit === 'squash') return { width: resize ?? width, height: resize ?? height };
  const wide = image.width >= image.height;
  const shorter = (side: number) =>
    wide
      ? { width: Math.trunc((side * image.width) / image.height), height: side }
      : { width: side, height: Math.trunc((side * image.height) / image.width) };
  if (resize !== undefined) return shorter(resize);
  return width * image.height >= height * image.width
    ? { width, height: Math.trunc((width * image.height) / image.width) }
    : { width: Math.trunc((height * image.width) / image.height), height };
}

/** Where a centre crop starts: half of what is left over, a half rounded to even as Python's round does. */
function centred(excess: number): number {
  const half = Math.floor(excess / 2);
  return excess % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}

/** ITU-R 601 luma in 16-bit fixed point, PIL's convert('L'). */
function greyPlane({ width, height, channels, pixels }: DecodedImage): Uint8Array {
  if (channels === 1) return Uint8Array.from(pixels);
  const plane = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < plane.length; i++, at += channels) {
    const [red, green, blue] = [pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0];
    plane[i] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  }
  return plane;
}

function colourPlane({ width, height, channels, pixels }: DecodedImage, channel: number): Uint8Array {
  const plane = new Uint8Array(width * height);
  const first = channels === 1 ? 0 : channel;
  for (let i = 0; i < plane.length; i++) plane[i] = pixels[i * channels + first] ?? 0;
  return plane;
}

function checkImage({ width, height, channels, pixels }: DecodedImage): void {
  for (const [field, size] of Object.entries({ width, height })) {
    if (!Number.isInteger(size) || size < 1) throw new ConfigError(field, size, 'is not the size of an image');
  }
  if (pixels.length !== width * height * channels) {
    const expected = `${width} x ${height} x ${channels} = ${width * height * channels}`;
    throw new ConfigError('pixels', pixels.length, `bytes do not fit the image: ${expected}`);
  }
}

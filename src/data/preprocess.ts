// From a decoded image of any size to a network's 8-bit input: grey or RGB, shorter side resized, centre cropped,
// planar. Bit for bit what PIL's convert and resize (antialiased) and torchvision's Resize and CenterCrop give
// (checked against PIL 9.4). Alpha is dropped, as PIL's convert('RGB') drops it. Scaling to [0, 1] and normalisation
// are the GPU's work. Only the crop is computed: an absurdly long image costs no more than its own pixels.

import { ConfigError } from '../runtime/errors.ts';
import { type Axis, type Interpolation, resampler } from './resample.ts';

/** A decoded image, channels interleaved: grey (1), RGB (3) or RGBA (4), as a canvas or a decoder gives it. */
export interface DecodedImage {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Grey (1), RGB (3) or RGBA (4). */
  readonly channels: 1 | 3 | 4;
  /** [height][width][channels] */
  readonly pixels: Uint8Array | Uint8ClampedArray;
}

export const FITS = ['crop', 'square', 'squash', 'border', 'none'] as const;
/**
 * How an image of another shape becomes the network's size.
 * @useDeclaredType
 */
export type Fit = (typeof FITS)[number];

/** A type and not an interface, as it is sent in messages. */
export type InputSize = {
  /** The network's: 1 (grey) or 3 (RGB). */
  readonly channels: number;
  /** In pixels. */
  readonly height: number;
  /** In pixels. */
  readonly width: number;
  /**
   * Length of the shorter side before the crop (256 for 224 x 224 on ImageNet), or of both sides; left out: as small as
   * covers the crop.
   */
  readonly resize?:
    | number
    | {
        /** In pixels. */
        readonly height: number;
        /** In pixels. */
        readonly width: number;
      };
  /** Default 'bilinear'. */
  readonly interpolation?: Interpolation;
  /**
   * 'crop' (the default): the shorter side to `resize`, then the middle. 'square': the middle square first, then resized
   * to the input's size, as torchxrayvision does. 'squash': both sides to `resize` whatever the ratio (timm's `squash`),
   * then the middle. 'border': as large as fits into `resize` (timm's `border`), then the middle. 'none': not resized, the
   * middle. Where `resize` is two lengths, 'crop' makes the image as small as covers both (timm, for sizes that are not
   * square).
   */
  readonly fit?: Fit;
  /** Padding of an image that is smaller than the crop, 0 to 255, per channel; left out, such an image is refused. */
  readonly fill?: readonly number[];
  /** How half of an odd margin is rounded: to even, as torchvision does (the default), or down. */
  readonly centre?: 'round' | 'floor';
};

/** How images become the network's size. */
export type Resizing = Pick<InputSize, 'resize' | 'interpolation' | 'fit' | 'fill' | 'centre'>;

const RESIZING_FIELDS = {
  resize: true,
  interpolation: true,
  fit: true,
  fill: true,
  centre: true,
} satisfies Record<keyof Resizing, true>;

/** How images become the network's size, as a record of what differs from the defaults; undefined: nothing does. */
export function resizingOf(given: Resizing): Resizing | undefined {
  const fields = Object.keys(RESIZING_FIELDS).flatMap((name) => {
    const value: unknown = Reflect.get(given, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return fields.length > 0 ? Object.fromEntries(fields) : undefined;
}

/** All that happens to an image between its file and a network: its size, then (pixel / 255 - mean) / std per channel. */
export type Preprocessing = InputSize & {
  /** Of pixels in [0, 1], one per channel. */
  readonly mean: readonly number[];
  /** Of pixels in [0, 1], one per channel. */
  readonly std: readonly number[];
};

/**
 * The network's input for one image: [channels][height][width], 8 bits.
 * @throws ConfigError for a network that takes neither 1 nor 3 channels, an image whose pixels do not fit its size, and
 * a `resize` that leaves less than the crop
 */
export function prepareImage(image: DecodedImage, input: InputSize): Uint8Array<ArrayBuffer> {
  checkImage(image);
  const { channels, height, width } = input;
  if (channels !== 1 && channels !== 3) {
    throw new ConfigError('channels', channels, 'must be 1 or 3, the channels of an image');
  }
  const { resize } = input;
  for (const side of typeof resize === 'object' ? [resize.height, resize.width] : [resize ?? 1]) {
    if (Number.isInteger(side) && side > 0) continue;
    throw new ConfigError('resize', resize, 'must be a whole number of pixels, 1 or more');
  }
  const { columns, rows, left, top } = axes(image, input);
  const out = new Uint8Array(channels * height * width);
  const resample = resampler(columns, rows, input.interpolation);
  for (let channel = 0; channel < channels; channel++) {
    const plane = channels === 1 ? greyPlane(image) : colourPlane(image, channel);
    const part = resample(plane);
    const into = out.subarray(channel * height * width, (channel + 1) * height * width);
    if (part.length < into.length) into.fill(input.fill?.[channel] ?? 0);
    for (let y = 0; y < rows.count; y++) {
      into.set(part.subarray(y * columns.count, (y + 1) * columns.count), (top + y) * width + left);
    }
  }
  return out;
}

/** Where the network's columns and rows come from in the image; the first `left` and `top` of them are padding. */
export function axes(
  image: Pick<DecodedImage, 'width' | 'height'>,
  input: InputSize,
): { columns: Axis; rows: Axis; left: number; top: number } {
  const { height, width } = input;
  if (input.fit === 'square') {
    const side = Math.min(image.width, image.height);
    // torchxrayvision's XRayCenterCrop: half of the whole less half of the square, each rounded down.
    const offset = (size: number) => Math.floor(size / 2) - Math.floor(side / 2);
    return {
      columns: { from: side, to: width, start: 0, count: width, offset: offset(image.width), length: image.width },
      rows: { from: side, to: height, start: 0, count: height, offset: offset(image.height), length: image.height },
      left: 0,
      top: 0,
    };
  }
  const resized = resizedSize(image, input);
  if ((resized.width < width || resized.height < height) && !input.fill) {
    const problem = `makes the image ${resized.width}x${resized.height}, less than the ${width}x${height} crop`;
    throw new ConfigError('resize', input.resize ?? 'none', `${problem}; raise it or leave it out`);
  }
  const floor = input.centre === 'floor';
  const axis = (from: number, to: number, count: number): Axis => {
    const start = to <= count ? 0 : floor ? Math.floor((to - count) / 2) : centred(to - count);
    return { from, to, start, count: Math.min(to, count), offset: 0, length: from };
  };
  // Rounding down where a crop starts makes an image that is too small start half a pixel later.
  const before = (to: number, count: number) => Math.max(0, Math.floor((count - to + (floor ? 1 : 0)) / 2));
  return {
    columns: axis(image.width, resized.width, width),
    rows: axis(image.height, resized.height, height),
    left: before(resized.width, width),
    top: before(resized.height, height),
  };
}

/** torchvision's Resize keeps the ratio and truncates the longer side to a whole number. */
function resizedSize(image: Pick<DecodedImage, 'width' | 'height'>, { height, width, resize, fit }: InputSize) {
  if (fit === 'none') return { width: image.width, height: image.height };
  const both = typeof resize === 'number' ? { width: resize, height: resize } : (resize ?? { width, height });
  if (fit === 'squash') return both;
  if (fit === 'border' || typeof resize === 'object') {
    const ratios = [image.width / both.width, image.height / both.height];
    const ratio = fit === 'border' ? Math.max(...ratios) : Math.min(...ratios);
    const side = (length: number) => Math.max(1, roundToEven(length / ratio));
    return { width: side(image.width), height: side(image.height) };
  }
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

/** Python's round. */
export function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

/** Where a centre crop starts: half of the margin, rounded to even as Python's round does. */
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
    if (!Number.isInteger(size) || size < 1)
      throw new ConfigError(field, size, 'must be a whole number of pixels, 1 or more');
  }
  if (pixels.length !== width * height * channels) {
    const expected = `${width} x ${height} x ${channels} = ${width * height * channels}`;
    throw new ConfigError('pixels', pixels.length, `bytes do not fit the image, which needs ${expected}`);
  }
}

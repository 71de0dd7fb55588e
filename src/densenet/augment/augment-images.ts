// Augmented images to look at: an augmenter's passes alone, on images of the caller's, read back as the network would get
// them, and as a picture of a whole batch.

import type { Device } from '../../runtime/device.ts';
import { Executable } from '../../runtime/executable.ts';
import { check, whole } from '../../runtime/options.ts';
import { Program } from '../../runtime/program.ts';
import { download } from '../../runtime/readback.ts';
import type { DenseNetConfig } from '../config.ts';
import { checkImages } from '../images.ts';
import { type Normalisation, normalisationTable } from '../normalisation.ts';
import type { Augmenter } from '../plan/augmenter.ts';
import { Grid } from '../plan/feature-map.ts';
import { tilesOn } from '../plan/tile-config.ts';

/** A batch to augment. */
export interface AugmentRequest {
  /** Size of the network's input. */
  readonly size: Pick<DenseNetConfig, 'inputChannels' | 'height' | 'width'>;
  /** How pixels are normalised. */
  readonly normalisation: Normalisation;
  /** [count][C][H][W] bytes, of the augmenter's source size. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** Number of images. */
  readonly count: number;
  /** Of the micro-batch: `microBatchSeed`. */
  readonly seed: number;
}

/**
 * The images as a network is trained on them: float32 [count][C][H][W], normalised.
 * @throws ConfigError for images that do not fit; GpuError, DeviceLostError
 */
export async function augmentImages(
  device: Device,
  augmenter: Augmenter,
  { size, normalisation: how, images, count, seed }: AugmentRequest,
): Promise<Float32Array<ArrayBuffer>> {
  check('count', count, whole(1, 2 ** 16 - 1));
  checkImages('images', images, 'Uint8Array', count, { ...size, ...augmenter.source });
  augmenter.check(size);
  const { inputChannels: channels } = size;
  const table = normalisationTable(how, channels);
  const grid = new Grid(count, size);
  const program = new Program();
  const input = program.buffer('input', images.byteLength, 'persistent', 'input');
  const normalisation = program.constant('normalisation', table, 'tables');
  const records = augmenter.records(program, size, count);
  const out = program.buffer('image', grid.bytes(channels), 'persistent', 'output');
  augmenter.record(program, size, grid, { input, normalisation, records, out }, tilesOn(device));
  const run = await Executable.create(device, program);
  try {
    await device.checked('augmenting images', () => {
      run.upload(input, images);
      run.upload(records, augmenter.draw(size, count, seed, new Int32Array(count)).records);
      run.submit(['main']);
    });
    return toImages(new Float32Array((await download(device, run.at(out))).buffer), channels, grid);
  } finally {
    run.destroy();
  }
}

/** Rows [C][stride] as images [N][C][H][W]. */
function toImages(rows: Float32Array, channels: number, { images, map, stride }: Grid): Float32Array<ArrayBuffer> {
  const area = map.height * map.width;
  const out = new Float32Array(images * channels * area);
  for (let n = 0; n < images; n++)
    for (let c = 0; c < channels; c++)
      out.set(rows.subarray(c * stride + n * area, c * stride + (n + 1) * area), (n * channels + c) * area);
  return out;
}

/** 8-bit pixels, [height][width][channels]: 1 (grey) or 3 (RGB). */
export interface ContactSheet {
  /** [height][width][channels] */
  readonly pixels: Uint8Array<ArrayBuffer>;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Grey (1) or RGB (3). */
  readonly channels: 1 | 3;
}

const GAP = 1;

/**
 * Normalised images as one picture, in rows of about as many as there are rows, a pixel of white between them. Of images with other
 * than one or three channels, the first is shown.
 * @param images float32 [count][C][H][W]
 */
export function contactSheet(
  images: Float32Array,
  { inputChannels, height, width }: Pick<DenseNetConfig, 'inputChannels' | 'height' | 'width'>,
  { mean, std }: Normalisation,
): ContactSheet {
  const area = height * width;
  const count = images.length / (inputChannels * area);
  const columns = Math.ceil(Math.sqrt((count * height) / width));
  const rows = Math.ceil(count / columns);
  const channels = inputChannels === 3 ? 3 : 1;
  const sheet = { width: columns * (width + GAP) + GAP, height: rows * (height + GAP) + GAP, channels } as const;
  // Clamped: mixing and erasing stay within the range of bytes, but for rounding.
  const pixels = new Uint8ClampedArray(sheet.width * sheet.height * channels).fill(255);
  for (let n = 0; n < count; n++) {
    const top = GAP + Math.floor(n / columns) * (height + GAP);
    const left = GAP + (n % columns) * (width + GAP);
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < area; i++) {
        const value = images[(n * inputChannels + c) * area + i] ?? 0;
        const at = (top + Math.floor(i / width)) * sheet.width + left + (i % width);
        pixels[at * channels + c] = 255 * (value * (std[c] ?? 1) + (mean[c] ?? 0));
      }
    }
  }
  return { ...sheet, pixels: new Uint8Array(pixels.buffer) };
}

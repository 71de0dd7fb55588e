// What the layout kernels compute: plain loops, and the counter-based random numbers of parts/random.wgsl.

import { randomAt } from '../../runtime/random.ts';
import type { NchwSize } from './from-nchw.ts';
import type { PackedWeight } from './pack-table.ts';

type Numbers = ArrayLike<number>;

const at = (numbers: Numbers, i: number): number => numbers[i] ?? Number.NaN;

/** Calls `visit(row, image)` with the place of every value in [C][stride] and in [N][C][H][W]. */
function places(s: NchwSize, visit: (row: number, image: number, pixel: number, channel: number, n: number) => void) {
  const area = s.height * s.width;
  for (let n = 0; n < s.images; n++)
    for (let c = 0; c < s.channels; c++)
      for (let i = 0; i < area; i++) visit(c * s.stride + n * area + i, (n * s.channels + c) * area + i, i, c, n);
}

/** x [N][C][H][W] as rows [C][stride]; NaN in the padding, which is not written. */
export function fromNchw(s: NchwSize, x: Numbers): Float64Array {
  const out = new Float64Array(s.channels * s.stride).fill(Number.NaN);
  places(s, (row, image) => {
    out[row] = at(x, image);
  });
  return out;
}

/** Rows [C][stride] as [N][C][H][W]. */
export function toNchw(s: NchwSize, x: Numbers): Float64Array {
  const out = new Float64Array(s.images * s.channels * s.height * s.width);
  places(s, (row, image) => {
    out[image] = at(x, row);
  });
  return out;
}

export interface Augmentation {
  readonly seed: number;
  readonly mirror: boolean;
  readonly shift: number;
}

const STREAM = 0xffffffff;

/** Bytes [N][C][H][W] as normalised rows [C][stride], mirrored and shifted at random; what a shift uncovers is 0. */
export function augment(s: NchwSize, { seed, mirror, shift }: Augmentation, bytes: Numbers, normalisation: Numbers) {
  const out = new Float64Array(s.channels * s.stride).fill(Number.NaN);
  const magnitude = new Float64Array(out.length);
  const random = (n: number, which: number) => randomAt(seed, STREAM, 4 * n + which);
  places(s, (row, image, pixel, c, n) => {
    const column = pixel % s.width;
    const mirrored = mirror && random(n, 0) >= 2 ** 31;
    const h = Math.floor(pixel / s.width) + (random(n, 1) % (2 * shift + 1)) - shift;
    const w = (mirrored ? s.width - 1 - column : column) + (random(n, 2) % (2 * shift + 1)) - shift;
    const inside = h >= 0 && h < s.height && w >= 0 && w < s.width;
    const byte = at(bytes, image - pixel + h * s.width + w);
    const [scale, offset] = [at(normalisation, 2 * c), at(normalisation, 2 * c + 1)];
    out[row] = inside ? byte * scale + offset : 0;
    magnitude[row] = inside ? Math.abs(byte * scale) + Math.abs(offset) : 0;
  });
  return { values: out, magnitude };
}

/** The packed arena; NaN where no copy lies. `affine` ([..][4]) only where some weight has a scale. */
export function packWeights(weights: readonly PackedWeight[], packed: number, parameters: Numbers, affine?: Numbers) {
  const out = new Float64Array(packed).fill(Number.NaN);
  for (const w of weights) {
    for (let a = 0; a < w.paddedRows; a++) {
      for (let t = 0; t < w.taps; t++) {
        for (let b = 0; b < w.paddedColumns; b++) {
          const tap = w.rotated ? w.taps - 1 - t : t;
          const scale = affine && w.scale !== undefined ? at(affine, 4 * (w.scale + b)) : 1;
          const value = at(parameters, w.source + a * w.rowStride + b * w.columnStride + tap) * scale;
          out[w.destination + (a * w.taps + t) * w.paddedColumns + b] = a < w.rows && b < w.columns ? value : 0;
        }
      }
    }
  }
  return out;
}

// What the transition's kernels compute, as the formulas read: float64, plain loops, no tiles.

import type { PoolSize } from './pool.ts';

type Numbers = ArrayLike<number>;

/** Mean of relu(x * scale + shift) over 2x2 windows. affine: [C][4]. [C][outStride], NaN where nothing is written. */
export function pool(size: PoolSize, x: Numbers, affine: Numbers): { values: Float64Array; magnitude: Float64Array } {
  const { channels, images, height, width, stride, outStride } = size;
  const values = new Float64Array(channels * outStride).fill(Number.NaN);
  const magnitude = new Float64Array(channels * outStride);
  const at = (a: Numbers, i: number) => a[i] ?? Number.NaN;
  for (let c = 0; c < channels; c++) {
    let q = c * outStride;
    for (let n = 0; n < images; n++) {
      for (let h = 0; h + 1 < height; h += 2) {
        for (let w = 0; w + 1 < width; w += 2) {
          let [sum, terms] = [0, 0];
          for (const [dh, dw] of [
            [0, 0],
            [0, 1],
            [1, 0],
            [1, 1],
          ] as const) {
            const value = at(x, c * stride + (n * height + h + dh) * width + w + dw);
            sum += Math.max(0, value * at(affine, c * 4) + at(affine, c * 4 + 1));
            terms += Math.abs(value * at(affine, c * 4)) + Math.abs(at(affine, c * 4 + 1));
          }
          values[q] = sum / 4;
          magnitude[q++] = terms / 4;
        }
      }
    }
  }
  return { values, magnitude };
}

/**
 * The backward of `pool`: gradients [C][stride], NaN where nothing is written, and for each channel and tile of
 * `windowsATile` windows (row by row, image by image, an odd edge's too) the sums of g and g * (x - mean), with the sums
 * of their absolute values.
 */
export function poolBackward(size: PoolSize, dpooled: Numbers, x: Numbers, affine: Numbers, windowsATile: number) {
  const { channels, images, height, width, stride, outStride } = size;
  const [rows, columns] = [(height + 1) >> 1, (width + 1) >> 1];
  const tiles = Math.ceil((images * rows * columns) / windowsATile);
  const out = new Float64Array(channels * stride).fill(Number.NaN);
  const sums = new Float64Array(channels * tiles * 2);
  const magnitude = new Float64Array(sums.length);
  const at = (a: Numbers, i: number) => a[i] ?? Number.NaN;
  for (let c = 0; c < channels; c++) {
    const [scale, shift, mean] = [at(affine, 4 * c), at(affine, 4 * c + 1), at(affine, 4 * c + 2)];
    for (let p = 0; p < images * height * width; p++) {
      const image = Math.floor(p / (height * width));
      const [row, column] = [(Math.floor(p / width) % height) >> 1, (p % width) >> 1];
      const pooled = 2 * row + 1 < height && 2 * column + 1 < width;
      const q = (image * (height >> 1) + row) * (width >> 1) + column;
      const value = at(x, c * stride + p);
      const g = pooled && !(value * scale + shift <= 0) ? at(dpooled, c * outStride + q) / 4 : 0;
      out[c * stride + p] = scale * g;
      const tile = Math.floor(((image * rows + row) * columns + column) / windowsATile);
      for (const [i, term] of [g, g * (value - mean)].entries()) {
        const place = (c * tiles + tile) * 2 + i;
        sums[place] = at(sums, place) + term;
        magnitude[place] = at(magnitude, place) + Math.abs(term);
      }
    }
  }
  return { out, sums, magnitude };
}

// What the transition's kernels compute, as the formulas read: float64, plain loops, no tiles.

import type { PoolSize } from './pool.ts';

type Numbers = ArrayLike<number>;

/** Mean of relu(x * scale + shift) over 2x2 windows. affine: [C][4]. Returns [C][outStride], NaN where nothing is written. */
export function pool(size: PoolSize, x: Numbers, affine: Numbers): Float64Array {
  const { channels, images, height, width, stride, outStride } = size;
  const out = new Float64Array(channels * outStride).fill(Number.NaN);
  const at = (a: Numbers, i: number) => a[i] ?? Number.NaN;
  for (let c = 0; c < channels; c++) {
    let q = c * outStride;
    for (let n = 0; n < images; n++) {
      for (let h = 0; h + 1 < height; h += 2) {
        for (let w = 0; w + 1 < width; w += 2) {
          let sum = 0;
          for (const [dh, dw] of [
            [0, 0],
            [0, 1],
            [1, 0],
            [1, 1],
          ] as const) {
            const value = at(x, c * stride + (n * height + h + dh) * width + w + dw);
            sum += Math.max(0, value * at(affine, c * 4) + at(affine, c * 4 + 1));
          }
          out[q++] = sum / 4;
        }
      }
    }
  }
  return out;
}

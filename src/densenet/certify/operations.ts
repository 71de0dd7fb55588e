// Convolutions and their gradients in float64, by the kernels' references (src/shaders/*/reference.ts), over rows of channels without
// padding: [C][N x H x W]. Weights are PyTorch's, [M][C][taps].

import { product, weightGradient as weightGradient1x1 } from '../../shaders/conv1x1/reference.ts';
import { convolution, weightGradient as weightGradient3x3 } from '../../shaders/conv3x3/reference.ts';
import * as stem from '../../shaders/stem/reference.ts';
import type { StemSize } from '../../shaders/stem/shapes.ts';
import type { MapSize } from '../config.ts';
import type { Convolution } from '../network.ts';

/** The maps of a batch: a channel's row has `columns` values. */
export interface Maps extends MapSize {
  readonly images: number;
  readonly columns: number;
}

export const mapsOf = (images: number, { height, width }: MapSize): Maps => ({
  images,
  height,
  width,
  columns: images * height * width,
});

/** Without magnitudes, which cost as much again. */
const terms = (values: Float64Array) => ({ values, magnitude: new Float64Array() });

const squareSize = ({ inputs, outputs }: Convolution, { images, height, width, columns }: Maps) => ({
  inputs,
  outputs,
  images,
  height,
  width,
  stride: columns,
});

const stridedSize = ({ inputs, outputs, size }: Convolution, from: Maps, to: Maps): StemSize => ({
  kernelSize: size,
  inputs,
  outputs,
  images: from.images,
  height: from.height,
  width: from.width,
  stride: from.columns,
  outStride: to.columns,
});

/** [a][b][taps] to [b][a][taps], the taps from the last to the first where `turned`. */
function swapped(weight: Float64Array, a: number, b: number, taps: number, turned: boolean): Float64Array {
  const out = new Float64Array(weight.length);
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++)
      for (let t = 0; t < taps; t++)
        out[(j * a + i) * taps + (turned ? taps - 1 - t : t)] = weight[(i * b + j) * taps + t] ?? Number.NaN;
  return out;
}

/** out [M][to] of x [C][from]. */
export function forward(conv: Convolution, x: Float64Array, weight: Float64Array, from: Maps, to: Maps): Float64Array {
  const { kind, inputs, outputs } = conv;
  if (kind === '1x1') {
    const packed = swapped(weight, outputs, inputs, 1, false);
    return product(outputs, inputs, from.columns, from.columns, packed, terms(x)).values;
  }
  if (kind === '3x3') return convolution(squareSize(conv, from), terms(x), weight).values;
  return stem.forward(stridedSize(conv, from, to), weight, x, undefined).values;
}

/** dx [C][from] of dy [M][to]. */
export function backwardData(
  conv: Convolution,
  dy: Float64Array,
  weight: Float64Array,
  from: Maps,
  to: Maps,
): Float64Array {
  const { kind, inputs, outputs } = conv;
  if (kind === '1x1') return product(inputs, outputs, to.columns, to.columns, weight, terms(dy)).values;
  if (kind === '3x3') {
    const size = { ...squareSize(conv, from), inputs: outputs, outputs: inputs };
    return convolution(size, terms(dy), swapped(weight, outputs, inputs, 9, true)).values;
  }
  const nothing = new Float64Array(4 * outputs);
  return stem.backwardData(stridedSize(conv, from, to), weight, dy, dy, nothing).values;
}

/** d loss / d weight [M][C][taps] of dy [M][to] and x [C][from]. */
export function backwardWeight(
  conv: Convolution,
  dy: Float64Array,
  x: Float64Array,
  from: Maps,
  to: Maps,
): Float64Array {
  const { kind, outputs } = conv;
  if (kind === '1x1') {
    const size = { ...squareSize(conv, from), columns: from.columns, splitK: 1 };
    return weightGradient1x1(size, from.columns, terms(dy), terms(x)).values;
  }
  if (kind === '3x3') return weightGradient3x3(squareSize(conv, from), 1, () => 0, terms(dy), terms(x)).values;
  const nothing = new Float64Array(4 * outputs);
  return stem.backwardWeight(stridedSize(conv, from, to), dy, dy, nothing, x, () => 0, 1).values;
}

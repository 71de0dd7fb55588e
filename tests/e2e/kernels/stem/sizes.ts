// Sizes and weights that the stem's suites share.

import { outputColumns, type StemSize } from '../../../../src/shaders/stem/shapes.ts';

const roundUp = (n: number) => Math.ceil(n / 64) * 64;

export function stemSize(
  inputs: number,
  outputs: number,
  images: number,
  height: number,
  width: number,
  kernelSize = 7,
): StemSize {
  const open = {
    kernelSize,
    inputs,
    outputs,
    images,
    height,
    width,
    stride: roundUp(images * height * width),
    outStride: 0,
  };
  return { ...open, outStride: roundUp(outputColumns(open)) };
}

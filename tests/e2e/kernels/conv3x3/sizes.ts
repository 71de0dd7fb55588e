// Sizes that the 3x3 kernels' suites share, named for why they exist.

import { roundUp } from '../../../../src/runtime/kernel.ts';
import type { Conv3x3BackwardSize } from '../../../../src/shaders/conv3x3/size.ts';
import type { Random } from '../../../../src/shaders/random-inputs.ts';

export const convSize = (
  inputs: number,
  outputs: number,
  images: number,
  height: number,
  width: number,
): Conv3x3BackwardSize => ({ inputs, outputs, images, height, width, stride: roundUp(images * height * width, 64) });

export const dropped = (size: Conv3x3BackwardSize, stream: number, dropout: number): Conv3x3BackwardSize => ({
  ...size,
  stream,
  dropout,
});

export const awkward = (r: Random): Conv3x3BackwardSize =>
  convSize(
    r.pick([1, 2, 3, 5, 8, 13, 17, 33]),
    r.pick([1, 3, 4, 7, 12, 20, 24, 32, 40, 48]),
    r.integer(1, 5),
    r.integer(1, 17),
    r.integer(1, 33),
  );

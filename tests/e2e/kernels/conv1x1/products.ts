// Sizes and tiles of the 1x1 convolutions' cases.

import type { Parameters } from '../../../../src/runtime/kernel.ts';
import type { Conv1x1Size } from '../../../../src/shaders/conv1x1/product.ts';
import { PIXEL_TILES, pixelParameters } from '../../../../src/shaders/conv1x1/tiles.ts';

/** Rows as long as the plan makes them: a multiple of 64 floats. */
export const product = (inputs: number, outputs: number, columns: number): Conv1x1Size => ({
  inputs,
  outputs,
  columns,
  stride: Math.ceil(columns / 64) * 64,
});

export const dropped = <S extends Conv1x1Size>(size: S, stream: number, dropout: number): S => ({
  ...size,
  stream,
  dropout,
});

/** Every tile of forward and backward-data with each of the given flags: small sizes would choose few of them. */
export const tiles = (flags: Readonly<Record<string, Parameters>>): Record<string, Parameters> =>
  Object.fromEntries(
    PIXEL_TILES.flatMap((t) =>
      Object.entries(flags).map(([name, own]) => [
        `${name}, tile ${t.rows}x${t.columns}`,
        { ...pixelParameters(t), ...own },
      ]),
    ),
  );

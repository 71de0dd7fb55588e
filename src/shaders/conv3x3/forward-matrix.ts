// conv3x3/forward by subgroup matrices.

import type { Parameters } from '../../runtime/kernel.ts';
import { type MatrixText, MOST_THREADS } from '../matrix-text.ts';
import { activation, putF16, random, step } from '../parts/parts.ts';
import { forwardCheck } from './checks.ts';
import source from './forward-matrix.wgsl?raw';
import type { Conv3x3Size } from './size.ts';

/** Input channels that are staged at a time. */
const CHANNELS = 16;
/** Sums of a subgroup, which has all rows of its columns: 72 registers in each of 32 threads, for 48 channels at 8x28 pixels. */
const MOST_SUMS = 2304;

/** The tile's pixels and channels. */
function tileOf({ COLUMNS, ROWS, PIECES, BLOCKS, GROUPS }: Parameters) {
  const [width, rows] = [Number(PIECES) * Number(COLUMNS), Number(ROWS)];
  return { width, rows, outputs: 4 * Number(BLOCKS) * Number(GROUPS) };
}

export const conv3x3Matrix: MatrixText = {
  check: forwardCheck,
  source,
  parts: [activation, putF16, random, step],
  parameters: [
    ...['COLUMNS', 'ROWS', 'PIECES', 'BLOCKS', 'GROUPS'],
    ...['HAS_PROLOGUE', 'HAS_STATISTICS', 'HAS_DROPOUT'],
  ],
  layout: (parameters, { component, shape, subgroupSize, workgroupBytes }) => {
    if (component === 'f32') return 'only features of f16 are multiplied by subgroup matrices in 3x3 convolutions';
    const { width, rows, outputs } = tileOf(parameters);
    // Maps of six rows and more have their tile in one go.
    const SLOTS = rows + Math.ceil((rows - 1) / 6);
    const rowBlocks = Math.ceil(outputs / shape.M);
    const columnBlocks = Math.ceil((SLOTS * (width + 2)) / shape.N);
    const places = columnBlocks * shape.N + 2 * (width + 2) + 2;
    const bytes = (taps: number, sumUnits: number) =>
      2 * CHANNELS * (places + taps * (rowBlocks * shape.M + 8)) + 4 * sumUnits * shape.M * (shape.N + 4);
    const sums = (units: number) => rowBlocks * Math.ceil(columnBlocks / units) * shape.M * shape.N;
    const UNITS = [4, 8, 2, 1].find((units) => units * subgroupSize <= MOST_THREADS && sums(units) <= MOST_SUMS);
    if (UNITS === undefined)
      return `a tile of ${rows}x${width} pixels and ${outputs} channels has too many sums for its subgroups`;
    const [best] = [9, 3, 1]
      .flatMap((TAPS) => [8, 4, 2, 1].filter((n) => n <= UNITS).map((SUM_UNITS) => ({ TAPS, SUM_UNITS })))
      .filter(({ TAPS, SUM_UNITS }) => bytes(TAPS, SUM_UNITS) <= workgroupBytes);
    if (!best)
      return `a tile of ${rows}x${width} pixels and ${outputs} channels does not fit ${workgroupBytes} bytes of workgroup memory`;
    const blocks = { BLOCK_M: shape.M, BLOCK_N: shape.N, BLOCK_K: shape.K };
    return { ...best, ...blocks, UNITS, SUBGROUP: subgroupSize, CHANNELS, SLOTS };
  },
  isRounded: ({ HAS_PROLOGUE }) => HAS_PROLOGUE === true,
  sizes: (parameters): readonly Conv3x3Size[] => {
    const { width: tile, rows, outputs } = tileOf(parameters);
    const dropout = parameters.HAS_DROPOUT === true ? 0.25 : 0;
    const size = (images: number, height: number, width: number, inputs: number, channels: number): Conv3x3Size => ({
      ...{ images, height, width, inputs, outputs: channels, dropout, stream: 3 },
      stride: 128 * Math.ceil((images * height * width) / 128),
    });
    const width = parameters.RAGGED === true ? tile - 1 : tile;
    // Of images that end within a tile; of maps that take several goes.
    return [
      size(3, 7, width, 21, outputs),
      size(rows + 3, 1, width + (parameters.RAGGED === true ? tile : 0), 16, outputs + 3),
    ];
  },
};

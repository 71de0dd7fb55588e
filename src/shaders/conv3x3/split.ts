// How the weight gradient's work is cut: channels over workgroups, the rows of every strip into runs, runs over splits.

import { ceilDiv } from '../../runtime/kernel.ts';
import { type Conv3x3Size, positions } from './size.ts';

/** Parameters of `backward-weight.wgsl`; their meaning is told there. */
export const WEIGHT_TILE = { SPAN: 14, GROUPS: 8, CHANNEL_GROUPS: 8 } as const;
export type WeightTile = { readonly [K in keyof typeof WEIGHT_TILE]: number };

const WORKGROUP_BYTES = 16384;
const THREADS = 256;
const LARGEST_SPAN = 16;
const LARGEST_SPLIT = 32;
/** Layers of few channels have few workgroups, but small partial gradients too: they may have more splits. */
const LARGEST_SMALL_SPLIT = 128;
const SMALL_PARTIAL_BYTES = 4 * 2 ** 20;
const ENOUGH_WORKGROUPS = 256;
/** A split's partial gradient costs as much traffic as some columns of its operands: fewer do not pay. */
const COLUMNS_PER_SPLIT = 96;
const PARTIAL_BYTES = 16 * 2 ** 20;

function workgroupBytes({ SPAN, GROUPS, CHANNEL_GROUPS }: WeightTile): number {
  const line = Math.floor((SPAN + 5) / 4);
  const pitch = line + 1 - (line % 2);
  return 16 * (4 * CHANNEL_GROUPS * 4 * pitch + 2 * GROUPS * SPAN);
}

/** Workgroups over the input and the output channels. */
export const weightTiles = (size: Conv3x3Size, tile: WeightTile): [inputs: number, outputs: number] => [
  ceilDiv(size.inputs, tile.CHANNEL_GROUPS * 4),
  ceilDiv(size.outputs, tile.GROUPS * 4),
];

function largestSplit(size: Conv3x3Size): number {
  const bytes = 36 * size.inputs * size.outputs;
  const small = Math.min(LARGEST_SMALL_SPLIT, Math.floor(SMALL_PARTIAL_BYTES / bytes));
  const byMemory = Math.min(Math.max(LARGEST_SPLIT, small), Math.floor(PARTIAL_BYTES / bytes));
  const byRows = ceilDiv(size.width, LARGEST_SPAN) * ceilDiv(size.images * size.height, 2);
  return Math.max(1, Math.min(byMemory, byRows, Math.floor(positions(size) / COLUMNS_PER_SPLIT)));
}

/** Wide workgroups where there are enough of them, else narrow ones. */
export function chooseWeightTile(size: Conv3x3Size): WeightTile {
  const SPAN = ceilDiv(size.width, ceilDiv(size.width, LARGEST_SPAN));
  const fours = ceilDiv(size.outputs, 4);
  const GROUPS = ceilDiv(fours, ceilDiv(fours, 16));
  let tile: WeightTile = { SPAN, GROUPS, CHANNEL_GROUPS: 1 };
  for (const most of [16, 8, 4, 2]) {
    const CHANNEL_GROUPS = Math.min(most, ceilDiv(size.inputs, 4));
    const candidate = { SPAN, GROUPS, CHANNEL_GROUPS };
    if (3 * GROUPS * CHANNEL_GROUPS > THREADS || workgroupBytes(candidate) > WORKGROUP_BYTES) continue;
    tile = candidate;
    const [inputs, outputs] = weightTiles(size, tile);
    if (inputs * outputs * largestSplit(size) >= ENOUGH_WORKGROUPS || 3 * GROUPS * CHANNEL_GROUPS <= 96) break;
  }
  return tile;
}

/** Partial gradients to cut the sum over positions into: a pure function of the layer and its maps. */
export function backwardWeightSplits(size: Conv3x3Size): number {
  const [inputs, outputs] = weightTiles(size, chooseWeightTile(size));
  return Math.min(largestSplit(size), ceilDiv(ENOUGH_WORKGROUPS, inputs * outputs));
}

export interface Runs {
  readonly strips: number;
  readonly runRows: number;
  readonly runs: number;
}

/** Runs of rows, dealt to the splits in turn: as even as can be, and as long, since each start stages two rows more. */
export function rowRuns(size: Conv3x3Size, splits: number, { SPAN }: WeightTile): Runs {
  const strips = ceilDiv(size.width, SPAN);
  const rows = size.images * size.height;
  let best = { strips, runRows: rows, runs: strips };
  let least = Number.POSITIVE_INFINITY;
  for (let turns = 1; turns <= strips; turns++) {
    const bands = Math.max(1, Math.min(rows, Math.floor((turns * splits) / strips)));
    const runRows = ceilDiv(rows, bands);
    const runs = strips * ceilDiv(rows, runRows);
    const work = ceilDiv(runs, splits) * (runRows + 0.3);
    if (work >= least) continue;
    least = work;
    best = { strips, runRows, runs };
  }
  return best;
}

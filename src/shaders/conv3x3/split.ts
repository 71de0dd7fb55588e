// How the weight gradient's work is cut: channels over workgroups, the rows of every strip into runs, runs over splits.

import { ceilDiv, type TileCandidate } from '../../runtime/kernel.ts';
import { DEFAULT_TARGET, type TileTarget } from '../../runtime/tile-target.ts';
import { type Conv3x3Size, positions } from './size.ts';

/** Parameters of `backward-weight.wgsl`; which explains them. */
export const WEIGHT_TILE = { SPAN: 14, GROUPS: 8, CHANNEL_GROUPS: 8, CHANNELS_EACH: 4 } as const;
export type WeightTile = { readonly [K in keyof typeof WEIGHT_TILE]: number };

const WORKGROUP_BYTES = 16384;
const LARGEST_SPAN = 16;
const LARGEST_SPLIT = 64;
/** Layers of few channels have few workgroups, but small partial gradients too: they may have more splits. */
const LARGEST_SMALL_SPLIT = 128;
const SMALL_PARTIAL_BYTES = 4 * 2 ** 20;
/** A split's partial gradient costs as much traffic as some columns of its operands: fewer do not pay. */
const COLUMNS_PER_SPLIT = 96;
const PARTIAL_BYTES = 16 * 2 ** 20;

function workgroupBytes({ SPAN, GROUPS, CHANNEL_GROUPS, CHANNELS_EACH }: WeightTile): number {
  const line = Math.floor((SPAN + 5) / 4);
  const pitch = line + 1 - (line % 2);
  return 16 * (4 * CHANNEL_GROUPS * CHANNELS_EACH * pitch + 2 * GROUPS * SPAN);
}

/** Workgroups over the input and the output channels. */
export const weightTiles = (size: Conv3x3Size, tile: WeightTile): [inputs: number, outputs: number] => [
  ceilDiv(size.inputs, tile.CHANNEL_GROUPS * tile.CHANNELS_EACH),
  ceilDiv(size.outputs, tile.GROUPS * 4),
];

function largestSplit(size: Conv3x3Size): number {
  const bytes = 36 * size.inputs * size.outputs;
  const small = Math.min(LARGEST_SMALL_SPLIT, Math.floor(SMALL_PARTIAL_BYTES / bytes));
  const byMemory = Math.min(Math.max(LARGEST_SPLIT, small), Math.floor(PARTIAL_BYTES / bytes));
  const byRows = ceilDiv(size.width, LARGEST_SPAN) * ceilDiv(size.images * size.height, 2);
  return Math.max(1, Math.min(byMemory, byRows, Math.floor(positions(size) / COLUMNS_PER_SPLIT)));
}

/** Every tile that fits a workgroup, from wide to narrow; a single narrow one where none does. */
function weightCandidates(size: Conv3x3Size, { sums, threads }: TileTarget): readonly [WeightTile, ...WeightTile[]] {
  const SPAN = ceilDiv(size.width, ceilDiv(size.width, LARGEST_SPAN));
  const fours = ceilDiv(size.outputs, 4);
  const GROUPS = ceilDiv(fours, ceilDiv(fours, 16));
  const CHANNELS_EACH = sums === 64 ? 4 : 2;
  const widths = new Set([16, 8, 4, 2].map((most) => Math.min(most, ceilDiv(size.inputs, CHANNELS_EACH))));
  const [first, ...others] = [...widths]
    .map((CHANNEL_GROUPS) => ({ SPAN, GROUPS, CHANNEL_GROUPS, CHANNELS_EACH }))
    .filter((tile) => 3 * GROUPS * tile.CHANNEL_GROUPS <= threads && workgroupBytes(tile) <= WORKGROUP_BYTES);
  return [first ?? { SPAN, GROUPS, CHANNEL_GROUPS: 1, CHANNELS_EACH }, ...others];
}

/** Wide workgroups where there are enough of them, else narrow ones. */
export function chooseWeightTile(size: Conv3x3Size, target: TileTarget): WeightTile {
  const candidates = weightCandidates(size, target);
  const enough = (tile: WeightTile) => {
    const [inputs, outputs] = weightTiles(size, tile);
    const workgroups = inputs * outputs * largestSplit(size);
    return workgroups >= target.workgroups || 3 * tile.GROUPS * tile.CHANNEL_GROUPS <= 96;
  };
  return candidates.find(enough) ?? candidates.at(-1) ?? WEIGHT_TILE;
}

/** A workgroup's gradients are staged for all its input channels: with few of them that weighs. */
function weightDensity(size: Conv3x3Size, tile: WeightTile): number {
  const [inputs, outputs] = weightTiles(size, tile);
  const padded = inputs * tile.CHANNEL_GROUPS * tile.CHANNELS_EACH * outputs * tile.GROUPS * 4;
  const loads = tile.CHANNELS_EACH === 4 ? 1 : 0.8;
  return ((size.inputs * size.outputs) / padded) * loads * (1 - 0.25 / tile.CHANNEL_GROUPS);
}

/** The tiles of a weight gradient by the input channels that a workgroup takes, the default first, the other's default last. */
export function weightTileCandidates(size: Conv3x3Size, target: TileTarget): TileCandidate[] {
  const chosen = chooseWeightTile(size, target);
  const others = weightCandidates(size, target).filter((tile) => tile.CHANNEL_GROUPS !== chosen.CHANNEL_GROUPS);
  const unlike = chooseWeightTile(size, { ...target, sums: target.sums === 64 ? 32 : 64 });
  return [chosen, ...others, unlike].map((tile) => ({
    name: `${tile.CHANNELS_EACH * tile.CHANNEL_GROUPS} channels${tile.CHANNELS_EACH === 4 ? '' : ' by twos'}`,
    parameters: tile,
    density: weightDensity(size, tile),
  }));
}

/** Partial gradients to cut the sum over positions into, times `factor`: a pure function of the layer and its maps. */
export function backwardWeightSplitK(
  size: Conv3x3Size,
  tile: WeightTile = chooseWeightTile(size, DEFAULT_TARGET),
  factor = 1,
  { workgroups }: TileTarget = DEFAULT_TARGET,
): number {
  const [inputs, outputs] = weightTiles(size, tile);
  const wanted = Math.round(factor * ceilDiv(workgroups, inputs * outputs));
  return Math.max(1, Math.min(largestSplit(size), wanted));
}

export interface Runs {
  readonly strips: number;
  readonly runRows: number;
  readonly runs: number;
}

/** Runs of rows, dealt to the splits in turn: as even as can be, and as long, since each start stages two rows more. */
export function rowRuns(size: Conv3x3Size, splitK: number, { SPAN }: WeightTile): Runs {
  const strips = ceilDiv(size.width, SPAN);
  const rows = size.images * size.height;
  let best = { strips, runRows: rows, runs: strips };
  let least = Number.POSITIVE_INFINITY;
  for (let turns = 1; turns <= strips; turns++) {
    const bands = Math.max(1, Math.min(rows, Math.floor((turns * splitK) / strips)));
    const runRows = ceilDiv(rows, bands);
    const runs = strips * ceilDiv(rows, runRows);
    const work = ceilDiv(runs, splitK) * (runRows + 0.3);
    if (work >= least) continue;
    least = work;
    best = { strips, runRows, runs };
  }
  return best;
}

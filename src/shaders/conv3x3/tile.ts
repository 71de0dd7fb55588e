// The tile that forward and backward-data use for a size: how many columns a thread's piece has, how rows, pieces and
// channels fill a workgroup, and how many input channels a stage has. Pure: a plan knows the tiles without a GPU.

import { ceilDiv, roundUp, type TileCandidate } from '../../runtime/kernel.ts';
import type { TileTarget } from '../../runtime/tile-target.ts';
import type { Maps } from './size.ts';

/** Parameters of `direct.wgsl`; which explains them. */
export const DIRECT_TILE = {
  COLUMNS: 7,
  ROWS: 8,
  PIECES: 4,
  BLOCKS: 2,
  GROUPS: 4,
  SLICES: 1,
  STAGE: 4,
  RAGGED: false,
} as const;

export type Tile = { readonly [K in keyof typeof DIRECT_TILE]: K extends 'RAGGED' ? boolean : number };

/** Columns of a piece: 7 or 8 where they divide the width (every map of a 224 or 32 pixel net), else the least waste. */
export function pieceColumns(width: number): number {
  if (width < 4) return width;
  const waste = (columns: number) => ceilDiv(width, columns) * columns - width;
  return [7, 8, 6, 5, 4].reduce((best, columns) => (waste(columns) < waste(best) ? columns : best));
}

/** Workgroups over the maps: [over columns, over rows]. */
export const tileCounts = (maps: Maps, tile: Tile): [strips: number, bands: number] => [
  ceilDiv(maps.width, tile.PIECES * tile.COLUMNS),
  ceilDiv(maps.images * maps.height, tile.ROWS),
];

/** Workgroups over the output channels. */
export const channelTiles = (outputs: number, tile: Tile): number => ceilDiv(outputs, tile.GROUPS * tile.BLOCKS * 4);

/** The packed weights: `rows` input channels, 9 taps, `columns` output channels, zero where there is none. */
export const packedBy = (inputs: number, outputs: number, tile: Tile) => ({
  rows: roundUp(inputs, Math.max(tile.STAGE, 1)),
  taps: 9,
  columns: channelTiles(outputs, tile) * tile.GROUPS * tile.BLOCKS * 4,
});

const WORKGROUP_BYTES = 16384;
/** Fewer input channels do not pay for adding a slice's sums to another's. */
const CHANNELS_PER_SLICE = 8;
const threadsOf = (t: Tile): number => t.ROWS * t.PIECES * t.GROUPS * t.SLICES;

function workgroupBytes(t: Tile): number {
  const segment = Math.floor((t.COLUMNS + 5) / 4);
  const staged = t.STAGE * (((t.ROWS + 2) * t.PIECES + 1) * segment + 9 * t.GROUPS * t.BLOCKS);
  const merged = Math.max(t.ROWS * t.PIECES * t.GROUPS * t.BLOCKS, t.SLICES > 1 ? threadsOf(t) * t.COLUMNS : 0);
  return 16 * Math.max(staged, merged);
}

interface Candidate {
  /** Pieces of COLUMNS columns, and at most so many groups of `blocks` * 4 channels, in `slices` slices; 0: nothing is staged. */
  readonly places: number;
  readonly groups: number;
  readonly blocks: number;
  readonly slices: number;
  /** It is taken when it gives this share of the workgroups that the target has places for. */
  readonly enough: number;
}

/**
 * From the most reuse of what is staged to the most workgroups. Three eighths are more than one workgroup per core, so that
 * one computes while another stages; where not even small tiles give so many, about one per core has to do.
 */
const CANDIDATES: readonly Candidate[] = [
  { places: 32, groups: 8, blocks: 2, slices: 1, enough: 3 / 8 },
  { places: 16, groups: 8, blocks: 2, slices: 2, enough: 3 / 8 },
  { places: 16, groups: 4, blocks: 2, slices: 2, enough: 3 / 8 },
  { places: 8, groups: 4, blocks: 2, slices: 4, enough: 3 / 8 },
  { places: 8, groups: 2, blocks: 2, slices: 8, enough: 3 / 8 },
  { places: 8, groups: 1, blocks: 2, slices: 16, enough: 3 / 16 },
  { places: 8, groups: 1, blocks: 1, slices: 16, enough: 0 },
];

/** The same with half the sums per thread. */
const LEAN_CANDIDATES = CANDIDATES.flatMap((candidate) =>
  candidate.blocks === 1 ? [] : [{ ...candidate, blocks: 1, enough: candidate.slices === 16 ? 0 : candidate.enough }],
);

/** Where threads load their own operands a workgroup is no more than its threads; three blocks where the outputs are threes. */
const UNSTAGED_CANDIDATES: readonly Candidate[] = [16, 8, 4].map((places) => ({
  places,
  groups: 1,
  blocks: 2,
  slices: 0,
  enough: places === 4 ? 0 : 1 / 2,
}));

const candidatesOf = ({ sums, staged }: TileTarget) =>
  staged ? (sums === 64 ? CANDIDATES : LEAN_CANDIDATES) : UNSTAGED_CANDIDATES;

/** The first candidate that gives enough workgroups. */
export function chooseTile(maps: Maps, inputs: number, outputs: number, target: TileTarget): Tile {
  let chosen: Tile = DIRECT_TILE;
  for (const candidate of candidatesOf(target)) {
    const tile = fitted(maps, inputs, outputs, candidate, target);
    if (!tile) continue;
    chosen = tile;
    const [strips, bands] = tileCounts(maps, tile);
    if (strips * bands * channelTiles(outputs, tile) >= candidate.enough * target.workgroups) break;
  }
  return chosen;
}

/** With as many sums per thread as the default. */
const MOST_CANDIDATES = 6;

/** Slices stage more for each output, and merge. */
function density(maps: Maps, outputs: number, tile: Tile): number {
  const [strips, bands] = tileCounts(maps, tile);
  const padded = strips * tile.PIECES * tile.COLUMNS * bands * tile.ROWS * channelTiles(outputs, tile);
  const useful = (maps.images * maps.height * maps.width * outputs) / (padded * tile.GROUPS * tile.BLOCKS * 4);
  return useful * (tile.SLICES === 1 ? 1 : tile.SLICES <= 4 ? 0.95 : 0.85) * (tile.BLOCKS === 1 ? 0.8 : 1);
}

/**
 * The tiles of a size by their places, groups, blocks and slices: the default first, then the nearest with as many sums per
 * thread, and the one with the other number that would be the default with that.
 */
export function directTileCandidates(maps: Maps, inputs: number, outputs: number, target: TileTarget): TileCandidate[] {
  const other: TileTarget = target.staged
    ? { ...target, sums: target.sums === 64 ? 32 : 64 }
    : { ...target, staged: true };
  const found = new Map<string, TileCandidate>();
  const add = (candidate: Candidate) => {
    const tile = fitted(maps, inputs, outputs, candidate, target);
    const { places, groups, blocks, slices } = candidate;
    const name = `${places} places, ${groups}x${blocks}, ${slices === 0 ? 'unstaged' : slices === 1 ? 'whole' : `in ${slices}`}`;
    const text = JSON.stringify(tile);
    if (tile && !found.has(text)) found.set(text, { name, parameters: tile, density: density(maps, outputs, tile) });
  };
  for (const candidate of candidatesOf(target)) add(candidate);
  const order = [...found.keys()];
  for (const candidate of candidatesOf(other)) add(candidate);
  const place = order.indexOf(JSON.stringify(chooseTile(maps, inputs, outputs, target)));
  const near = order.toSorted((a, b) => Math.abs(order.indexOf(a) - place) - Math.abs(order.indexOf(b) - place));
  const texts = [...near.slice(0, MOST_CANDIDATES), JSON.stringify(chooseTile(maps, inputs, outputs, other))];
  return [...new Set(texts)].flatMap((text) => found.get(text) ?? []);
}

/** The tile that a candidate is at a size; undefined where that is too large for a workgroup. */
function fitted(
  maps: Maps,
  inputs: number,
  outputs: number,
  { places, groups, blocks, slices }: Candidate,
  { threads }: TileTarget,
): Tile | undefined {
  const COLUMNS = pieceColumns(maps.width);
  const across = ceilDiv(maps.width, COLUMNS);
  const PIECES = [4, 3, 5, 2, 7].find((n) => across % n === 0) ?? Math.min(across, 4);
  const ROWS = Math.max(1, Math.min(Math.floor(places / PIECES), maps.images * maps.height));
  const fours = ceilDiv(outputs, 4);
  const isOdd = fours % 2 === 1;
  const BLOCKS = slices === 0 && isOdd && fours % 3 === 0 ? 3 : isOdd && fours < 8 ? 1 : blocks;
  const all = ceilDiv(fours, BLOCKS);
  const GROUPS = ceilDiv(all, ceilDiv(all, groups));
  const RAGGED = maps.width % (PIECES * COLUMNS) !== 0;
  const tile = { COLUMNS, ROWS, PIECES, BLOCKS, GROUPS, SLICES: 1, STAGE: 1, RAGGED };
  if (slices === 0) return { ...tile, STAGE: 0 };
  const fits = (t: Tile) => t.STAGE <= inputs && threadsOf(t) <= threads && workgroupBytes(t) <= WORKGROUP_BYTES;
  for (let SLICES = slices; SLICES >= 1; SLICES /= 2) {
    if (SLICES > 1 && SLICES * CHANNELS_PER_SLICE > inputs) continue;
    // Four channels a slice and stage, or what fits.
    const found = [4, 3, 2, 1].map((n) => ({ ...tile, SLICES, STAGE: n * SLICES })).find(fits);
    if (found) return found;
  }
  return undefined;
}

// Tiles of the 1x1 convolutions' matrix products, and the choice among them. A tile is what one workgroup computes:
// rows x columns, each thread threadRows x threadColumns of it. Pure: a plan knows the tile without a GPU. No GPU's number
// of cores is known here, so a product that gives fewer workgroups than its kind of GPU has places for counts as slowed in
// proportion.

import { ceilDiv, type Parameters, roundUp, type TileCandidate } from '../../runtime/kernel.ts';
import type { TileTarget } from '../../runtime/tile-target.ts';

export interface Tile {
  readonly rows: number;
  readonly columns: number;
  /** Terms of the sum that are staged in workgroup memory at a time. */
  readonly depth: number;
  readonly threadRows: number;
  readonly threadColumns: number;
  /** Threads that share the sums of a thread tile: each takes every slices-th term. */
  readonly slices: number;
}

const tile = (
  rows: number,
  columns: number,
  depth: number,
  threadRows: number,
  threadColumns: number,
  slices = 1,
): Tile => ({ rows, columns, depth, threadRows, threadColumns, slices });

type Tiles = readonly [Tile, ...Tile[]];

/** Two workgroups per core. */
const enough = ({ workgroups }: TileTarget): number => workgroups / 2;

/**
 * Share of a GPU's multiply-adds that a tile lets through: workgroup memory gives about a byte for each, and a thread loads
 * its rows and columns from it, which all threads together staged there.
 */
const efficiency = (t: Tile): number => 1 / (4 * (1 / t.threadRows + 1 / t.threadColumns + 1 / t.rows + 1 / t.columns));

/** Slices move each sum through workgroup memory and back: as much as a thread tile loads for eight terms of a slice. */
const mergedTerms = (t: Tile): number => (t.slices === 1 ? 0 : 8 * t.slices);

export interface Product {
  readonly rows: number;
  readonly columns: number;
  /** Of each sum. */
  readonly terms: number;
  /** Workgroups that may share a sum. */
  readonly splitK?: number;
}

/** Terms that a tile computes for a sum, padding and the merging of its slices among them. */
const depthOf = (t: Tile, { terms, splitK = 1 }: Product): number =>
  roundUp(ceilDiv(terms, splitK), t.depth) + mergedTerms(t);

/**
 * The tile that finishes a product soonest by a coarse estimate: padded work, with what workgroup memory lets through, slowed by
 * workgroups too few to fill a GPU. Earlier tiles win ties.
 */
function chooseTile(tiles: Tiles, product: Product, enough: number): Tile {
  const { rows, columns, splitK = 1 } = product;
  const time = (t: Tile) => {
    const groups = ceilDiv(rows, t.rows) * ceilDiv(columns, t.columns);
    return (
      (groups * t.rows * t.columns * depthOf(t, product)) / (efficiency(t) * Math.min(1, (groups * splitK) / enough))
    );
  };
  let best = tiles[0];
  for (const t of tiles) if (time(t) < time(best)) best = t;
  return best;
}

/** For W x columns products, whose columns are pixels. 48 and 96 rows are the bottlenecks of growth rates 12 and 24. */
export const PIXEL_TILES = [
  tile(128, 64, 8, 8, 8),
  tile(96, 64, 8, 8, 8),
  tile(64, 64, 16, 8, 8),
  tile(48, 128, 8, 8, 8),
  tile(32, 128, 8, 8, 8),
  tile(64, 32, 32, 8, 8, 2),
  tile(48, 64, 16, 8, 8, 2),
  tile(48, 32, 32, 8, 8, 4),
  tile(32, 32, 32, 8, 8, 4),
] as const;

/** The same with half the sums, for GPUs whose compilers spill beside 8x8. */
const LEAN_PIXEL_TILES = [
  tile(64, 64, 16, 8, 4),
  tile(96, 64, 16, 8, 4),
  tile(128, 32, 16, 8, 4),
  tile(48, 64, 16, 8, 4),
  tile(32, 64, 16, 8, 4),
  tile(64, 32, 32, 8, 4, 2),
  tile(48, 32, 32, 8, 4, 4),
  tile(32, 32, 32, 8, 4, 4),
] as const;

/** Terms per trip of a loop that stages none. Tiles that stage some have more. */
export const UNSTAGED_DEPTH = 4;

/** Where threads load their own operands: many sums per thread, and as many terms per trip as divide the sum. */
function unstagedTiles({ terms }: Product): Tiles {
  const depth = [UNSTAGED_DEPTH, 2].find((n) => terms % n === 0) ?? 1;
  const of = (threadRows: number, rowThreads: number, columns: number) =>
    tile(threadRows * rowThreads, columns, depth, threadRows, 8);
  return [of(16, 4, 64), of(16, 4, 56), of(12, 4, 64), of(12, 4, 56), of(16, 1, 64), of(16, 1, 56)];
}

/** For the weight gradient's outputs x inputs product, whose sum runs over pixels. */
export const WEIGHT_TILES = [
  tile(128, 64, 16, 8, 8),
  tile(64, 64, 16, 8, 8),
  tile(96, 64, 16, 8, 8),
  tile(48, 64, 16, 8, 8, 2),
  tile(32, 32, 16, 8, 8, 4),
] as const;

/** Slices of so few sums are merged in what the operands were staged in: four vec4s per thread must fit it. */
const LEAN_WEIGHT_TILES = [
  tile(64, 64, 16, 4, 8),
  tile(96, 64, 16, 4, 8),
  tile(48, 64, 16, 4, 8),
  tile(64, 32, 16, 4, 8),
  tile(32, 32, 16, 4, 8, 2),
] as const;

const threadsOf = (t: Tile): number => (t.rows / t.threadRows) * (t.columns / t.threadColumns) * t.slices;

/** Those of the target's tiles that fit a workgroup, of which one always does, also of 64 threads; the other list's behind them. */
function tilesOf(target: TileTarget, large: Tiles, lean: Tiles): { readonly own: Tiles; readonly others: Tiles } {
  const fitting = ([...tiles]: Tiles): Tiles => {
    const [first = tiles[0], ...more] = tiles.filter((t) => threadsOf(t) <= target.threads);
    return [first ?? large[0], ...more];
  };
  const [own, others] = target.sums === 64 ? [large, lean] : [lean, large];
  return { own: fitting(own), others: fitting(others) };
}

/** A matrix product's tile, by its parameters' names: outputs (M), pixels (P), terms of the sum at a time (K). */
export interface TileParameters {
  readonly TILE_M: number;
  readonly TILE_P: number;
  readonly TILE_K: number;
}

/** The tile among parameters whose names are not known to the compiler. */
export const tileOf = (p: Parameters): TileParameters => ({
  TILE_M: Number(p.TILE_M),
  TILE_P: Number(p.TILE_P),
  TILE_K: Number(p.TILE_K),
});

/** One of PIXEL_TILES as parameters of forward and backward-data. */
export const pixelParameters = (t: Tile) => ({
  TILE_M: t.rows,
  TILE_P: t.columns,
  TILE_K: t.depth,
  THREAD_M: t.threadRows,
  THREAD_P: t.threadColumns,
  SLICES: t.slices,
});

/** One of WEIGHT_TILES as parameters of backward-weight. */
export const weightParameters = (t: Tile) => ({
  TILE_B: t.rows,
  TILE_C: t.columns,
  THREAD_B: t.threadRows,
  THREAD_C: t.threadColumns,
  SLICES: t.slices,
});

/** `128x64`, with its slices and with thread tiles that are not 8x8. */
const nameOf = (t: Tile): string => {
  const thread = t.threadRows * t.threadColumns === 64 ? '' : ` of ${t.threadRows}x${t.threadColumns}`;
  return `${t.rows}x${t.columns}${t.slices > 1 ? ` in ${t.slices}` : ''}${thread}`;
};

/** With as many sums per thread as the default. */
const MOST_CANDIDATES = 6;

const density = (t: Tile, product: Product): number => {
  const { rows, columns, terms, splitK = 1 } = product;
  const outputs = (rows * columns) / (roundUp(rows, t.rows) * roundUp(columns, t.columns));
  return (efficiency(t) * outputs * ceilDiv(terms, splitK)) / depthOf(t, product);
};

/**
 * The default tile; then those that waste fewest rows, as long as no dimension is all padding; the last of them the best of
 * the tiles with the other number of sums.
 */
function candidates(
  { own, others }: ReturnType<typeof tilesOf>,
  product: Product,
  enough: number,
  parametersOf: (t: Tile) => Parameters,
): TileCandidate[] {
  const { rows, columns } = product;
  const chosen = chooseTile(own, product, enough);
  const padded = (t: Tile) => roundUp(rows, t.rows);
  const near = own
    .filter((t) => t !== chosen && t.columns < 2 * roundUp(columns, 32))
    .toSorted((a, b) => padded(a) - padded(b));
  const tiles = [chosen, ...near.slice(0, MOST_CANDIDATES - 1), chooseTile(others, product, enough)];
  return tiles.map((t) => ({ name: nameOf(t), parameters: parametersOf(t), density: density(t, product) }));
}

const pixelTiles = (target: TileTarget, product: Product) =>
  target.staged
    ? tilesOf(target, PIXEL_TILES, LEAN_PIXEL_TILES)
    : { own: unstagedTiles(product), others: tilesOf(target, PIXEL_TILES, LEAN_PIXEL_TILES).own };

/** The tiles of a product whose columns are pixels, the default first, as parameters of forward and backward-data. */
export const pixelTileCandidates = (product: Product, target: TileTarget): TileCandidate[] =>
  candidates(pixelTiles(target, product), product, enough(target), pixelParameters);

/** The default tile of such a product, as those parameters. */
export const pixelTile = (product: Product, target: TileTarget) =>
  pixelParameters(chooseTile(pixelTiles(target, product).own, product, enough(target)));

/** A weight gradient's sum is split as well: 1.5 workgroups per core are enough, and small tiles pay for themselves less. */
const enoughSplit = ({ workgroups }: TileTarget): number => (3 / 8) * workgroups;

function weightTiles(target: TileTarget) {
  const turned = LEAN_WEIGHT_TILES.map((t) => ({ ...t, threadRows: t.threadColumns, threadColumns: t.threadRows }));
  const [first = LEAN_WEIGHT_TILES[0], ...more] = target.weightSums === '4x8' ? LEAN_WEIGHT_TILES : turned;
  return tilesOf(target, WEIGHT_TILES, [first, ...more]);
}

/** The tiles of a weight gradient, the default first, as parameters of backward-weight. */
export const weightTileCandidates = (product: Product, target: TileTarget): TileCandidate[] =>
  candidates(weightTiles(target), product, enoughSplit(target), weightParameters);

/** The default tile of such a product, as those parameters. */
export const weightTile = (product: Product, target: TileTarget) =>
  weightParameters(chooseTile(weightTiles(target).own, product, enoughSplit(target)));

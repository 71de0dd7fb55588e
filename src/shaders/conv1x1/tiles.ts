// Tiles of the 1x1 convolutions' matrix products, and the choice among them. A tile is what one workgroup computes:
// rows x columns, each thread threadRows x threadColumns of it. Pure: a plan knows the tile without a GPU. No GPU's
// number of cores is known here, so a product that gives fewer than ENOUGH workgroups counts as slowed in proportion.

import { ceilDiv, type Parameters, roundUp, type TileCandidate } from '../../runtime/kernel.ts';

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

/** Two workgroups per core of the largest GPUs of today; smaller ones are filled long before. */
const ENOUGH = 264;
/** A weight gradient's sum is split as well: 1.5 are enough, and small tiles pay for themselves less. */
export const ENOUGH_SPLIT = 192;

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
export function chooseTile(tiles: readonly [Tile, ...Tile[]], product: Product, enough = ENOUGH): Tile {
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

/** With fewer registers: for GPUs whose compilers spill 8x8 sums. Never the default. */
const SMALL_PIXEL_TILE = tile(64, 64, 16, 8, 4);
const SMALL_WEIGHT_TILE = tile(64, 64, 16, 4, 8);

/** For the weight gradient's outputs x inputs product, whose sum runs over pixels. */
export const WEIGHT_TILES = [
  tile(128, 64, 16, 8, 8),
  tile(64, 64, 16, 8, 8),
  tile(96, 64, 16, 8, 8),
  tile(48, 64, 16, 8, 8, 2),
  tile(32, 32, 16, 8, 8, 4),
] as const;

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

const MOST_CANDIDATES = 6;

const density = (t: Tile, product: Product): number => {
  const { rows, columns, terms, splitK = 1 } = product;
  const outputs = (rows * columns) / (roundUp(rows, t.rows) * roundUp(columns, t.columns));
  return (efficiency(t) * outputs * ceilDiv(terms, splitK)) / depthOf(t, product);
};

/** The default tile, then those that waste fewest rows, as long as no dimension is all padding. */
function candidates(chosen: Tile, tiles: readonly Tile[], { rows, columns }: Product): readonly Tile[] {
  const others = tiles.filter((t) => t !== chosen && t.columns < 2 * roundUp(columns, 32));
  const padded = (t: Tile) => roundUp(rows, t.rows);
  return [chosen, ...others.toSorted((a, b) => padded(a) - padded(b))].slice(0, MOST_CANDIDATES);
}

/** The tiles of a product whose columns are pixels, the default first, as parameters of forward and backward-data. */
export const pixelTileCandidates = (product: Product): TileCandidate[] => {
  const chosen = chooseTile(PIXEL_TILES, product);
  const tiles = candidates(chosen, [...PIXEL_TILES, SMALL_PIXEL_TILE], product);
  return tiles.map((t) => ({
    name: nameOf(t),
    parameters: pixelParameters(t),
    density: density(t, product),
  }));
};

/** The tiles of a weight gradient, the default first, as parameters of backward-weight. */
export const weightTileCandidates = (chosen: Tile, product: Product): TileCandidate[] =>
  candidates(chosen, [...WEIGHT_TILES, SMALL_WEIGHT_TILE], product).map((t) => ({
    name: nameOf(t),
    parameters: weightParameters(t),
    density: density(t, product),
  }));

/** The tile of such a product, as those parameters. */
export const pixelTile = (product: Product) => pixelParameters(chooseTile(PIXEL_TILES, product));

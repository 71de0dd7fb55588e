// The convolution that an image enters by, 7x7 or 3x3 with stride 2, and the statistics of what it writes.

import {
  ceilDiv,
  defineKernel,
  optionalRead,
  optionalWrite,
  type Part,
  read,
  roundUp,
  shape,
  supportsF16Storage,
  type TileCandidate,
  write,
} from '../../runtime/kernel.ts';
import type { TileTarget } from '../../runtime/tile-target.ts';
import { storePart } from '../parts/parts.ts';
import source from './forward.wgsl?raw';
import epilogueSource from './forward-epilogue.wgsl?raw';
import storeSource from './forward-store.wgsl?raw';
import putColumnSource from './put-column.wgsl?raw';
import putColumnF16Source from './put-column-f16.wgsl?raw';
import {
  convolutionFlops,
  outputColumns,
  outputHeight,
  outputWidth,
  STEM_FIELDS,
  type StemSize,
  stemFields,
  tapsOf,
} from './shapes.ts';

const PARAMETERS = {
  KERNEL: 7,
  GROUPS: 8,
  PIECES: 7,
  ROWS: 4,
  HAS_BIAS: false,
  HAS_STATISTICS: false,
  BLOCKED_SUM: false,
} as const;

interface Tile {
  readonly KERNEL: number;
  readonly GROUPS: number;
  readonly PIECES: number;
  readonly ROWS: number;
}

const PIECES_PER_GROUP = 28;

/** Tiles of 28 pieces of 8 columns, and what fits 16 KiB of workgroup memory: (columns / 8, rows). */
const TILES = [
  [7, 4],
  [4, 7],
  [2, 14],
  [1, 28],
] as const;

const MOST_CANDIDATES = 6;

const across = (s: StemSize, { PIECES }: Tile) => ceilDiv(outputWidth(s), 8 * PIECES);
const perImage = (s: StemSize, tile: Tile) => across(s, tile) * ceilDiv(outputHeight(s), tile.ROWS);

/** Groups of a workgroup: as even as can be, at most so many, and what fits its threads. */
function groupsOf(s: StemSize, most: number, { threads }: TileTarget): number {
  const fours = ceilDiv(s.outputs, 4);
  return ceilDiv(fours, ceilDiv(fours, Math.min(most, Math.floor(threads / PIECES_PER_GROUP))));
}

function choose(s: StemSize, target: TileTarget): Tile {
  const area = ([PIECES, ROWS]: readonly [number, number]) =>
    roundUp(outputWidth(s), 8 * PIECES) * roundUp(outputHeight(s), ROWS);
  const [PIECES, ROWS] = TILES.reduce((best, tile) => (area(tile) < area(best) ? tile : best));
  const tile = { KERNEL: s.kernelSize, GROUPS: groupsOf(s, 8, target), PIECES, ROWS };
  const workgroups = perImage(s, tile) * s.images * ceilDiv(s.outputs, 4 * tile.GROUPS);
  return workgroups < (3 / 8) * target.workgroups ? { ...tile, GROUPS: groupsOf(s, 4, target) } : tile;
}

/** The default, and the other arrangements of pieces and of outputs that waste no more than a quarter of a map. */
function tileCandidates(s: StemSize, target: TileTarget): TileCandidate[] {
  const chosen = choose(s, target);
  const area = ({ PIECES, ROWS }: Tile) => roundUp(outputWidth(s), 8 * PIECES) * roundUp(outputHeight(s), ROWS);
  const all = [8, 4].flatMap((most) =>
    TILES.map(([PIECES, ROWS]) => {
      return { KERNEL: s.kernelSize, GROUPS: groupsOf(s, most, target), PIECES, ROWS };
    }),
  );
  const named = [chosen, ...all.filter((tile) => area(tile) <= 1.25 * area(chosen))].map(
    (tile): [string, TileCandidate] => {
      const name = `${8 * tile.PIECES}x${tile.ROWS}, ${4 * tile.GROUPS} outputs`;
      const useful = outputWidth(s) * outputHeight(s) * s.outputs;
      return [
        name,
        { name, parameters: { ...tile }, density: useful / (area(tile) * roundUp(s.outputs, 4 * tile.GROUPS)) },
      ];
    },
  );
  return [...new Map(named).values()].slice(0, MOST_CANDIDATES);
}

/** Column tiles of one channel's row: each leaves one (count, mean, M2). */
export const forwardTiles = (s: StemSize, tile: Tile): number => perImage(s, tile) * s.images;

/** The packed weight [rows][taps][columns] that `weight` binds: tap-major rows of outputs, padded with zeros. */
export const packedForward = (s: StemSize, { GROUPS }: Tile) => ({
  rows: s.inputs,
  taps: tapsOf(s),
  columns: roundUp(s.outputs, 4 * GROUPS),
});

const store = storePart('stem/forward-store', storeSource + putColumnSource, storeSource + putColumnF16Source);
const epilogue: Part = { name: 'stem/forward-epilogue', source: epilogueSource };

/** x [C][stride], packed weight -> out [M][outStride] = convolution(x) (+ bias), and partials [M][tiles]. */
export const stemForward = defineKernel({
  id: 'stem/forward',
  source,
  parts: [store, epilogue],
  parameters: PARAMETERS,
  bindings: {
    weight: read('vec4f', (s: StemSize, p) => {
      const packed = packedForward(s, tileOf(p));
      return (packed.rows * packed.taps * packed.columns) / 4;
    }),
    x: read('f32', (s: StemSize) => s.inputs * s.stride),
    bias: optionalRead('f32', (s: StemSize, p) => (p.HAS_BIAS ? s.outputs : 0)),
    out: supportsF16Storage(write('f32', (s: StemSize) => s.outputs * s.outStride)),
    partials: optionalWrite('vec4f', (s: StemSize, p) =>
      p.HAS_STATISTICS ? s.outputs * forwardTiles(s, tileOf(p)) : 0,
    ),
    shape: shape(STEM_FIELDS),
  },
  choose,
  tileCandidates,
  shape: stemFields,
  grid: (s, p) => [perImage(s, p), ceilDiv(s.outputs, 4 * p.GROUPS), s.images],
  cost: (s, p, bytes) => ({
    flops: convolutionFlops(s) + (p.HAS_STATISTICS ? 4 * s.outputs * outputColumns(s) : 0),
    bytes:
      4 * s.inputs * (s.images * s.height * s.width + tapsOf(s) * s.outputs) +
      bytes.out * s.outputs * outputColumns(s) +
      (p.HAS_STATISTICS ? 16 * s.outputs * forwardTiles(s, p) : 0),
  }),
});

const tileOf = (p: Readonly<Record<string, number | boolean | string>>): Tile => ({
  KERNEL: Number(p.KERNEL),
  GROUPS: Number(p.GROUPS),
  PIECES: Number(p.PIECES),
  ROWS: Number(p.ROWS),
});

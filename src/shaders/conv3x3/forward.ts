// 3x3 convolution, stride 1, padding 1, of BN-ReLU or of plain values, with the statistics of its output.

import {
  defineKernel,
  optionalRead,
  optionalSettings,
  optionalWrite,
  type Promoted,
  read,
  shape,
  supportsF16Storage,
  write,
} from '../../runtime/kernel.ts';
import { drops } from '../parts/dropout.ts';
import { activation, random, step, storePart } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import { RUN_3X3, sumsInBlocks } from '../parts/sums.ts';
import { DIRECT_FIELDS, direct, directValues, merge, packedLength, tilesOf } from './direct.ts';
import source from './forward.wgsl?raw';
import storeSource from './forward-store.wgsl?raw';
import storeF16Source from './forward-store-f16.wgsl?raw';
import { type Conv3x3Size, positions } from './size.ts';
import { channelTiles, chooseTile, DIRECT_TILE, directTileCandidates, packedBy, type Tile } from './tile.ts';

const parameters = {
  ...DIRECT_TILE,
  HAS_PROLOGUE: true,
  HAS_STATISTICS: true,
  HAS_DROPOUT: false,
  BLOCKED_SUM: false,
  PARTS: 1,
} as const;
type ForwardParameters = Promoted<typeof parameters>;

const store = storePart('conv3x3/forward-store', storeSource, storeF16Source);

/** The length of a channel's statistics partials. */
export const forwardTiles = (size: Conv3x3Size, tile: Tile): number => tilesOf(size, tile);

/** How `weight` is packed: [rows][taps][columns], input channel, tap, output channel; zero beyond the layer's. */
export const packedForward = (size: Conv3x3Size, tile: Tile) => packedBy(size.inputs, size.outputs, tile);

/** How sums are blocked where a gradient will be taken: more slices have short chains, and no registers to spare. */
export const blockedSum = (size: Conv3x3Size, { SLICES, BLOCKS }: Tile) => {
  const BLOCKED_SUM = SLICES <= 2 && sumsInBlocks(size.inputs / SLICES, RUN_3X3);
  return { BLOCKED_SUM, PARTS: BLOCKED_SUM ? BLOCKS : 1 };
};

/**
 * x [K][stride] -> out [M][stride] and partials [M][tiles]: count, mean and sum of squared deviations of each tile.
 * Where HAS_DROPOUT, out is masked (`step` has the seed) before its statistics are taken. BLOCKED_SUM: less rounding.
 */
export const conv3x3Forward = defineKernel({
  id: 'conv3x3/forward',
  source,
  parts: [direct, merge, store, activation, random, step],
  parameters,
  bindings: {
    weight: read('vec4f', (s: Conv3x3Size, p) => packedLength(s.inputs, s.outputs, p as ForwardParameters)),
    x: supportsF16Storage(read('f32', (s: Conv3x3Size) => s.inputs * s.stride)),
    affine: optionalRead('vec4f', (s: Conv3x3Size, p) => (p.HAS_PROLOGUE ? s.inputs : 0)),
    out: supportsF16Storage(write('f32', (s: Conv3x3Size) => s.outputs * s.stride)),
    partials: optionalWrite('vec4f', (s: Conv3x3Size, p) =>
      p.HAS_STATISTICS ? s.outputs * tilesOf(s, p as ForwardParameters) : 0,
    ),
    shape: shape(DIRECT_FIELDS),
    step: optionalSettings(STEP_FIELDS),
  },
  choose: (s: Conv3x3Size, target) => ({ ...chooseTile(s, s.inputs, s.outputs, target), HAS_DROPOUT: drops(s) }),
  tileCandidates: (s: Conv3x3Size, target) => directTileCandidates(s, s.inputs, s.outputs, target),
  shape: (s, p) => directValues(s, s.inputs, s.outputs, p),
  grid: (s, p) => [tilesOf(s, p), channelTiles(s.outputs, p), 1],
  cost: (s, p, bytes) => ({
    flops:
      positions(s) *
      (18 * s.inputs * s.outputs + (p.HAS_PROLOGUE ? 3 * s.inputs : 0) + (p.HAS_STATISTICS ? 4 * s.outputs : 0)),
    bytes:
      positions(s) * (bytes.x * s.inputs + bytes.out * s.outputs) +
      36 * s.inputs * s.outputs +
      (p.HAS_STATISTICS ? 16 * s.outputs * tilesOf(s, p) : 0),
  }),
});

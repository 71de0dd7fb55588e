// 3x3 convolution, stride 1, padding 1, of BN-ReLU or of plain values, with the statistics of its output.

import {
  defineKernel,
  optionalRead,
  optionalSettings,
  optionalWrite,
  read,
  shape,
  type Widened,
  write,
} from '../../runtime/kernel.ts';
import { activation, random, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import { direct, merge } from './direct.ts';
import { DROPOUT_FIELDS, type DropoutSize, dropoutValues, drops } from './dropout.ts';
import source from './forward.wgsl?raw';
import { channelTiles, chooseTile, DIRECT_TILE, type Maps, packedBy, type Tile, tileCounts } from './tile.ts';

export interface Conv3x3Size extends Maps, DropoutSize {
  readonly inputs: number;
  readonly outputs: number;
}

const parameters = { ...DIRECT_TILE, HAS_PROLOGUE: true, HAS_STATISTICS: true, HAS_DROPOUT: false } as const;
type ForwardParameters = Widened<typeof parameters>;

/** Tiles a channel's row is cut into: the length of a channel's statistics partials. */
export function forwardTiles(size: Conv3x3Size, tile: Tile): number {
  const [strips, bands] = tileCounts(size, tile);
  return strips * bands;
}

/** How `weight` is packed: [rows][taps][columns], rows and columns beyond the layer's zero. */
export const packedForward = (size: Conv3x3Size, tile: Tile) => packedBy(size.inputs, size.outputs, tile);

const packedLength = (s: Conv3x3Size, p: Tile): number => {
  const { rows, taps, columns } = packedForward(s, p);
  return (rows * taps * columns) / 4;
};
const positions = (s: Maps): number => s.images * s.height * s.width;

/** x [K][stride] -> out [M][stride] and partials [M][tiles]. `step` is bound where HAS_DROPOUT. */
export const conv3x3Forward = defineKernel({
  id: 'conv3x3/forward',
  source,
  parts: [direct, merge, activation, random, step],
  parameters,
  bindings: {
    weight: read('vec4f', (s: Conv3x3Size, p) => packedLength(s, p as ForwardParameters)),
    x: read('f32', (s: Conv3x3Size) => s.inputs * s.stride),
    affine: optionalRead('vec4f', (s: Conv3x3Size, p) => (p.HAS_PROLOGUE ? s.inputs : 0)),
    out: write('f32', (s: Conv3x3Size) => s.outputs * s.stride),
    partials: optionalWrite('vec4f', (s: Conv3x3Size, p) =>
      p.HAS_STATISTICS ? s.outputs * forwardTiles(s, p as ForwardParameters) : 0,
    ),
    shape: shape({
      inputs: 'u32',
      outputs: 'u32',
      rows: 'u32',
      height: 'u32',
      width: 'u32',
      stride: 'u32',
      stages: 'u32',
      packed: 'u32',
      strips: 'u32',
      tiles: 'u32',
      ...DROPOUT_FIELDS,
    }),
    step: optionalSettings(STEP_FIELDS),
  },
  choose: (s: Conv3x3Size) => ({ ...chooseTile(s, s.inputs, s.outputs), HAS_DROPOUT: drops(s) }),
  shape: (s, p) => ({
    inputs: s.inputs,
    outputs: s.outputs,
    rows: s.images * s.height,
    height: s.height,
    width: s.width,
    stride: s.stride,
    stages: packedForward(s, p).rows / p.STAGE,
    packed: packedForward(s, p).columns / 4,
    strips: tileCounts(s, p)[0],
    tiles: forwardTiles(s, p),
    ...dropoutValues(s),
  }),
  grid: (s, p) => [forwardTiles(s, p), channelTiles(s.outputs, p), 1],
  cost: (s, p) => ({
    flops:
      positions(s) *
      (18 * s.inputs * s.outputs + (p.HAS_PROLOGUE ? 3 * s.inputs : 0) + (p.HAS_STATISTICS ? 4 * s.outputs : 0)),
    bytes: 4 * positions(s) * (s.inputs + s.outputs) + 36 * s.inputs * s.outputs,
  }),
});

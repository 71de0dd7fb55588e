// Gradient of a 3x3 convolution's input: a 3x3 convolution of the output's gradient, with rotated taps, and what the
// BN-ReLU before it makes of that.

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
import { correction, random, relu, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './backward-data.wgsl?raw';
import { DIRECT_FIELDS, direct, directValues, merge, packedLength, tilesOf } from './direct.ts';
import { type Conv3x3BackwardSize, type Conv3x3Size, positions } from './size.ts';
import { channelTiles, chooseTile, DIRECT_TILE, directTileCandidates, packedBy, type Tile } from './tile.ts';

const parameters = { ...DIRECT_TILE, EPILOGUE: 1, HAS_SUMS: true, HAS_DROPOUT: false } as const;
type BackwardDataParameters = Promoted<typeof parameters>;

/** The length of a channel's partial sums. */
export const backwardDataTiles = (size: Conv3x3Size, tile: Tile): number => tilesOf(size, tile);

/** How `weight` is packed: [rows][taps][columns], output channel, tap of the rotated kernel, input channel; else zero. */
export const packedBackwardData = (size: Conv3x3Size, tile: Tile) => packedBy(size.outputs, size.inputs, tile);

/**
 * gradient, y [k][stride] -> out [C][stride], by EPILOGUE: 0 the input's gradient itself; 1 scale * g, g = gradient
 * where the BN-ReLU of x is positive; 2 the same, added to out. 1 and 2 write sums [C][tiles] of g and g * (x - mean),
 * unless HAS_SUMS is false: the norm's statistics are constants.
 */
export const conv3x3BackwardData = defineKernel({
  id: 'conv3x3/backward-data',
  source,
  parts: [direct, merge, relu, correction, random, step],
  parameters,
  bindings: {
    weight: read('vec4f', (s: Conv3x3BackwardSize, p) =>
      packedLength(s.outputs, s.inputs, p as BackwardDataParameters),
    ),
    gradient: read('f32', (s: Conv3x3BackwardSize) => s.outputs * s.stride),
    y: supportsF16Storage(read('f32', (s: Conv3x3BackwardSize) => s.outputs * s.stride)),
    correction: read('vec4f', (s: Conv3x3BackwardSize) => (s.correctionFirst ?? 0) + s.outputs),
    x: supportsF16Storage(
      optionalRead('f32', (s: Conv3x3BackwardSize, p) => (p.EPILOGUE === 0 ? 0 : s.inputs * s.stride)),
    ),
    affine: optionalRead('vec4f', (s: Conv3x3BackwardSize, p) => (p.EPILOGUE === 0 ? 0 : s.inputs)),
    out: write('f32', (s: Conv3x3BackwardSize) => s.inputs * s.stride),
    sums: optionalWrite('vec2f', (s: Conv3x3BackwardSize, p) =>
      p.EPILOGUE === 0 || !p.HAS_SUMS ? 0 : s.inputs * tilesOf(s, p as BackwardDataParameters),
    ),
    shape: shape({ ...DIRECT_FIELDS, correction_first: 'u32' }),
    step: optionalSettings(STEP_FIELDS),
  },
  choose: (s: Conv3x3BackwardSize, target) => ({
    ...chooseTile(s, s.outputs, s.inputs, target),
    HAS_DROPOUT: drops(s),
  }),
  tileCandidates: (s: Conv3x3BackwardSize, target) => directTileCandidates(s, s.outputs, s.inputs, target),
  shape: (s, p) => ({
    ...directValues(s, s.outputs, s.inputs, p),
    correction_first: s.correctionFirst ?? 0,
  }),
  grid: (s, p) => [tilesOf(s, p), channelTiles(s.inputs, p), 1],
  cost: (s, p, bytes) => ({
    flops:
      positions(s) *
      (18 * s.inputs * s.outputs + 4 * s.outputs + (p.EPILOGUE === 0 ? 0 : (p.HAS_SUMS ? 7 : 4) * s.inputs)),
    bytes:
      positions(s) * ((4 + bytes.y) * s.outputs + s.inputs * (p.EPILOGUE === 0 ? 4 : 4 * p.EPILOGUE + bytes.x)) +
      36 * s.inputs * s.outputs +
      (p.EPILOGUE === 0 || !p.HAS_SUMS ? 0 : 8 * s.inputs * tilesOf(s, p)),
  }),
});

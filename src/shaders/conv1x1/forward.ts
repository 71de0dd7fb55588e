// The 1x1 convolution forward, BN-ReLU as its prologue; for training with statistics of what it writes, for inference
// with the following batch norm folded into its weights and a bias.

import {
  ceilDiv,
  defineKernel,
  optionalRead,
  optionalSettings,
  optionalWrite,
  read,
  roundUp,
  shape,
  supportsF16Storage,
  write,
} from '../../runtime/kernel.ts';
import { drops } from '../parts/dropout.ts';
import { activation, random, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import { LARGEST_BLOCKED, RUN_1X1, sumsInBlocks } from '../parts/sums.ts';
import source from './forward.wgsl?raw';
import {
  type Conv1x1Size,
  merge,
  PRODUCT_FIELDS,
  PRODUCT_PARAMETERS,
  product,
  productValues,
  store,
} from './product.ts';
import { type Product, pixelTile, pixelTileCandidates, type TileParameters, tileOf } from './tiles.ts';

const asProduct = (s: Conv1x1Size): Product => ({ rows: s.outputs, columns: s.columns, terms: s.inputs });

/** Weights lie k-major, [rows = inputs padded][columns = outputs padded] floats, zero beyond inputs and outputs. */
export const packedForward = (
  s: Conv1x1Size,
  { TILE_M, TILE_K }: TileParameters,
): { rows: number; columns: number } => ({ rows: roundUp(s.inputs, TILE_K), columns: roundUp(s.outputs, TILE_M) });

/** Statistics partials per channel. */
export const forwardTiles = (s: Conv1x1Size, { TILE_P }: TileParameters): number => ceilDiv(s.columns, TILE_P);

/** BLOCKED_SUM, where a gradient will be taken: not in tiles whose sums alone fill the registers. */
export const blockedSum = (s: Conv1x1Size, p: { THREAD_M: number; THREAD_P: number }): boolean =>
  sumsInBlocks(s.inputs, RUN_1X1) && p.THREAD_M * p.THREAD_P <= LARGEST_BLOCKED;

/**
 * out [M][stride] = weight^T [M][K] . relu(x [K][stride] * scale + shift). HAS_PROLOGUE false: x itself.
 * HAS_STATISTICS: also partials [M][forwardTiles] of (count, mean, M2, 0). HAS_BIAS: out = relu(sum + bias).
 * BLOCKED_SUM: less rounding.
 */
export const conv1x1Forward = defineKernel({
  id: 'conv1x1/forward',
  source,
  parts: [activation, product, merge, store, random, step],
  parameters: {
    ...PRODUCT_PARAMETERS,
    HAS_PROLOGUE: true,
    HAS_STATISTICS: false,
    HAS_BIAS: false,
    HAS_DROPOUT: false,
    BLOCKED_SUM: false,
  },
  bindings: {
    weight: read('vec4f', (s: Conv1x1Size, p) => {
      const { rows, columns } = packedForward(s, tileOf(p));
      return (rows * columns) / 4;
    }),
    x: supportsF16Storage(read('vec4f', (s: Conv1x1Size) => (s.inputs * s.stride) / 4)),
    affine: optionalRead('vec4f', (s: Conv1x1Size, p) => (p.HAS_PROLOGUE ? s.inputs : 0)),
    bias: optionalRead('f32', (s: Conv1x1Size, p) => (p.HAS_BIAS ? s.outputs : 0)),
    out: supportsF16Storage(write('vec4f', (s: Conv1x1Size) => (s.outputs * s.stride) / 4)),
    partials: optionalWrite('vec4f', (s: Conv1x1Size, p) =>
      p.HAS_STATISTICS ? s.outputs * forwardTiles(s, tileOf(p)) : 0,
    ),
    shape: shape(PRODUCT_FIELDS),
    step: optionalSettings(STEP_FIELDS),
  },
  choose: (s: Conv1x1Size, target) => ({ ...pixelTile(asProduct(s), target), HAS_DROPOUT: drops(s) }),
  tileCandidates: (s: Conv1x1Size, target) => pixelTileCandidates(asProduct(s), target),
  shape: (s, p) => productValues(s, packedForward(s, p).columns, forwardTiles(s, p)),
  grid: (s, p) => [ceilDiv(s.outputs, p.TILE_M), forwardTiles(s, p), 1],
  cost: (s, p, bytes) => ({
    flops:
      2 * s.inputs * s.outputs * s.columns +
      (p.HAS_PROLOGUE ? 3 * s.inputs * s.columns : 0) +
      (p.HAS_STATISTICS ? 5 * s.outputs * s.columns : 0) +
      (p.HAS_BIAS ? 2 * s.outputs * s.columns : 0),
    bytes:
      (bytes.x * s.inputs + bytes.out * s.outputs) * s.columns +
      4 * s.inputs * s.outputs +
      (p.HAS_STATISTICS ? 16 * s.outputs * forwardTiles(s, tileOf(p)) : 0),
  }),
});

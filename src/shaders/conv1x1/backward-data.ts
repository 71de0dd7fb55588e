// The 1x1 convolution's gradient with respect to what it read, taken through the BN-ReLU ahead of it where there is one.

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
import { correction, random, relu, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './backward-data.wgsl?raw';
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

const asProduct = (s: Conv1x1Size): Product => ({ rows: s.inputs, columns: s.columns, terms: s.outputs });

/** Weights lie in PyTorch's order, [rows = outputs padded][columns = inputs padded] floats, zero beyond. */
export const packedBackwardData = (
  s: Conv1x1Size,
  { TILE_M, TILE_K }: TileParameters,
): { rows: number; columns: number } => ({ rows: roundUp(s.outputs, TILE_K), columns: roundUp(s.inputs, TILE_M) });

/** Partial sums per channel. */
export const backwardDataTiles = (s: Conv1x1Size, { TILE_P }: TileParameters): number => ceilDiv(s.columns, TILE_P);

/**
 * da [C][stride] = weight [B][C]^T . dy, dy = corrected(gradient, y, correction) [B][stride].
 * HAS_NORM: g = da * [x * scale + shift > 0], out += scale * g, and (HAS_SUMS: not where the norm's statistics are
 * constants) sums [C][backwardDataTiles] = (sum g, sum g * (x - mean)).
 * Without: out = da. `gradient` and `out` may be other ranges of one buffer.
 */
export const conv1x1BackwardData = defineKernel({
  id: 'conv1x1/backward-data',
  source,
  parts: [relu, correction, product, merge, store, random, step],
  parameters: {
    ...PRODUCT_PARAMETERS,
    HAS_NORM: true,
    HAS_SUMS: true,
    HAS_DROPOUT: false,
  },
  bindings: {
    weight: read('vec4f', (s: Conv1x1Size, p) => {
      const { rows, columns } = packedBackwardData(s, tileOf(p));
      return (rows * columns) / 4;
    }),
    gradient: read('vec4f', (s: Conv1x1Size) => (s.outputs * s.stride) / 4),
    y: supportsF16Storage(read('vec4f', (s: Conv1x1Size) => (s.outputs * s.stride) / 4)),
    correction: read('vec4f', (s: Conv1x1Size) => s.outputs),
    x: supportsF16Storage(optionalRead('vec4f', (s: Conv1x1Size, p) => (p.HAS_NORM ? (s.inputs * s.stride) / 4 : 0))),
    affine: optionalRead('vec4f', (s: Conv1x1Size, p) => (p.HAS_NORM ? s.inputs : 0)),
    out: write('vec4f', (s: Conv1x1Size) => (s.inputs * s.stride) / 4),
    sums: optionalWrite('vec2f', (s: Conv1x1Size, p) =>
      p.HAS_NORM && p.HAS_SUMS ? s.inputs * backwardDataTiles(s, tileOf(p)) : 0,
    ),
    shape: shape(PRODUCT_FIELDS),
    step: optionalSettings(STEP_FIELDS),
  },
  choose: (s: Conv1x1Size, target) => ({ ...pixelTile(asProduct(s), target), HAS_DROPOUT: drops(s) }),
  tileCandidates: (s: Conv1x1Size, target) => pixelTileCandidates(asProduct(s), target),
  shape: (s, p) => productValues(s, packedBackwardData(s, p).columns, backwardDataTiles(s, p)),
  grid: (s, p) => [ceilDiv(s.inputs, p.TILE_M), backwardDataTiles(s, p), 1],
  cost: (s, p, bytes) => ({
    flops: (2 * s.inputs * s.outputs + 4 * s.outputs + (p.HAS_NORM ? (p.HAS_SUMS ? 9 : 5) * s.inputs : 0)) * s.columns,
    bytes:
      ((4 + bytes.y) * s.outputs + (p.HAS_NORM ? 8 + bytes.x : 4) * s.inputs) * s.columns +
      4 * s.inputs * s.outputs +
      (p.HAS_NORM && p.HAS_SUMS ? 8 * s.inputs * backwardDataTiles(s, tileOf(p)) : 0),
  }),
});

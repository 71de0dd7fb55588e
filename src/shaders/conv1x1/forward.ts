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
import { DROPOUT_FIELDS, type Dropout, dropoutValues, drops } from '../parts/dropout.ts';
import { activation, random, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import { LARGEST_BLOCKED, RUN_1X1, sumsInBlocks } from '../parts/sums.ts';
import source from './forward.wgsl?raw';
import matrixSource from './forward-matrix.wgsl?raw';
import { mergePart, pixelTilePart, storePart } from './pixel-tile.ts';
import { type Product, pixelTile, pixelTilings, type TileParameters, tileOf } from './tiles.ts';

/** Blocks of 8x8 sums a subgroup: Apple's M1 is said to slow down past eight. */
const MOST_BLOCKS = 8;

export interface Conv1x1ForwardSize extends Dropout {
  /** Channels read (K) and written (M). */
  readonly inputs: number;
  readonly outputs: number;
  /** Pixels of the batch (P), and floats from one channel's row to the next. */
  readonly columns: number;
  readonly stride: number;
}

const product = (s: Conv1x1ForwardSize): Product => ({ rows: s.outputs, columns: s.columns, terms: s.inputs });

/** Weights lie k-major, [rows = inputs padded][columns = outputs padded] floats, zero beyond inputs and outputs. */
export const packedForward = (
  s: Conv1x1ForwardSize,
  { TILE_M, TILE_K }: TileParameters,
): { rows: number; columns: number } => ({ rows: roundUp(s.inputs, TILE_K), columns: roundUp(s.outputs, TILE_M) });

/** Statistics partials a channel. */
export const forwardTiles = (s: Conv1x1ForwardSize, { TILE_P }: TileParameters): number => ceilDiv(s.columns, TILE_P);

/** BLOCKED_SUM, where a gradient will be taken: not in tiles whose sums alone fill the registers. */
export const blockedSum = (s: Conv1x1ForwardSize, p: { THREAD_M: number; THREAD_P: number }): boolean =>
  sumsInBlocks(s.inputs, RUN_1X1) && p.THREAD_M * p.THREAD_P <= LARGEST_BLOCKED;

/**
 * out [M][stride] = weight^T [M][K] . relu(x [K][stride] * scale + shift). HAS_PROLOGUE false: x itself.
 * HAS_STATISTICS: also partials [M][forwardTiles] of (count, mean, M2, 0). HAS_BIAS: out = relu(sum + bias).
 * BLOCKED_SUM: less rounding.
 */
export const conv1x1Forward = defineKernel({
  id: 'conv1x1/forward',
  source,
  parts: [activation, pixelTilePart, mergePart, storePart, random, step],
  parameters: {
    TILE_M: 128,
    TILE_P: 64,
    TILE_K: 8,
    THREAD_M: 8,
    THREAD_P: 8,
    SLICES: 1,
    HAS_PROLOGUE: true,
    HAS_STATISTICS: false,
    HAS_BIAS: false,
    HAS_DROPOUT: false,
    BLOCKED_SUM: false,
  },
  bindings: {
    weight: read('vec4f', (s: Conv1x1ForwardSize, p) => {
      const { rows, columns } = packedForward(s, tileOf(p));
      return (rows * columns) / 4;
    }),
    x: supportsF16Storage(read('vec4f', (s: Conv1x1ForwardSize) => (s.inputs * s.stride) / 4)),
    affine: optionalRead('vec4f', (s: Conv1x1ForwardSize, p) => (p.HAS_PROLOGUE ? s.inputs : 0)),
    bias: optionalRead('f32', (s: Conv1x1ForwardSize, p) => (p.HAS_BIAS ? s.outputs : 0)),
    out: supportsF16Storage(write('vec4f', (s: Conv1x1ForwardSize) => (s.outputs * s.stride) / 4)),
    partials: optionalWrite('vec4f', (s: Conv1x1ForwardSize, p) =>
      p.HAS_STATISTICS ? s.outputs * forwardTiles(s, tileOf(p)) : 0,
    ),
    shape: shape({
      inputs: 'u32',
      outputs: 'u32',
      columns: 'u32',
      stride4: 'u32',
      weight4: 'u32',
      tiles: 'u32',
      ...DROPOUT_FIELDS,
    }),
    step: optionalSettings(STEP_FIELDS),
  },
  choose: (s: Conv1x1ForwardSize) => ({ ...pixelTile(product(s)), HAS_DROPOUT: drops(s) }),
  tileCandidates: (s: Conv1x1ForwardSize) => pixelTilings(product(s)),
  shape: (s, p) => ({
    inputs: s.inputs,
    outputs: s.outputs,
    columns: s.columns,
    stride4: s.stride / 4,
    weight4: packedForward(s, p).columns / 4,
    tiles: forwardTiles(s, p),
    ...dropoutValues(s),
  }),
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
  matrix: {
    source: matrixSource,
    parts: [activation],
    parameters: ['TILE_M', 'TILE_P', 'TILE_K', 'HAS_PROLOGUE', 'HAS_BIAS'],
    // Whole rows of blocks a subgroup, of which few accumulators are kept; no statistics, mask or runs in its epilogue.
    supports: ({ TILE_M, TILE_P, HAS_STATISTICS, HAS_DROPOUT, BLOCKED_SUM }) =>
      !HAS_STATISTICS &&
      !HAS_DROPOUT &&
      !BLOCKED_SUM &&
      Number(TILE_M) % 32 === 0 &&
      (Number(TILE_M) / 32) * (Number(TILE_P) / 8) <= MOST_BLOCKS,
    checkSize: { inputs: 72, outputs: 40, columns: 77, stride: 128 } satisfies Conv1x1ForwardSize,
  },
});

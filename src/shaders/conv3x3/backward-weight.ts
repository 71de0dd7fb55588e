// Gradient of a 3x3 convolution's weight, in `splitK` partial sums that gradient/reduce adds up.

import {
  defineKernel,
  optionalRead,
  optionalSettings,
  read,
  shape,
  supportsF16Storage,
  write,
} from '../../runtime/kernel.ts';
import { DROPOUT_FIELDS, dropoutValues, drops } from '../parts/dropout.ts';
import { activation, correction, random, step } from '../parts/parts.ts';
import { STEP_FIELDS } from '../parts/step.ts';
import source from './backward-weight.wgsl?raw';
import rowsSource from './backward-weight-rows.wgsl?raw';
import { type Conv3x3BackwardSize, positions } from './size.ts';
import {
  backwardWeightSplitK,
  chooseWeightTile,
  rowRuns,
  WEIGHT_TILE,
  weightTileCandidates,
  weightTiles,
} from './split.ts';

export { backwardWeightSplitK };

export interface Conv3x3WeightSize extends Conv3x3BackwardSize {
  /** Partial sums: as `backwardWeightSplitK` says, or any number from 1. */
  readonly splitK: number;
}

/**
 * gradient, y [k][stride], x [C][stride] -> partials [splits][k][C][9]: sums of dy[m, p] * a[c, p + offset(tap)], with a
 * the BN-ReLU of x, or x itself without HAS_PROLOGUE, and dy masked by dropout where HAS_DROPOUT.
 */
export const conv3x3BackwardWeight = defineKernel({
  id: 'conv3x3/backward-weight',
  source,
  parts: [{ name: 'backward-weight-rows', source: rowsSource }, activation, correction, random, step],
  parameters: { ...WEIGHT_TILE, HAS_PROLOGUE: true, HAS_DROPOUT: false },
  bindings: {
    gradient: read('f32', (s: Conv3x3WeightSize) => s.outputs * s.stride),
    y: supportsF16Storage(read('f32', (s: Conv3x3WeightSize) => s.outputs * s.stride)),
    correction: read('vec4f', (s: Conv3x3WeightSize) => (s.correctionFirst ?? 0) + s.outputs),
    x: supportsF16Storage(read('f32', (s: Conv3x3WeightSize) => s.inputs * s.stride)),
    affine: optionalRead('vec4f', (s: Conv3x3WeightSize, p) => (p.HAS_PROLOGUE ? s.inputs : 0)),
    partials: write('f32', (s: Conv3x3WeightSize) => s.splitK * s.outputs * s.inputs * 9),
    shape: shape({
      inputs: 'u32',
      outputs: 'u32',
      rows: 'u32',
      height: 'u32',
      width: 'u32',
      stride: 'u32',
      strips: 'u32',
      run_rows: 'u32',
      runs: 'u32',
      splitK: 'u32',
      ...DROPOUT_FIELDS,
      correction_first: 'u32',
    }),
    step: optionalSettings(STEP_FIELDS),
  },
  choose: (s: Conv3x3WeightSize, target) => ({ ...chooseWeightTile(s, target), HAS_DROPOUT: drops(s) }),
  tileCandidates: (s: Conv3x3WeightSize, target) => weightTileCandidates(s, target),
  splitK: backwardWeightSplitK,
  shape: (s, p) => {
    const { strips, runRows, runs } = rowRuns(s, s.splitK, p);
    return {
      inputs: s.inputs,
      outputs: s.outputs,
      rows: s.images * s.height,
      height: s.height,
      width: s.width,
      stride: s.stride,
      strips,
      run_rows: runRows,
      runs,
      splitK: s.splitK,
      ...dropoutValues(s),
      correction_first: s.correctionFirst ?? 0,
    };
  },
  grid: (s, p) => [s.splitK, ...weightTiles(s, p)],
  cost: (s, p, bytes) => ({
    flops: positions(s) * (18 * s.inputs * s.outputs + 4 * s.outputs + (p.HAS_PROLOGUE ? 3 * s.inputs : 0)),
    bytes: positions(s) * ((4 + bytes.y) * s.outputs + bytes.x * s.inputs) + 36 * s.splitK * s.inputs * s.outputs,
  }),
});

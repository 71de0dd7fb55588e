// conv1x1/forward by subgroup matrices.

import type { Parameters } from '../../runtime/kernel.ts';
import { type MatrixText, type Units, unitsOf } from '../matrix-text.ts';
import { activation, random, step } from '../parts/parts.ts';
import { forwardCheck } from './checks.ts';
import source from './forward-matrix.wgsl?raw';
import { type Conv1x1Size, store } from './product.ts';

/** Terms that are staged at a time: as many as workgroup memory holds. */
const STEPS = [32, 16, 8];

export const conv1x1Matrix: MatrixText = {
  check: forwardCheck,
  source,
  parts: [activation, store, random, step],
  parameters: ['TILE_M', 'TILE_P', 'HAS_PROLOGUE', 'HAS_STATISTICS', 'HAS_BIAS', 'HAS_DROPOUT'],
  layout: ({ TILE_M, TILE_P, HAS_STATISTICS }, target) => {
    const { component, shape, subgroupSize, workgroupBytes } = target;
    const [rows, columns] = [Number(TILE_M) / shape.M, Number(TILE_P) / shape.N];
    if (!Number.isInteger(rows) || !Number.isInteger(columns))
      return `a tile of ${TILE_M}x${TILE_P} is not made of ${shape.M}x${shape.N} blocks`;
    if (component === 'f32' && HAS_STATISTICS) return 'training sums floats in blocks, for less rounding';
    const [PAD, size] = component === 'f16' ? [8, 2] : [4, 4];
    const bytes = (units: Units, step: number) =>
      size * step * (Number(TILE_M) + Number(TILE_P) + 2 * PAD) +
      4 * units.rows * (shape.M * (Number(TILE_P) + 4) + (HAS_STATISTICS ? units.columns * subgroupSize : 0));
    const all = unitsOf(rows, columns, target).flatMap((units) =>
      STEPS.filter((step) => step >= shape.K && bytes(units, step) <= workgroupBytes).map((step) => ({ units, step })),
    );
    const [best] = all.toSorted((a, b) => b.step - a.step);
    if (!best) return `a tile of ${TILE_M}x${TILE_P} has too many sums for its subgroups`;
    const { units, step } = best;
    const layout = { ROW_UNITS: units.rows, COLUMN_UNITS: units.columns, SUBGROUP: subgroupSize };
    const blocks = { BLOCK_M: shape.M, BLOCK_N: shape.N, BLOCK_K: shape.K };
    return { ...layout, ...blocks, STEP: step, PAD };
  },
  isRounded: ({ HAS_PROLOGUE }) => HAS_PROLOGUE === true,
  sizes: (parameters: Parameters): readonly Conv1x1Size[] => {
    const dropout = parameters.HAS_DROPOUT === true ? 0.25 : 0;
    return [
      { inputs: 72, outputs: 40, columns: 77, stride: 128, dropout, stream: 3 },
      { inputs: 19, outputs: 133, columns: 150, stride: 192, dropout, stream: 3 },
    ];
  },
};

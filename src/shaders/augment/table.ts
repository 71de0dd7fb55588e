// Tables of byte to byte, for operations that need no more than a pixel's own byte and what the whole image is like.

import { defineKernel, read, write } from '../../runtime/kernel.ts';
import {
  arithmetic,
  codes,
  OPERATE_SHAPE,
  type OperateSize,
  operateShape,
  pixels,
  sourceWords,
  tableWords,
} from './parts.ts';
import { OPERATION_WORDS } from './records.ts';
import source from './table.wgsl?raw';

/** pixels and records as augment/operate has them -> tables [N][C][64], four bytes per word, of images that need one. */
export const augmentTable = defineKernel({
  id: 'augment/table',
  source,
  parts: [pixels, arithmetic, codes],
  parameters: { WORKGROUP: 256, PACKED: true },
  bindings: {
    pixels: read('u32', sourceWords),
    records: read('vec4u', (s: OperateSize) => (s.images * OPERATION_WORDS) / 4),
    tables: write('u32', tableWords),
    shape: OPERATE_SHAPE,
  },
  shape: operateShape,
  grid: (s: OperateSize) => [s.images, 1, 1],
  cost: (s) => ({
    flops: s.images * s.channels * s.sourceHeight * s.sourceWidth,
    bytes: 4 * (s.images * s.sourceHeight * s.sourceWidth + tableWords(s)),
  }),
});

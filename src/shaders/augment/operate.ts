// One of torchvision's operations on uint8 tensors per image: what samples elsewhere, what computes with a pixel, and what
// looks bytes up in a table.

import { ceilDiv, defineKernel, optionalRead, read, write } from '../../runtime/kernel.ts';
import source from './operate.wgsl?raw';
import {
  arithmetic,
  codes,
  groupsOf,
  OPERATE_SHAPE,
  type OperateSize,
  operateShape,
  pixels,
  sourceWords,
  tableWords,
} from './parts.ts';
import { OPERATION_WORDS } from './records.ts';

/**
 * pixels (PACKED: [N][groups][H][W] words of four channels; otherwise bytes [N][C][H][W]) -> out, words of another size or of the
 * same. `records` says what is done to each image; TABLES: some may be mapped by `tables`.
 */
export const augmentOperate = defineKernel({
  id: 'augment/operate',
  source,
  parts: [pixels, arithmetic, codes],
  parameters: { WORKGROUP: 256, PACKED: true, TABLES: true },
  bindings: {
    pixels: read('u32', sourceWords),
    records: read('vec4u', (s: OperateSize) => (s.images * OPERATION_WORDS) / 4),
    tables: optionalRead('u32', (s: OperateSize, { TABLES }) => (TABLES ? tableWords(s) : 0)),
    out: write('u32', (s: OperateSize) => s.images * groupsOf(s.channels) * s.height * s.width),
    shape: OPERATE_SHAPE,
  },
  shape: operateShape,
  grid: (s: OperateSize, { WORKGROUP }) => [ceilDiv(s.images * s.height * s.width, WORKGROUP), groupsOf(s.channels), 1],
  cost: (s) => ({
    flops: 8 * s.images * s.channels * s.height * s.width,
    bytes: 8 * s.images * groupsOf(s.channels) * s.height * s.width,
  }),
});

// The gradient's global norm, first half: partial sums of squares.

import { ceilDiv, defineKernel, optionalRead, read, shape, write } from '../../runtime/kernel.ts';
import { finite, groups, lanes } from '../parts/parts.ts';
import { VERDICT_WORDS, verdict } from '../parts/verdict.ts';
import { type ArenaSize, clipFloats } from './arena.ts';
import source from './square-norm.wgsl?raw';

const WORKGROUP = 256;
const ITEMS = 4;
const MOST_PARTIALS = 256;

/** Partial sums that `optimizer/square-norm` leaves for `optimizer/clip`. */
export const squareNormGroups = (s: ArenaSize): number =>
  Math.min(MOST_PARTIALS, ceilDiv(s.count / 4, WORKGROUP * ITEMS));

/**
 * gradients [count] -> partials [squareNormGroups]: sums of squares; the first that is not finite is noted in `verdict`.
 * GROUPED: the gradients of frozen parameters, by the table in `clip`, count for nothing.
 */
export const optimizerSquareNorm = defineKernel({
  id: 'optimizer/square-norm',
  source,
  parts: [finite, groups, lanes, verdict],
  parameters: { WORKGROUP, ITEMS, GROUPED: false },
  bindings: {
    gradients: read('vec4f', (s: ArenaSize) => s.count / 4),
    partials: write('f32', squareNormGroups),
    verdict: write('atomic<u32>', () => VERDICT_WORDS),
    clip: optionalRead('f32', (s: ArenaSize, p) => (p.GROUPED ? clipFloats(s, true) : 0)),
    shape: shape({ vectors: 'u32' }),
  },
  shape: (s: ArenaSize) => ({ vectors: s.count / 4 }),
  grid: (s) => [squareNormGroups(s), 1, 1],
  cost: (s) => ({ flops: 2 * s.count, bytes: 4 * s.count + 4 * squareNormGroups(s) }),
});

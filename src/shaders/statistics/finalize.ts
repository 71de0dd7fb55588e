// From the partial statistics that the writers of channels leave behind to a norm's scale and shift.

import { ceilDiv, defineKernel, optionalRead, optionalWrite, read, shape, write } from '../../runtime/kernel.ts';
import { finite, lanes } from '../parts/parts.ts';
import { VERDICT_WORDS, verdict } from '../parts/verdict.ts';
import { BATCH_NORM_MOMENTUM, spread } from './batch-norm.ts';
import source from './finalize.wgsl?raw';

export interface FinalizeSize {
  /** Rows that the norm reads: the prefix of its block. */
  readonly channels: number;
  /** Rows before this one have statistics already; `first = channels` where all have. */
  readonly first: number;
  /** Partials per new row. */
  readonly tiles: number;
  /** Values per row: images * height * width. */
  readonly count: number;
  /** Floats from the norm's running means to its running variances, in the `running` binding. */
  readonly varianceOffset: number;
  /** Floats into all running statistics where the norm's begin: what is noted is counted from there. */
  readonly runningOffset: number;
  /** Added to the variance ahead of the square root. */
  readonly epsilon: number;
}

/**
 * partials [channels - first][tiles] (count, mean, M2, unused) -> statistics [channels] (mean, biased variance), affine
 * [channels] (scale, shift, mean, invStd) and the norm's running statistics (unbiased variance, as PyTorch).
 * The first of those that is not finite is noted in `verdict`. `UPDATES_RUNNING: false` where a norm is finalised a second
 * time: `running` and `verdict` may be left out then.
 */
export const statisticsFinalize = defineKernel({
  id: 'statistics/finalize',
  source,
  parts: [finite, lanes, verdict],
  parameters: { WORKGROUP: 64, LANES: 64, UPDATES_RUNNING: true },
  bindings: {
    partials: optionalRead('vec4f', (s: FinalizeSize) => (s.channels - s.first) * s.tiles),
    statistics: write('vec2f', (s: FinalizeSize) => s.channels),
    gamma: read('f32', (s: FinalizeSize) => s.channels),
    beta: read('f32', (s: FinalizeSize) => s.channels),
    running: optionalWrite('f32', (s: FinalizeSize, p) => (p.UPDATES_RUNNING ? s.varianceOffset + s.channels : 0)),
    affine: write('vec4f', (s: FinalizeSize) => s.channels),
    verdict: optionalWrite('atomic<u32>', (_: FinalizeSize, p) => (p.UPDATES_RUNNING ? VERDICT_WORDS : 0)),
    shape: shape({
      channels: 'u32',
      first: 'u32',
      tiles: 'u32',
      count: 'u32',
      variance_offset: 'u32',
      epsilon: 'f32',
      momentum: 'f32',
      running_first: 'u32',
    }),
  },
  choose: (s: FinalizeSize) => spread(s.tiles),
  shape: (s) => ({
    channels: s.channels,
    first: s.first,
    tiles: s.tiles,
    count: s.count,
    variance_offset: s.varianceOffset,
    epsilon: s.epsilon,
    momentum: BATCH_NORM_MOMENTUM,
    running_first: s.runningOffset,
  }),
  grid: (s, { WORKGROUP, LANES }) => [
    ceilDiv(s.channels - s.first, WORKGROUP / LANES) + ceilDiv(s.first, WORKGROUP),
    1,
    1,
  ],
  cost: (s, { UPDATES_RUNNING }) => {
    const partials = (s.channels - s.first) * s.tiles;
    return { flops: 12 * partials + 16 * s.channels, bytes: 16 * partials + (UPDATES_RUNNING ? 48 : 32) * s.channels };
  },
});

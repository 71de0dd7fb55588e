// What the statistics kernels must compute, and how exactly.

import { defineReference } from '../check-kernel.ts';
import { firstNonFinite, noted } from '../parts/reference.ts';
import { NOTHING } from '../parts/verdict.ts';
import { statisticsCommit } from './commit.ts';
import { statisticsFinalize } from './finalize.ts';
import { statisticsFinalizeBackward } from './finalize-backward.ts';
import { commit, finalize, finalizeBackward, runningAffine } from './reference.ts';
import { normsOfTable, statisticsRunningAffine } from './running-affine.ts';

export const finalizeReference = defineReference({
  kernel: statisticsFinalize,
  reference: (s, inputs, { UPDATES_RUNNING }) => {
    const { running, ...out } = finalize(s, inputs);
    if (!UPDATES_RUNNING || !inputs.verdict) return out;
    // Between the means and the variances lies nothing.
    const first = firstNonFinite(running.values.map((v, i) => (i >= s.channels && i < s.varianceOffset ? 0 : v)));
    const place = first === undefined ? undefined : first + s.runningOffset;
    return { ...out, running, verdict: noted(inputs.verdict, 'running', place) };
  },
  roundings: (s, { LANES }) => 6 * (Math.ceil(s.tiles / LANES) + Math.log2(LANES)) + 12,
});

export const finalizeBackwardReference = defineReference({
  kernel: statisticsFinalizeBackward,
  reference: (s, inputs, { ACCUMULATES }, { step }) =>
    finalizeBackward(s, inputs, { accumulate: step?.accumulate === 1, accumulates: ACCUMULATES }),
  roundings: (s, { LANES }) => Math.ceil(s.tiles / LANES) + Math.log2(LANES) + 10,
});

export const commitReference = defineReference({
  kernel: statisticsCommit,
  reference: (_, { running = [], staged = [], settled = [] }, { LOADS }) => {
    const out = commit(running, staged, !LOADS && Array.from(settled).every((word) => word === NOTHING));
    return { running: { values: out.running, magnitude: [] }, staged: { values: out.staged, magnitude: [] } };
  },
  roundings: () => -2,
});

export const runningAffineReference = defineReference({
  kernel: statisticsRunningAffine,
  reference: (s, { parameters, running, table }) =>
    runningAffine(normsOfTable(table ?? []), s, parameters ?? [], running ?? []),
  roundings: () => 12,
});

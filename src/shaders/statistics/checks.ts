// What the statistics kernels must compute, and how exactly.

import { defineReference } from '../check-kernel.ts';
import { summed } from '../gradient/reference.ts';
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
  reference: (s, inputs, { ACCUMULATES }, { step }) => {
    const accumulate = step?.accumulate === 1;
    const of = (first: number) => inputs.gradients?.slice(first, first + s.channels) ?? new Float32Array();
    const given = { ...inputs, gammaGradient: of(s.gamma), betaGradient: of(s.beta) };
    const { gammaGradient, betaGradient, correction } = finalizeBackward(s, given, {
      accumulate,
      accumulates: ACCUMULATES,
    });
    const gradients = summed(s, inputs, accumulate);
    for (const [first, own] of [
      [s.gamma, gammaGradient],
      [s.beta, betaGradient],
    ] as const) {
      gradients.values.set(own.values, first);
      gradients.magnitude.set(own.magnitude, first);
    }
    return { gradients, correction };
  },
  roundings: (s, { LANES }) =>
    Math.max(Math.ceil(s.tiles / LANES) + Math.log2(LANES) + 10, ...s.weights.map(({ splitK }) => splitK + 2)),
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

import { type Random, vector } from '../../../../src/shaders/random-inputs.ts';
import { runningAffineReference } from '../../../../src/shaders/statistics/checks.ts';
import {
  type NormOffsets,
  type RunningAffineSize,
  runningAffineTable,
  type statisticsRunningAffine,
} from '../../../../src/shaders/statistics/running-affine.ts';
import { defineSuite } from '../kernel-suite.ts';

interface Size extends RunningAffineSize {
  readonly norms: readonly NormOffsets[];
}

/** Norms one behind the other, each arena's pieces padded to 64. */
function network(channels: readonly number[], epsilon = 1e-5): Size {
  const norms: NormOffsets[] = [];
  let end = 0;
  for (const count of channels) {
    const padded = Math.ceil(count / 64) * 64;
    const first = { gamma: 2 * end, beta: 2 * end + padded, mean: 2 * end, variance: 2 * end + padded };
    norms.push({ channels: count, ...first, affine: end });
    end += padded;
  }
  const groups = runningAffineTable(norms).length / 8;
  return { norms, groups, parameters: 2 * end, running: 2 * end, affines: end, epsilon };
}

function runningStatistics(s: Size, random: Random): Float32Array {
  const data = vector(random, s.running);
  for (const { variance, channels } of s.norms)
    for (let i = variance; i < variance + channels; i++) data[i] = Math.abs(data[i] ?? 0);
  return data;
}

export default defineSuite<Size, typeof statisticsRunningAffine.parameters, typeof statisticsRunningAffine.bindings>({
  ...runningAffineReference,
  sizes: {
    'one channel': network([1]),
    'a small network': network([16, 28, 48, 40, 52, 64, 65, 130]),
    'the norms of DenseNet-121, first layers': network([64, 64, 128, 96, 128, 128, 128, 160]),
    "an epsilon that is not PyTorch's": network([9, 20], 0.05),
  },
  // Variances are not negative.
  nonFinite: { size: 'a small network', allows: (binding, _, value) => binding !== 'running' || !(value < 0) },
  inputs: (s, random) => ({
    parameters: vector(random, s.parameters),
    running: runningStatistics(s, random),
    table: runningAffineTable(s.norms),
  }),
});

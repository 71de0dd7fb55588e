import type { ArenaSize } from '../../../../src/shaders/optimizer/arena.ts';
import { optimizerAverage } from '../../../../src/shaders/optimizer/average.ts';
import { average as averaged } from '../../../../src/shaders/optimizer/reference.ts';
import { vector } from '../../../../src/shaders/random-inputs.ts';
import { defineSuite } from '../kernel-suite.ts';
import { clean } from '../verdicts.ts';

interface Size extends ArenaSize {
  readonly decay: number;
  /** Something was met: nothing may be written. */
  readonly stopped?: true;
}

export default defineSuite<Size, typeof optimizerAverage.parameters, typeof optimizerAverage.bindings>({
  kernel: optimizerAverage,
  sizes: {
    usual: { count: 1088, decay: 0.999 },
    'more than half of the way': { count: 64, decay: 0.375 },
    'all of the way': { count: 64, decay: 0 },
    'more than a row of workgroups': { count: 257 * 1024 + 64, decay: 0.9 },
    'behind something that is not finite': { count: 64, decay: 0.5, stopped: true },
  },
  nonFinite: { size: 'more than half of the way' },
  inputs: (s, random) => ({
    average: vector(random, s.count),
    values: vector(random, s.count),
    settled: s.stopped ? clean().fill(3, 2, 3) : clean(),
  }),
  settings: (s) => ({ decay: { weight: Math.fround(1 - s.decay), rest: Math.fround(s.decay) } }),
  reference: (s, { average = [], values = [] }, _, { decay }) => {
    if (s.stopped) return { average: { values: new Float64Array(s.count).fill(Number.NaN), magnitude: [] } };
    return { average: averaged(s.count, average, values, decay?.weight ?? Number.NaN, decay?.rest ?? Number.NaN) };
  },
  roundings: () => 3,
});

import { vector } from '../../../../src/shaders/random-inputs.ts';
import { commitReference } from '../../../../src/shaders/statistics/checks.ts';
import type { CommitSize, statisticsCommit } from '../../../../src/shaders/statistics/commit.ts';
import { defineSuite } from '../kernel-suite.ts';
import { clean } from '../verdicts.ts';

interface Size extends CommitSize {
  /** Which word of the verdict says that something was met. */
  readonly met?: number;
}

export default defineSuite<Size, typeof statisticsCommit.parameters, typeof statisticsCommit.bindings>({
  ...commitReference,
  sizes: {
    'a norm': { count: 128 },
    'more than a workgroup': { count: 1088 },
    'an image was bad': { count: 128, met: 0 },
    'the last word': { count: 128, met: 7 },
  },
  variants: { commits: {}, loads: { LOADS: true } },
  nonFinite: { size: 'an image was bad' },
  inputs: (s, random, { LOADS }) => ({
    running: vector(random, s.count),
    staged: vector(random, s.count),
    ...(!LOADS && { settled: s.met === undefined ? clean() : clean().fill(0, s.met, s.met + 1) }),
  }),
});

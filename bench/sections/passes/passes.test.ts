import { describe, expect, it } from 'vitest';
import type { PassDescription } from '../../../src/densenet/plan/plan.ts';
import { sectionErrors } from '../../../tests/bench/report-schema.ts';
import { peakRate, type RooflineSection, rooflineOf, rooflineSectionSchema } from '../roofline/schema.ts';
import { type PassesSection, type PassRow, passesSectionSchema, passTime, sumByKernel, totalOf } from './schema.ts';
import { passesAsText } from './text.ts';

const ROOFLINE = { flopsPerSecond: 2e9, bytesPerSecond: 1e9 };

const pass = (kernel: string, flops: number, bytes: number): PassDescription => ({
  kernel,
  variant: 'TILE=8',
  label: `layer ${kernel}`,
  section: 'forward',
  workgroups: 3,
  flops,
  bytes,
});

/** Rows of passes whose times are given in milliseconds; undefined: no time. */
function rowsOf(...passes: readonly (readonly [PassDescription, number | undefined])[]): PassRow[] {
  return passes.map(([description, ms], place) => ({
    pass: place,
    ...description,
    time:
      ms === undefined
        ? { problem: 'no time' }
        : passTime(description, { nanoseconds: [ms * 2e6, ms * 1e6, ms * 5e5], repeats: 4 }, ROOFLINE),
  }));
}

const rows = rowsOf(
  [pass('a', 4e6, 1e6), 5],
  [pass('b', 1e6, 3e6), 4],
  [pass('a', 2e6, 2e6), 1],
  [pass('c', 1e6, 1e6), undefined],
);

const section: PassesSection = {
  model: 'small',
  mode: 'training',
  batch: 2,
  recompute: false,
  method: 'in step',
  roofline: ROOFLINE,
  clock: { kind: 'timestamps', quantum: 100 },
  step: { milliseconds: 9, samples: 3 },
  total: totalOf(rows),
  kernels: sumByKernel(rows),
  passes: rows,
};

describe('a pass against the roofline', () => {
  it('has the longer of its arithmetic and its traffic as its roofline', () => {
    const [first, second] = rows;
    expect(first?.time).toMatchObject({
      milliseconds: 5,
      rooflineMilliseconds: 2,
      bound: 'arithmetic',
      lostMilliseconds: 3,
    });
    expect(second?.time).toMatchObject({ milliseconds: 4, rooflineMilliseconds: 3, bound: 'memory', share: 0.75 });
    expect(first?.time).toMatchObject({ samples: 3, repeats: 4 });
  });

  it('may be above it, where a cache held what it moves', () => {
    expect(rows[2]?.time).toMatchObject({ share: 2, lostMilliseconds: -1 });
  });

  it('has no share where the clock saw no time pass', () => {
    expect(rowsOf([pass('a', 1e6, 1e6), 0])[0]?.time).toMatchObject({ share: 0, lostMilliseconds: -1 });
  });
});

describe('sums', () => {
  it('are over passes that have a time, by kernel with most lost time first', () => {
    expect(section.total).toEqual({ milliseconds: 10, rooflineMilliseconds: 7, share: 0.7, lostMilliseconds: 3 });
    expect(
      section.kernels.map(({ kernel, passes, flops, lostMilliseconds }) => [kernel, passes, flops, lostMilliseconds]),
    ).toEqual([
      ['a', 2, 6e6, 2],
      ['b', 1, 1e6, 1],
    ]);
  });

  it('stand in the text, with what is missing', () => {
    const text = passesAsText(section);
    expect(text).toContain('small, training, batch 2: 9.00 ms a step on the GPU');
    expect(text).toContain('3 passes take 10.0 ms, 70.0% of peak, timed in whole steps');
    expect(text).toContain('1 passes have no time: no time');
    expect(text.indexOf('layer a')).toBeLessThan(text.indexOf('layer b'));
  });
});

describe('the roofline', () => {
  const timing = { nanoseconds: [2e6, 1e6, 4e6], repeats: 1 };
  const roofline: RooflineSection = {
    clock: { kind: 'wall clock', reason: 'no timestamps' },
    f32: peakRate(4e6, timing, '8 chains'),
    f16: { problem: 'no shader-f16' },
    copy: peakRate(2e6, timing, '1 MiB'),
  };

  it('is the best of its repeats', () => {
    expect(roofline.f32).toEqual({ best: 4e9, median: 2e9, milliseconds: 2, samples: 3, variant: '8 chains' });
    expect(rooflineOf(roofline)).toEqual({ flopsPerSecond: 4e9, bytesPerSecond: 2e9 });
    expect(rooflineOf({ ...roofline, copy: { problem: 'wrong' } })).toBeUndefined();
  });

  it('and the passes fit their schemas, and nothing else does', () => {
    const isRoofline = (value: unknown) => sectionErrors(rooflineSectionSchema, value).length === 0;
    const isPasses = (value: unknown) => sectionErrors(passesSectionSchema, value).length === 0;
    expect(sectionErrors(rooflineSectionSchema, roofline)).toEqual([]);
    expect(sectionErrors(passesSectionSchema, section)).toEqual([]);
    expect(isRoofline({ ...roofline, f16: {} })).toBe(false);
    expect(isRoofline({ ...roofline, more: 1 })).toBe(false);
    expect(isPasses({ ...section, clock: { kind: 'timestamps' } })).toBe(false);
    expect(isPasses({ ...section, passes: [{ ...rows[0], time: { milliseconds: 1 } }] })).toBe(false);
  });
});

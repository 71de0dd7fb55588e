import { describe, expect, it } from 'vitest';
import { recordPlan } from '../../../src/jobs/compile.ts';
import { catalogue } from '../../../src/shaders/catalogue.ts';
import { sectionErrors } from '../../../tests/bench/report-schema.ts';
import { catalogueOfPlans } from './measure.ts';
import {
  byKernel,
  defaultOf,
  fastestOf,
  type KernelShape,
  type KernelsSection,
  kernelsSectionSchema,
  variantTime,
} from './schema.ts';
import { kernelsAsText } from './text.ts';

const ROOFLINE = { flopsPerSecond: 1e12, bytesPerSecond: 1e11 };

const shape = (kernel: string, inputs: number, ...milliseconds: readonly (number | undefined)[]): KernelShape => ({
  kernel,
  map: '14x14',
  pixels: 6272,
  inputs,
  outputs: 32,
  variants: milliseconds.map((ms, i) => ({
    tile: `tile ${i}`,
    splitK: i === 2 ? 0.5 : 1,
    variant: `TILE=${i}`,
    workgroups: 10 * (i + 1),
    flops: 1e9,
    bytes: 1e7,
    time: ms === undefined ? { problem: 'out[3] is 2, not 1' } : variantTime(1e9, 1e7, ms, ROOFLINE),
  })),
});

const section: KernelsSection = {
  plans: ['small, training, batch 2'],
  clock: 'wall clock',
  roofline: ROOFLINE,
  ended: 'time over',
  shapes: [shape('b', 64, 4, 2, 8), shape('a', 64, undefined, 5), shape('b', 128, 3)],
};

describe('a tile', () => {
  it('is compared with the longer side of peak', () => {
    expect(variantTime(1e9, 1e7, 4, ROOFLINE)).toEqual({
      milliseconds: 4,
      flopsPerSecond: 2.5e11,
      bytesPerSecond: 2.5e9,
      share: 0.25,
    });
    expect(variantTime(1e9, 1e9, 20, ROOFLINE).share).toBe(0.5);
    expect(variantTime(1e9, 1e9, 20, undefined)).not.toHaveProperty('share');
  });

  it('is the fastest of its shape, or the default, or wrong', () => {
    const [first, wrong] = section.shapes;
    if (!first || !wrong) throw new Error('two shapes');
    expect(fastestOf(first)?.tile).toBe('tile 1');
    expect(defaultOf(first)?.tile).toBe('tile 0');
    expect(fastestOf(wrong)?.tile).toBe('tile 1');
    expect(defaultOf(wrong)).toBeUndefined();
  });
});

it('shapes stand together by kernel', () => {
  expect(byKernel(section.shapes).map(([kernel, own]) => [kernel, own.length])).toEqual([
    ['b', 2],
    ['a', 1],
  ]);
});

it('the text marks the fastest, and says what is wrong', () => {
  const text = kernelsAsText(section);
  expect(text).toContain('small, training, batch 2: 3 shapes, timed by wall clock; time over');
  expect(text).toMatch(/\* +2\.00 +500\.0 +5\.0 +50\.0% +20 +tile 1/);
  expect(text).toContain('tile 2, 0.5 × splits');
  expect(text).toContain('tile 0 (default): out[3] is 2, not 1');
  expect(kernelsAsText({ ...section, shapes: [] })).toContain('0 shapes');
});

it('the section fits its schema, and nothing else does', () => {
  const fits = (value: unknown) => sectionErrors(kernelsSectionSchema, value).length === 0;
  expect(sectionErrors(kernelsSectionSchema, section)).toEqual([]);
  const { roofline: _roofline, ...withoutRoofline } = section;
  expect(fits(withoutRoofline)).toBe(true);
  expect(fits({ ...section, clock: 'sundial' })).toBe(false);
  expect(fits({ ...section, more: 1 })).toBe(false);
  expect(fits({ ...section, shapes: [{ ...section.shapes[0], variants: [] }] })).toBe(false);
});

it("the catalogue's plans have every kernel with tiles that training and inference use", () => {
  const passes = catalogueOfPlans().flatMap(({ plan }) => recordPlan(plan).builder.program.passes);
  const used = new Set(
    passes.flatMap(({ kernel, size }) => (kernel.tileCandidates(size).length > 0 ? [kernel.id] : [])),
  );
  // The image's own gradient is only computed where it is asked for.
  expect(used.size).toBe([...catalogue.keys()].filter((id) => /^(conv1x1|conv3x3|stem)\//.test(id)).length - 1);
});

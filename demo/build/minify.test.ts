import { describe, expect, it } from 'vitest';
import type { Part } from '../../src/runtime/kernel.ts';
import { specialize } from '../../src/runtime/specialize.ts';
import { catalogue } from '../../src/shaders/catalogue.ts';
import { minifyWgsl, plainFields } from './minify.ts';

const minifiedPart = (part: Part): Part => ({ ...part, source: minifyWgsl(part.source) });

it('fields keep all but what a command line shows', () => {
  const source = `a: field(number(), {
    help: "the classifier's rate",
    unit: 'epochs',
    option: '--a <n>',
    default: 1,
  }), b: field(flag, { help: 'text', option: '--b' }),`;
  const found = plainFields(source).replace(/\s+/g, ' ');
  expect(found).toBe("a: field(number(), { help: '', unit: 'epochs', default: 1, }), b: field(flag, { help: '', }),");
});

describe('lean WGSL', () => {
  it('keeps the marks of loops, and nothing else that is said', () => {
    expect(minifyWgsl('// a\n  let x = 1; // b\n\n  for (;;) { // unroll: c\n    x / 2;\n  }\n')).toBe(
      'let x = 1;\nfor (;;) { // unroll\nx / 2;\n}',
    );
  });

  it.each([...catalogue])('specialises to the same %s', (_, kernel) => {
    const minified = { ...kernel, source: minifyWgsl(kernel.source), parts: kernel.parts.map(minifiedPart) };
    const written = (from: typeof kernel) => minifyWgsl(specialize(from, kernel.parameters).text);
    expect(written(minified)).toBe(written(kernel));
  });
});

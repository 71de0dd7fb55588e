import { describe, expect, it } from 'vitest';
import type { Part } from '../../src/runtime/kernel.ts';
import { specialize } from '../../src/runtime/specialize.ts';
import { catalogue } from '../../src/shaders/catalogue.ts';
import { leanWgsl } from './lean-wgsl.ts';

const leanPart = (part: Part): Part => ({ ...part, source: leanWgsl(part.source) });

describe('lean WGSL', () => {
  it('keeps the marks of loops, and nothing else that is said', () => {
    expect(leanWgsl('// a\n  let x = 1; // b\n\n  for (;;) { // unroll: c\n    x / 2;\n  }\n')).toBe(
      'let x = 1;\nfor (;;) { // unroll\nx / 2;\n}',
    );
  });

  it.each([...catalogue])('specialises to the same %s', (_, kernel) => {
    const lean = { ...kernel, source: leanWgsl(kernel.source), parts: kernel.parts.map(leanPart) };
    const written = (from: typeof kernel) => leanWgsl(specialize(from, kernel.parameters).text);
    expect(written(lean)).toBe(written(kernel));
  });
});

import { describe, expect, it } from 'vitest';
import type { Part } from '../../src/runtime/kernel.ts';
import { specialize } from '../../src/runtime/specialize.ts';
import { catalogue } from '../../src/shaders/catalogue.ts';
import { minifyWgsl, withoutHelp } from './minify.ts';

const minifiedPart = (part: Part): Part => ({ ...part, source: minifyWgsl(part.source) });

describe('fields without help', () => {
  it('keeps all else', () => {
    const code =
      "a: field(flag, {\n  help:\n    'what it is',\n  unit: 'x',\n  option: \"--it's\",\n  default: false,\n}),";
    expect(withoutHelp(code).replaceAll(/\s+/g, ' ')).toBe("a: field(flag, { help: '', unit: 'x', default: false, }),");
  });
});

describe('lean WGSL', () => {
  it('keeps the marks of loops, and nothing else that is said', () => {
    expect(minifyWgsl('// a\n  let x = 1; // b\n\n  for (;;) { // unroll by 4: c\n    x / 2;\n  }\n')).toBe(
      'let x=1;\nfor (;;) { // unroll by 4\nx/2;\n}',
    );
  });

  it.each([...catalogue])('specialises to the same %s', (_, kernel) => {
    const minified = { ...kernel, source: minifyWgsl(kernel.source), parts: kernel.parts.map(minifiedPart) };
    const written = (from: typeof kernel) => minifyWgsl(specialize(from, kernel.parameters).text);
    expect(written(minified)).toBe(written(kernel));
  });
});

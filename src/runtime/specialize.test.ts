import { expect, it } from 'vitest';
import { specialize } from './specialize.ts';

const lines = (source: string, parameters: Record<string, number | boolean> = {}, unroll = true) => {
  const { text } = specialize(
    { id: 'a/b', source, parts: [], parameters, bindings: {} },
    parameters,
    [],
    [],
    undefined,
    unroll,
  );
  return text.split('\n').slice(1);
};

it('writes marked loops out, in order, with constant indices', () => {
  const source = `const N: u32 = 2u;
fn main() {
  for (var i = 0u; i < N; i++) { // unroll: a is private
    for (var j = i; j < 2u; j++) { // unroll
      a[2u * i + j] = b[c + j] + 1.0;
    }
  }
}`;
  const written = [
    'const N: u32 = 2u;',
    'fn main() {',
    'a[0]=b[c+0u]+1.0;',
    'a[1]=b[c+1u]+1.0;',
    'a[3]=b[c+1u]+1.0;',
    '}',
  ];
  expect(lines(source)).toEqual(written);
  expect(lines(source, {}, false)).toContain('for (var i = 0u; i < N; i++) {');
});

it('writes a few trips at a time: the most that divide all', () => {
  const source = 'fn main() {\n  for (var k = 0u; k < 6u; k++) { // unroll by 4\n    let x = k;\n  }\n}';
  const outer = 'for (var k_by_3 = 0u; k_by_3 < 2u; k_by_3++) {';
  const trips = [0, 1, 2].flatMap((i) => ['{', `let x=(k_by_3*3u+${i}u);`, '}']);
  expect(lines(source)).toEqual(['fn main() {', outer, ...trips, '}', '}']);
  expect(lines(source.replace('6u', '4u'))).not.toContain('for');
});

it('leaves out branches that a constant closes, and what only they call', () => {
  const source = `const HAS_A = true;
const KIND: u32 = 1u;
fn main() {
  if (HAS_A && KIND == 2u) { used(1u); }
  if (!HAS_A) { used(2u); } else { used(3u); }
  if (x > 0u) { used(4u); } else if (KIND != 1u) { unused(5u); }
  if (HAS_A || KIND == 2u) { used(6u); }
}
fn used(n: u32) { }
fn unused(n: u32) {
  if (n > 1u) { deeper(n); }
}
fn deeper(n: u32) { }`;
  expect(lines(source, { HAS_A: true })).toEqual([
    'const HAS_A = true;',
    'const KIND: u32 = 1u;',
    'fn main() {',
    '{ used(3u); }',
    'if (x > 0u) { used(4u); }',
    'if (HAS_A || KIND == 2u) { used(6u); }',
    '}',
    'fn used(n: u32) { }',
  ]);
});

it('is one text, unrolled or not, where no loop is marked', () => {
  const kernel = {
    id: 'a/b',
    source: 'fn main() {\n  for (;;) { break; } // a loop\n}',
    parts: [],
    parameters: {},
    bindings: {},
  };
  expect(specialize(kernel, {}, [], [], undefined, false)).toEqual(specialize(kernel, {}));
});

// A variable that is declared in a loop without a value is zero in each trip. A compiler is known that leaves what the last
// trip left, where a pointer to it is passed (docs/platforms.md): zeros are written there.
import { expect, test } from 'vitest';

const shaders: Readonly<Record<string, string>> = import.meta.glob(['./**/*.wgsl', '../runtime/*.wgsl'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Variables of loops that are passed by pointer before they are written, by line. */
function unwritten(source: string): string[] {
  const lines = source.split('\n').map((line) => line.replace(/\/\/.*/, ''));
  const open: boolean[] = [];
  const found: string[] = [];
  for (const [at, line] of lines.entries()) {
    const [, name] = /^\s*var (\w+)\s*:[^=]*;/.exec(line) ?? [];
    if (name !== undefined && open.includes(true)) {
      if (isPassedFirst(name, lines.slice(at + 1))) found.push(`${at + 1}: ${line.trim()}`);
    }
    for (const brace of line.match(/[{}]/g) ?? []) {
      if (brace === '{') open.push(/\b(for|while|loop)\b/.test(line));
      else open.pop();
    }
  }
  return found;
}

/** Whether a pointer to it is taken before it is written; what stands under a condition does not count. */
function isPassedFirst(name: string, lines: readonly string[]): boolean {
  const write = new RegExp(`\\b${name}(\\[[^=]*\\])?(\\.\\w+)? =[^=]`);
  const conditions: boolean[] = [];
  for (const line of lines) {
    if (line.includes(`&${name}`)) return true;
    if (write.test(line) && !conditions.includes(true)) return false;
    for (const brace of line.match(/[{}]/g) ?? []) {
      if (brace === '{') conditions.push(/\bif\b|\belse\b/.test(line));
      else conditions.pop();
    }
  }
  return false;
}

test('is found where it is', () => {
  const loop = (body: string) => `fn f() {\n  for (var i = 0u; i < 2u; i++) {\n${body}\n  }\n}`;
  expect(unwritten(loop('    var run: array<f32, 4>;\n    add(&run);'))).toEqual(['3: var run: array<f32, 4>;']);
  expect(unwritten(loop('    var run: array<f32, 4>;\n    run[0] = 0.0;\n    add(&run);'))).toEqual([]);
  expect(unwritten(loop('    var run: f32;\n    if (A) {\n    run = 0.0;\n    }\n    add(&run);'))).toHaveLength(1);
  expect(unwritten('fn f() {\n  var run: array<f32, 4>;\n  add(&run);\n}')).toEqual([]);
});

test('no shader relies on it', () => {
  const found = Object.entries(shaders).flatMap(([file, text]) => unwritten(text).map((line) => `${file}:${line}`));
  expect(found).toEqual([]);
  expect(Object.keys(shaders).length).toBeGreaterThan(60);
});

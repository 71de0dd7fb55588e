// A component of a vector in workgroup or storage memory is never written alone: WGSL lets such a write touch the whole
// vector, and compilers do so. Where invocations write components of one vector, that is a data race; scalars are not.
import { expect, it } from 'vitest';

const shaders: Readonly<Record<string, string>> = import.meta.glob(['./**/*.wgsl', '../runtime/*.wgsl'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

interface Shared {
  readonly name: string;
  /** Indices ahead of a vector. */
  readonly depth: number;
}

/** What the lanes' values are is the kernel's to say: vectors too. */
const VECTOR = /^(?:vec[234](?:[fiuh]\b|<)|Lane\b)/;

function sharedVectors(text: string): Shared[] {
  const declared = text.matchAll(/var<(?:workgroup|storage[^>]*)>\s+(\w+)\s*:\s*((?:array<)*)([^;]*);/g);
  return [...declared].flatMap(([, name = '', arrays = '', element = '']) =>
    VECTOR.test(element) ? [{ name, depth: arrays.length / 'array<'.length }] : [],
  );
}

/** The place behind the bracket that closes the one at `open`. */
function behind(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '[') depth++;
    else if (text[i] === ']' && --depth === 0) return i + 1;
  }
  return text.length;
}

/** Statements that write a component, or an indexed component, of a shared vector. */
function componentWrites(source: string): string[] {
  const text = source.replace(/\/\/[^\n]*/g, '');
  return sharedVectors(text).flatMap(({ name, depth }) =>
    [...text.matchAll(new RegExp(`(?<![\\w.])${name}\\b(?!\\s*:)`, 'g'))].flatMap((found) => {
      let at = found.index + name.length;
      for (let i = 0; i < depth && text[at] === '['; i++) at = behind(text, at);
      const rest = text.slice(at);
      const component = /^\.[xyzwrgba]+/.exec(rest)?.[0] ?? (rest[0] === '[' ? text.slice(at, behind(text, at)) : '');
      const written = /^\s*(?:(?:[-+*/%&|^]|<<|>>)?=(?!=)|\+\+|--)/.test(rest.slice(component.length));
      return component !== '' && written ? [`${text.slice(found.index, at)}${component}`] : [];
    }),
  );
}

it('no shader writes a component of a shared vector', () => {
  expect(Object.keys(shaders).length).toBeGreaterThan(60);
  const found = Object.entries(shaders).flatMap(([file, text]) => componentWrites(text).map((w) => `${file}: ${w}`));
  expect(found).toEqual([]);
});

/** Every declaration of what invocations share, however its type is written. */
const SHARED = /var<(?:workgroup|storage)\b/g;
const SCALAR = /^(?:[fui]32\b|atomic<u32>)/;

/** Whether it is a struct of scalars: members are written apart. */
function hasScalarMembers(text: string, element: string): boolean {
  const [type = ''] = /^\w*/.exec(element) ?? [];
  const members = new RegExp(`struct ${type} \\{([^}]*)\\}`).exec(text)?.[1] ?? ':';
  return [...members.matchAll(/:\s*([^,]*)/g)].every(([, member = '']) => SCALAR.test(member));
}

it('knows every shared variable of the shaders as scalars or vectors, and finds a component of each vector', () => {
  let vectors = 0;
  for (const [file, source] of Object.entries(shaders)) {
    const text = source.replace(/\/\/[^\n]*/g, '');
    const elements = [...text.matchAll(/var<(?:workgroup|storage[^>]*)>\s+\w+\s*:\s*(?:array<)*([^;]*);/g)];
    expect(elements.length, `declarations of ${file}`).toBe([...text.matchAll(SHARED)].length);
    for (const [, stated = ''] of elements) {
      const alias = new RegExp(`^alias ${/^\w*/.exec(stated)?.[0]} = (\\w+);`, 'm').exec(text);
      const element = alias?.[1] ?? stated;
      expect([VECTOR.test(element), SCALAR.test(element), hasScalarMembers(text, element)], element).toContain(true);
    }
    expect(text, `${file} hands shared memory to a function, whose writes are not looked at`).not.toMatch(
      /ptr<(?:workgroup|storage)/,
    );
    for (const { name, depth } of sharedVectors(text)) {
      const place = `${name}${'[i]'.repeat(depth)}`;
      expect(componentWrites(`${source}\nfn wrong() { ${place}.x = 1.0; }`), file).toEqual([`${place}.x`]);
      vectors++;
    }
  }
  expect(vectors).toBeGreaterThan(80);
});

it('finds such writes', () => {
  const declarations = `
    var<workgroup> addends: array<vec4f, 16>;  // 64 sums, in order
    var<workgroup> nested: array<array<vec2<f32>, 4>, 8>;
    var<workgroup> one: vec3u;
    var<storage, read_write> out: array<vec4f>;
    var<workgroup> rows: array<array<f32, 68>, 16>;
    var<workgroup> sums: array<f32, 64>;
  `;
  const written = (statement: string) => componentWrites(`${declarations}\nfn main() { ${statement} }`);
  expect(written('addends[local / 4u][local % 4u] = sum;')).toEqual(['addends[local / 4u][local % 4u]']);
  expect(written('nested[i][j].y += 1.0;')).toEqual(['nested[i][j].y']);
  expect(written('one.z++;')).toEqual(['one.z']);
  expect(written('if (columns.x) { out[at[0]].x = value.x; }')).toEqual(['out[at[0]].x']);
  for (const fine of ['addends[i] = vec4f(sum);', 'rows[i][j] = sum;', 'sums[i] += sum;', 'total += addends[i][k];'])
    expect(written(fine), fine).toEqual([]);
  expect(written('let same = addends[i].x == sum;')).toEqual([]);
});

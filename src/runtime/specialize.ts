// (WGSL, parts, parameters) -> the text of one variant. The only file that edits WGSL. It does four things: replaces
// the initialiser of each named module-scope `const` or `alias`, promotes chosen `read` bindings to `read_write` (one
// buffer may not be bound both ways in a dispatch), reads chosen bindings as f16 (packed-f16.wgsl), and unrolls, as text,
// the loops that carry an `// unroll` comment: naga and SwiftShader do not unroll such loops, and then index
// registers through memory.

import { evaluateConstant } from './constant.ts';
import { ShaderError } from './errors.ts';
import { type AnyKernel, isStorage, type Parameters } from './kernel.ts';
import packedF16Source from './packed-f16.wgsl?raw';

/** A variant's name, as in labels and in the first line of the text: `TILE_M=128 HAS_BIAS=true rw:x f16:x`. */
export function variantName(
  kernel: Pick<AnyKernel, 'parameters'>,
  parameters: Parameters,
  promoted: readonly string[] = [],
  packedF16: readonly string[] = [],
): string {
  const values = Object.keys(kernel.parameters).map((name) => `${name}=${parameters[name]}`);
  return [...values, ...promoted.map((name) => `rw:${name}`), ...packedF16.map((name) => `f16:${name}`)].join(' ');
}

export interface Specialized {
  readonly text: string;
  readonly variant: string;
}

/**
 * The WGSL of one variant. Its first line is `// kernel-id variant`.
 * @param promoted names of `read` bindings to declare `read_write`
 * @param packedF16 names of bindings whose buffers hold f16
 * @param subgroup invocations of the device's smallest subgroup, where parts may use subgroup operations
 * @param unroll whether loops that carry an `// unroll` comment become straight-line text: the same sums in the same order, a text
 * many times as long, and faster to run
 * @throws ShaderError for a parameter that the kernel or its text does not have, or a binding that cannot be f16
 */
export function specialize(
  kernel: Pick<AnyKernel, 'id' | 'source' | 'parts' | 'parameters' | 'bindings'>,
  parameters: Parameters,
  promoted: readonly string[] = [],
  packedF16: readonly string[] = [],
  subgroup?: number,
  unroll = true,
): Specialized {
  const f16Source = packedF16.some((name) => kernel.bindings[name]?.kind === 'write');
  const usesSubgroups = subgroup !== undefined && kernel.parts.some((part) => part.subgroups !== undefined);
  const all = { ...kernel.parameters, ...parameters };
  const parts = kernel.parts.map(
    (part) =>
      (f16Source && part.f16Source) ||
      (usesSubgroups && part.subgroups) ||
      (part.unstaged?.serves(all) && part.unstaged.source) ||
      part.source,
  );
  let text = [kernel.source, ...parts].join('\n');
  if (usesSubgroups) text = replaceInitialiser(kernel.id, text, 'SUBGROUP', subgroup);
  for (const [name, value] of Object.entries(parameters)) {
    if (!(name in kernel.parameters)) throw new ShaderError(kernel.id, `has no parameter ${name}`);
    text = replaceInitialiser(kernel.id, text, name, value);
  }
  for (const name of promoted) {
    const declaration = new RegExp(`var<storage, read>(\\s+${name}\\s*:)`);
    if (!declaration.test(text))
      throw new ShaderError(kernel.id, `has no read binding ${name} to promote to read_write`);
    text = text.replace(declaration, 'var<storage, read_write>$1');
  }
  for (const name of packedF16) text = declarePackedF16(kernel, text, name);
  if (packedF16.length > 0) text = `${text}\n${packedF16Source}`;
  text = withoutComments(text);
  const constants = moduleConstants(text);
  text = withoutUnusedFunctions(kernel.id, withoutDeadBranches(kernel.id, text, constants));
  const hasLoops = text.search(UNROLLED) >= 0;
  if (unroll) text = unrollLoops(kernel.id, text, constants);
  text = text
    .replace(/ \/\/ unroll.*$/gm, '')
    .replace(/\n\s+/g, '\n')
    .trimEnd();
  const variant =
    variantName(kernel, parameters, promoted, packedF16) +
    (usesSubgroups ? ` subgroups:${subgroup}` : '') +
    (hasLoops && !unroll ? ' rolled' : '');
  return { text: `// ${kernel.id} ${variant}\n${usesSubgroups ? 'enable subgroups;\n' : ''}${text}`, variant };
}

/** What only people read costs a compiler time, too. Marks of loops stay. */
const withoutComments = (text: string): string =>
  text
    .replace(/[ \t]*\/\/(?! unroll\b).*$/gm, '')
    .replace(/(\/\/ unroll\b(?: by \d+)?).*$/gm, '$1')
    .replace(/\n\s*/g, '\n')
    .trim();

function replaceInitialiser(id: string, text: string, name: string, value: number | boolean | string): string {
  const keyword = typeof value === 'string' ? 'alias' : 'const';
  const declaration = new RegExp(`^(${keyword}\\s+${name}\\s*(?::\\s*([\\w]+)\\s*)?=)[^;]*;`, 'm');
  const found = declaration.exec(text);
  if (!found) throw new ShaderError(id, `its text has no module-scope ${keyword} ${name}`);
  const type = found[2];
  const isFloat = type === 'f32';
  if (typeof value === 'number' && !isFloat && !Number.isInteger(value)) {
    throw new ShaderError(id, `${name} = ${value} is not an integer, but its type is ${type ?? 'an integer'}`);
  }
  const literal = typeof value === 'number' && isFloat && Number.isInteger(value) ? `${value}.0` : String(value);
  return text.replace(declaration, `$1 ${literal};`);
}

/**
 * A binding's declaration as words of f16 values, and each read of it as their values: `x[i]` of an array<f32> becomes
 * `unpack_f16(x[(i) / 2u], i)`, of an array<vec4f> `unpack_f16x4(x[i])`. Writes are the kernel's own: f16 of one
 * word may be written by two invocations, so that an array<f32> becomes one of atomics.
 */
function declarePackedF16(kernel: Pick<AnyKernel, 'id' | 'bindings'>, text: string, name: string): string {
  const binding = kernel.bindings[name];
  const declaration = new RegExp(`(var<storage, read(?:_write)?>\\s+${name}\\s*:\\s*array<)(f32|vec4f)>`);
  const found = declaration.exec(text);
  if (!found || !binding || !isStorage(binding) || !binding.supportsF16Storage) {
    throw new ShaderError(kernel.id, `has no binding ${name} that can be stored as f16`);
  }
  const four = found[2] === 'vec4f';
  const written = binding.kind === 'write';
  const declared = text.replace(declaration, `$1${four ? 'vec2u' : written ? 'atomic<u32>' : 'u32'}>`);
  if (written) return declared;
  const read = (index: string) =>
    four ? `unpack_f16x4(${name}[${index}])` : `unpack_f16(${name}[(${index}) / 2u], ${index})`;
  return declared.replace(
    /^(.*?)(\/\/.*)?$/gm,
    (_line, code: string, comment = '') => replaceReads(kernel.id, code, name, read) + comment,
  );
}

/** Every `name[index]` of one line; an index may hold brackets of its own, but stays on the line. */
function replaceReads(id: string, code: string, name: string, read: (index: string) => string): string {
  const found = new RegExp(`(?<![\\w.])${name}\\[`).exec(code);
  if (!found) return code;
  const open = found.index + found[0].length;
  let depth = 1;
  for (let i = open; i < code.length; i++) {
    if (code[i] === '[') depth++;
    else if (code[i] === ']' && --depth === 0) {
      const rest = replaceReads(id, code.slice(i + 1), name, read);
      return code.slice(0, found.index) + read(code.slice(open, i)) + rest;
    }
  }
  throw new ShaderError(id, `a read of ${name} does not end on its line: ${code.trim()}`);
}

const DEAD = /\bif \(([^(){};]+)\) \{/g;

/** Takes out `if (HAS_NORM) { … }` where a constant says no; an `else` stays, as a block. */
function withoutDeadBranches(id: string, text: string, constants: ReadonlyMap<string, number>): string {
  DEAD.lastIndex = 0;
  for (let found = DEAD.exec(text); found; found = DEAD.exec(text)) {
    const [header, condition = ''] = found;
    if (!neverHolds(condition, constants)) continue;
    const end = matchingBrace(id, text, found.index + header.length) + 1;
    const rest = text.slice(end);
    const otherwise = rest.replace(/^ else(?= (?:\{|if))/, '');
    const before = text.slice(0, found.index);
    // `… else if (DEAD) { … }` without an `else` of its own leaves nothing to be done otherwise.
    text = (otherwise === rest ? before.replace(/ else $/, '') : before) + otherwise;
    DEAD.lastIndex = 0;
  }
  return text;
}

/** Whether one of the terms of a condition is a comparison or flag of constants that is false. */
const neverHolds = (condition: string, constants: ReadonlyMap<string, number>): boolean =>
  !condition.includes('||') &&
  condition.split('&&').some((term) => {
    const [, left = '', sign, right = ''] = /^([^<>=!&]+)(==|!=|>|<)([^<>=!&]+)$/.exec(term) ?? [];
    const [, not, name = ''] = /^\s*(!?)(\w+)\s*$/.exec(term) ?? [];
    const flag = constants.get(name);
    if (flag !== undefined) return (flag !== 0) === (not === '!');
    const [a, b] = [evaluateConstant(left, constants), evaluateConstant(right, constants)];
    if (a === undefined || b === undefined) return false;
    return sign === '==' ? a !== b : sign === '!=' ? a === b : sign === '<' ? a >= b : a <= b;
  });

/** Parts bring functions that a variant may not call. Of a text without comments. */
function withoutUnusedFunctions(id: string, text: string): string {
  for (const { 0: header, 1: name, index } of text.matchAll(/^fn (\w+)\([^{]*\{/gm)) {
    if (name === 'main' || text.split(new RegExp(`\\b${name}\\(`)).length > 2) continue;
    const end = matchingBrace(id, text, index + header.length) + 1;
    return withoutUnusedFunctions(id, text.slice(0, index) + text.slice(end).trimStart());
  }
  return text;
}

/** Every module-scope `const` whose value is a whole number (of a flag 0 or 1), by name. */
export function moduleConstants(text: string): Map<string, number> {
  const constants = new Map<string, number>([
    ['false', 0],
    ['true', 1],
  ]);
  for (const [, name, expression] of text.matchAll(/^const\s+(\w+)\s*(?::\s*\w+\s*)?=\s*([^;]+);/gm)) {
    if (name === undefined || expression === undefined) continue;
    const value = evaluateConstant(expression, constants);
    if (value !== undefined) constants.set(name, value);
  }
  return constants;
}

const UNROLLED = /for \(var (\w+) = ([^;]+); \1 < ([^;]+); \1\+\+\) \{ *\/\/ unroll\b(?: by (\d+))?[^\n]*\n/g;

/** Outermost first: an inner loop's bound may use the outer loop's index. */
function unrollLoops(id: string, text: string, constants: ReadonlyMap<string, number>): string {
  const written: string[] = [];
  let done = 0;
  for (const found of text.matchAll(UNROLLED)) {
    // Inside a loop that is already unrolled.
    if (found.index < done) continue;
    const [header, index = '', from = '', to = '', by = ''] = found;
    const first = evaluateConstant(from, constants);
    const end = evaluateConstant(to, constants);
    if (first === undefined || end === undefined) {
      throw new ShaderError(id, `the bounds of an unrolled loop must be constant: ${header.trim()}`);
    }
    const open = found.index + header.length;
    const close = matchingBrace(id, text, open);
    const body = text.slice(open, close);
    const name = new RegExp(`\\b${index}\\b`, 'g');
    written.push(text.slice(done, found.index));
    const trip = (value: string) => {
      const copy = terse(unrollLoops(id, body.replace(name, value), constants), constants);
      return DECLARES.test(copy) ? `{\n${copy}}\n` : copy;
    };
    const step = by === '' ? end - first : largestDivisor(end - first, Number(by));
    if (step === end - first) {
      for (let i = first; i < end; i++) written.push(trip(`${i}u`));
    } else {
      const outer = `${index}_by_${step}`;
      written.push(`for (var ${outer} = 0u; ${outer} < ${(end - first) / step}u; ${outer}++) {\n`);
      for (let i = 0; i < step; i++) written.push(trip(`(${outer} * ${step}u + ${first + i}u)`));
      written.push('}\n');
    }
    done = close + 1;
  }
  return written.join('') + text.slice(done);
}

/** What needs a scope of its own in each trip. */
const DECLARES = /\b(?:let|var|const)\b/;

function largestDivisor(of: number, most: number): number {
  let divisor = Math.min(of, most);
  while (of % divisor !== 0) divisor--;
  return divisor;
}

/** `a[2u * COLUMNS + 1u] = b;` as `a[15]=b;`: to the compiler the same, in all the copies of a loop's body a shorter text. */
const terse = (text: string, constants: ReadonlyMap<string, number>): string =>
  text
    .replace(/\[([^[\]]+)\]/g, (whole, index: string) => {
      const value = evaluateConstant(index, constants);
      return value === undefined || value < 0 ? whole : `[${value}]`;
    })
    .replace(/ ([-+*/%<>=]=?) (?=[\w(])/g, '$1')
    .replaceAll(', ', ',');

/** The place of the brace that closes the one opened just before `from`. */
function matchingBrace(id: string, text: string, from: number): number {
  let depth = 1;
  for (let i = from; i < text.length; i++) {
    if (text.startsWith('//', i)) i = text.indexOf('\n', i);
    else if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) return i;
  }
  throw new ShaderError(id, 'an unrolled loop is not closed');
}

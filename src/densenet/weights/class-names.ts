// Class names as people have them: one per line, CSV with commas, semicolons or tabs, numbers before or behind the names,
// from 0 or from 1, a header line; JSON as a list, by number ({"0": "tench"}, {"0": ["n01440764", "tench"]}) or turned around
// ({"tench": 0}), also within `id2label`, `label2id`, `class_to_idx` and the like; a printed Python dictionary. A number that
// says which class a name is for is never part of the name.

import { dsvFormat } from 'd3-dsv';
import { parseJson } from '../../data/json.ts';
import { DataError } from '../../runtime/errors.ts';
import type { SidecarFile } from './sidecar-files.ts';

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keys of larger JSON files under which names lie; the first that is there counts. */
const WRAPPERS = [
  'id2label',
  'class_to_idx',
  'label2id',
  'idx_to_class',
  'class_names',
  'label_names',
  'labels',
  'names',
];
const MORE_WRAPPERS = ['classes', 'categories'];
/** What a column of names is called. */
const NAME_HEADER = /^(class|label|category)?[\s_-]?(names?|labels?|class(es)?|categor(y|ies)|texts?|titles?)$/i;
const DELIMITERS = ['\t', ';', ','] as const;

/**
 * The class names in a file, in the order of their numbers.
 * @param classes how many there should be, where that is known: it decides whether a first line is a heading
 * @throws DataError where numbers are missing, or a name is none that can be printed
 */
export function readClassNames({ name: file, text }: SidecarFile, classes?: number): readonly string[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (/^[[{]/.test(trimmed)) return checkNames(file, fromJson(file, trimmed));
  const lines = trimmed
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '' && !/^sep=.$/i.test(line.trim()))
    .map((line) => line.trim());
  return checkNames(file, fromTable(lines.join('\n')) ?? fromLines(lines, classes));
}

/** A Python dictionary, as `print` writes it, is nearly JSON. */
const PYTHON_ENTRY = /(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g;

function fromJson(file: string, text: string): readonly unknown[] {
  let json: unknown;
  try {
    json = parseJson(text, file);
  } catch (cause) {
    const entries = [...text.matchAll(PYTHON_ENTRY)];
    if (!text.startsWith('{') || entries.length === 0) throw cause;
    const unescaped = (name = '') => name.replace(/\\(.)/g, '$1');
    json = Object.fromEntries(entries.map(([, key = '', one, two]) => [key, unescaped(one ?? two)]));
  }
  return namesIn(file, json);
}

/** The names that a JSON value lists, in order. @throws DataError */
export function namesIn(file: string, json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return listed(json);
  if (!isObject(json)) throw new DataError(file, 0, 'holds no class names: a list or an object of them is expected');
  for (const key of [...WRAPPERS, ...MORE_WRAPPERS]) {
    const inner = json[key];
    if (Array.isArray(inner) || isObject(inner)) return namesIn(file, inner);
  }
  const entries = Object.entries(json);
  const turned = entries.every(([, value]) => typeof value === 'number');
  if (!turned && !entries.every(([key]) => /^\d+$/.test(key))) {
    const keys = entries.slice(0, 4).map(([key]) => key.slice(0, 40));
    throw new DataError(
      file,
      0,
      `holds no class names: its keys are ${keys.join(', ')} …, neither numbers nor id2label`,
    );
  }
  const numbered = entries.map(([key, value]): [number, unknown] =>
    turned ? [Number(value), key] : [Number(key), nameOf(value)],
  );
  return inOrder(file, numbered);
}

/** A list of names, or of objects with a name and perhaps a number. */
function listed(json: readonly unknown[]): readonly unknown[] {
  const numbered = json.map((entry) => (isObject(entry) ? (entry.id ?? entry.index) : undefined));
  if (json.length > 0 && numbered.every((number) => typeof number === 'number')) {
    const from = Math.min(...numbered.map(Number));
    const sorted = json.map((entry, i): [number, unknown] => [Number(numbered[i]), nameOf(entry)]);
    if (from <= 1 && isPermutation(numbered.map(Number), from)) {
      return sorted.toSorted(([a], [b]) => a - b).map(([, name]) => name);
    }
  }
  return json.map(nameOf);
}

/** Keras gives a WordNet number and the name. */
function nameOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.at(-1);
  return isObject(value) ? (value.name ?? value.label) : value;
}

/** Names by number, which count from 0 or from 1. */
function inOrder(file: string, numbered: readonly (readonly [number, unknown])[]): readonly unknown[] {
  const byNumber = new Map(numbered);
  const from = byNumber.has(0) || !byNumber.has(numbered.length) ? 0 : 1;
  return numbered.map((_, i) => {
    if (byNumber.has(i + from)) return byNumber.get(i + from);
    const problem = `names ${numbered.length} classes, and none is number ${i + from}; they count from 0 or from 1`;
    throw new DataError(file, 0, problem);
  });
}

const isPermutation = (numbers: readonly number[], from: number): boolean =>
  new Set(numbers).size === numbers.length &&
  numbers.every((n) => Number.isInteger(n) && n >= from && n < from + numbers.length);

/** The first of the numbers where they count from 0 or from 1 without a gap; undefined where they do not. */
const countsFrom = (numbers: readonly number[]): number | undefined =>
  [0, 1].find((from) => isPermutation(numbers, from));

const asNumber = (text: string | undefined) =>
  text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;

/** Rows of a number and a name, and perhaps more; undefined where the text is no such table. */
function fromTable(text: string): readonly string[] | undefined {
  for (const delimiter of DELIMITERS) {
    const data = dsvFormat(delimiter).parseRows(text);
    const [head = [], ...rest] = data;
    if (head.length < 2 || data.some((row) => row.length !== head.length)) continue;
    for (const [header, rows] of [[undefined, data] as const, [head, rest] as const]) {
      const columns = head.map((_, column) => rows.map((row) => row[column]?.trim() ?? ''));
      const index = columns.findIndex((values) => values.length > 0 && countsFrom(values.map(asNumber)) !== undefined);
      const names = nameColumn(columns, header, index);
      if (index < 0 || !names) continue;
      const numbers = columns[index]?.map(asNumber) ?? [];
      return names
        .map((name, row): [number, string] => [numbers[row] ?? 0, name])
        .toSorted(([a], [b]) => a - b)
        .map(([, name]) => name);
    }
  }
  return undefined;
}

const WORDNET = /^n\d{8}$/;

/** The column whose heading says so; else the first of texts that are no WordNet numbers. */
function nameColumn(
  columns: readonly (readonly string[])[],
  header: readonly string[] | undefined,
  index: number,
): readonly string[] | undefined {
  const titled = header?.findIndex((title, i) => i !== index && NAME_HEADER.test(title.trim())) ?? -1;
  if (titled >= 0) return columns[titled];
  const texts = columns.filter(
    (values, i) => i !== index && !values.every((value) => value === '' || !Number.isNaN(Number(value))),
  );
  return texts.find((values) => !values.every((value) => WORDNET.test(value))) ?? texts[0];
}

const BEFORE = /^(\d+)\s*[:.,;)=\t -]\s*(\S.*)$/;
const BEHIND = /^(.*\S)\s*[:,;=\t ]\s*(\d+)$/;

/** A name per line; numbers before or behind all of them are taken off where they count the lines. */
function fromLines(lines: readonly string[], classes: number | undefined): readonly string[] {
  const [first = '', ...rest] = lines;
  const headed =
    NAME_HEADER.test(unquoted(first)) && (classes === undefined ? rest.length > 1 : rest.length === classes);
  const own = headed ? rest : lines;
  for (const [pattern, number, name] of [[BEFORE, 1, 2] as const, [BEHIND, 2, 1] as const]) {
    const found = own.map((line) => pattern.exec(line));
    const numbers = found.map((match) => Number(match?.[number] ?? Number.NaN));
    const names = found.map((match) => unquoted(match?.[name] ?? ''));
    // "class 0, class 1 …" are names that end in numbers, and not numbers behind a name.
    if (own.length < 2 || countsFrom(numbers) === undefined || new Set(names).size < names.length) continue;
    return names
      .map((text, i): [number, string] => [numbers[i] ?? 0, text])
      .toSorted(([a], [b]) => a - b)
      .map(([, text]) => text);
  }
  return own.map(unquoted);
}

/** Without quotes around the whole of it, and with doubled ones inside made single. */
function unquoted(line: string): string {
  const [, quote = '', inner] = /^(["'])(.*)\1,?$/.exec(line.trim()) ?? [];
  return inner === undefined ? line.trim() : inner.replaceAll(quote + quote, quote);
}

export function checkNames(file: string, names: readonly unknown[]): readonly string[] {
  const checked = names.map((name, number) => {
    // A name is printed as it is: one that moves a terminal's cursor is no name.
    if (typeof name === 'string' && name.length <= 200 && !/\p{Cc}/u.test(name)) return name;
    throw new DataError(file, 0, `class ${number} is not named by a printable text of at most 200 characters`);
  });
  if (checked.length === 0 || checked.every((name) => name === '')) throw new DataError(file, 0, 'names no class');
  return checked.map((name, number) => name || `class ${number}`);
}

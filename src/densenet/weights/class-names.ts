// Files of class names as people have them: one per line; CSV with commas, semicolons or tabs; indices before or after the
// names, from 0 or from 1; a header line; JSON as a list, by index ({"0": "tench"}, {"0": ["n01440764", "tench"]}) or
// inverted ({"tench": 0}), also within `id2label`, `label2id`, `class_to_idx` and the like; a printed Python dictionary. An
// index that says which class a name is for is never part of the name.

import { dsvFormat } from 'd3-dsv';
import { isJsonObject, parseJson } from '../../data/json.ts';
import { DataError } from '../../runtime/errors.ts';
import type { SidecarFile } from './import-options.ts';

/** Keys of larger JSON files that hold the names; the first that is there counts. */
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
/** Headers of a column of names. */
const NAME_HEADER = /^(class|label|category)?[\s_-]?(names?|labels?|class(es)?|categor(y|ies)|texts?|titles?)$/i;
const DELIMITERS = ['\t', ';', ','] as const;

/**
 * The class names in a file, in the order of their indices.
 * @param classes how many there should be, where that is known: it decides whether the first line is a header
 * @throws DataError where an index is missing, or a name cannot be printed
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

/** An entry of a Python dictionary as `print` writes it, which is nearly JSON. */
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
  if (Array.isArray(json)) return namesOfList(json);
  if (!isJsonObject(json)) throw new DataError(file, 0, 'holds no class names: expected a list or an object of them');
  for (const key of [...WRAPPERS, ...MORE_WRAPPERS]) {
    const inner = json[key];
    if (Array.isArray(inner) || isJsonObject(inner)) return namesIn(file, inner);
  }
  const entries = Object.entries(json);
  const isInverted = entries.every(([, value]) => typeof value === 'number');
  if (!isInverted && !entries.every(([key]) => /^\d+$/.test(key))) {
    const keys = entries.slice(0, 4).map(([key]) => key.slice(0, 40));
    throw new DataError(
      file,
      0,
      `holds no class names: its keys are ${keys.join(', ')} …, neither class indices nor id2label`,
    );
  }
  const indexed = entries.map(([key, value]): [number, unknown] =>
    isInverted ? [Number(value), key] : [Number(key), nameOf(value)],
  );
  return inOrder(file, indexed);
}

/** A list of names, or of objects with a name and perhaps an index. */
function namesOfList(json: readonly unknown[]): readonly unknown[] {
  const indices = json.map((entry) => (isJsonObject(entry) ? (entry.id ?? entry.index) : undefined));
  if (json.length > 0 && indices.every((index) => typeof index === 'number')) {
    const from = Math.min(...indices.map(Number));
    const indexed = json.map((entry, i): [number, unknown] => [Number(indices[i]), nameOf(entry)]);
    if (from <= 1 && isPermutation(indices.map(Number), from)) return sortedNames(indexed);
  }
  return json.map(nameOf);
}

/** Keras gives a WordNet id and the name. */
function nameOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.at(-1);
  return isJsonObject(value) ? (value.name ?? value.label) : value;
}

/** Names by index, from 0 or from 1. */
function inOrder(file: string, indexed: readonly (readonly [number, unknown])[]): readonly unknown[] {
  const byIndex = new Map(indexed);
  const from = byIndex.has(0) || !byIndex.has(indexed.length) ? 0 : 1;
  return indexed.map((_, i) => {
    if (byIndex.has(i + from)) return byIndex.get(i + from);
    const problem = `names ${indexed.length} classes, but none has index ${i + from}; indices must count from 0 or from 1`;
    throw new DataError(file, 0, problem);
  });
}

function sortedNames<T>(indexed: readonly (readonly [number, T])[]): readonly T[] {
  return indexed.toSorted(([a], [b]) => a - b).map(([, name]) => name);
}

const isPermutation = (indices: readonly number[], from: number): boolean =>
  new Set(indices).size === indices.length &&
  indices.every((n) => Number.isInteger(n) && n >= from && n < from + indices.length);

/** Whether they count from 0 or from 1 without a gap, in any order. */
const areIndices = (numbers: readonly number[]): boolean => isPermutation(numbers, 0) || isPermutation(numbers, 1);

const asIndex = (text: string | undefined) =>
  text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;

/** Rows of an index and a name, and perhaps more; undefined where the text is not such a table. */
function fromTable(text: string): readonly string[] | undefined {
  for (const delimiter of DELIMITERS) {
    const data = dsvFormat(delimiter).parseRows(text);
    const [head = [], ...rest] = data;
    if (head.length < 2 || data.some((row) => row.length !== head.length)) continue;
    for (const [header, rows] of [[undefined, data] as const, [head, rest] as const]) {
      const columns = head.map((_, column) => rows.map((row) => row[column]?.trim() ?? ''));
      const index = columns.findIndex((values) => values.length > 0 && areIndices(values.map(asIndex)));
      const names = nameColumn(columns, header, index);
      if (index < 0 || !names) continue;
      const indices = columns[index]?.map(asIndex) ?? [];
      return sortedNames(names.map((name, row) => [indices[row] ?? 0, name]));
    }
  }
  return undefined;
}

const WORDNET = /^n\d{8}$/;

/** The column whose header says so; else the first of texts that are not WordNet ids. */
function nameColumn(
  columns: readonly (readonly string[])[],
  header: readonly string[] | undefined,
  index: number,
): readonly string[] | undefined {
  const named = header?.findIndex((title, i) => i !== index && NAME_HEADER.test(title.trim())) ?? -1;
  if (named >= 0) return columns[named];
  const texts = columns.filter(
    (values, i) => i !== index && !values.every((value) => value === '' || !Number.isNaN(Number(value))),
  );
  return texts.find((values) => !values.every((value) => WORDNET.test(value))) ?? texts[0];
}

const INDEX_FIRST = /^(\d+)\s*[:.,;)=\t -]\s*(\S.*)$/;
const INDEX_LAST = /^(.*\S)\s*[:,;=\t ]\s*(\d+)$/;

/** One name per line; indices before or after all of them are removed where they count the lines. */
function fromLines(lines: readonly string[], classes: number | undefined): readonly string[] {
  const [first = '', ...rest] = lines;
  const hasHeader =
    NAME_HEADER.test(unquoted(first)) && (classes === undefined ? rest.length > 1 : rest.length === classes);
  const own = hasHeader ? rest : lines;
  for (const [pattern, index, name] of [[INDEX_FIRST, 1, 2] as const, [INDEX_LAST, 2, 1] as const]) {
    const found = own.map((line) => pattern.exec(line));
    const indices = found.map((match) => Number(match?.[index] ?? Number.NaN));
    const names = found.map((match) => unquoted(match?.[name] ?? ''));
    // "class 0, class 1 …" are names that end in numbers, and not indices after a name.
    if (own.length < 2 || !areIndices(indices) || new Set(names).size < names.length) continue;
    return sortedNames(names.map((text, i) => [indices[i] ?? 0, text]));
  }
  return own.map(unquoted);
}

/** Without quotes around the whole line, and with doubled ones inside made single. */
function unquoted(line: string): string {
  const [, quote = '', inner] = /^(["'])(.*)\1,?$/.exec(line.trim()) ?? [];
  return inner === undefined ? line.trim() : inner.replaceAll(quote + quote, quote);
}

/** @throws DataError for a name that is not a printable text, or where there is none */
export function checkNames(file: string, names: readonly unknown[]): readonly string[] {
  const checked = names.map((name, index) => {
    // Names are printed as they are: they must not move a terminal's cursor.
    if (typeof name === 'string' && name.length <= 200 && !/\p{Cc}/u.test(name)) return name;
    throw new DataError(file, 0, `class ${index} is not named by a printable text of at most 200 characters`);
  });
  if (checked.length === 0 || checked.every((name) => name === '')) throw new DataError(file, 0, 'has no class names');
  return checked.map((name, index) => name || `class ${index}`);
}

// The one reader of untrusted JSON: a file, a file's metadata, what a browser stored, a message. Before anything is built
// from it, the text is checked against limits: its length, its depth, duplicate keys (JSON.parse silently keeps the last
// one), keys that mean something else on a JavaScript object, lone surrogates. What is wrong is a DataError with the file's
// name and the byte offset.

import { DataError } from '../runtime/errors.ts';
import { printableName, printableValue } from '../runtime/printable.ts';
import { utf8Length } from './utf8.ts';

/** What JSON can say. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObjectValue = { readonly [key: string]: JsonValue };

export interface JsonLimits {
  /** Characters of text; default 32 million. */
  readonly characters?: number;
  /** Nesting of objects and lists; default 32. */
  readonly depth?: number;
  /** Numbers within lists are whole, 0 or more, and written as such (no `1.0`, `1e3`, `-0`): sizes and offsets. Default false. */
  readonly sizes?: boolean;
  /** What is thrown, for text inside a file; default a DataError. */
  readonly error?: (offset: number, problem: string, options?: ErrorOptions) => Error;
}

export interface ReadJson {
  readonly value: JsonValue;
  /** The byte offset, in the text's UTF-8, of the outermost key `name`; 0 where there is none. */
  offset(name: string): number;
}

const MOST_CHARACTERS = 32_000_000;
/** Far more than any file needs, far less than would exhaust the stack of whatever walks the value. */
const MOST_DEPTH = 32;

/** Keys that mean something else on a JavaScript object; no file needs them. */
export const FORBIDDEN_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** @throws DataError (file, byte offset, problem) */
export const parseJson = (text: string, file: string, limits?: JsonLimits): JsonValue =>
  readJson(text, file, limits).value;

/** The value, and where its outermost keys are. A byte order mark is skipped. @throws DataError */
export function readJson(text: string, file: string, limits: JsonLimits = {}): ReadJson {
  const { characters = MOST_CHARACTERS, error = (...given) => new DataError(file, ...given) } = limits;
  const fail: Fail = (at, problem, cause) => {
    throw error(byteOffset(text, at), problem, cause === undefined ? undefined : { cause });
  };
  if (text.length > characters) fail(0, `${text.length} characters of JSON; at most ${characters} are read`);
  if (!text.isWellFormed()) fail(0, 'a lone surrogate');
  const start = text.startsWith('\ufeff') ? 1 : 0;
  const outermost = scan(text, start, limits, fail);
  return { value: parse(text.slice(start), fail), offset: (name) => byteOffset(text, outermost.get(name) ?? 0) };
}

type Fail = (at: number, problem: string, cause?: unknown) => never;

function parse(text: string, fail: Fail): JsonValue {
  try {
    return JSON.parse(text);
  } catch (cause) {
    return fail(
      0,
      `is not JSON (${cause instanceof Error ? printableName(cause.message) : 'it cannot be parsed'})`,
      cause,
    );
  }
}

/** Walks text that may not be JSON, in one pass and without recursion; gives where the outermost keys are. */
function scan(text: string, start: number, { depth = MOST_DEPTH, sizes = false }: JsonLimits, fail: Fail) {
  const outermost = new Map<string, number>();
  const open: (Set<string> | undefined)[] = []; // the keys of each open object; undefined for a list
  let string = { start: 0, end: 0 };
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === '"') {
      string = { start: at, end: stringEnd(text, at, fail) };
      at = string.end - 1;
    } else if (character === ':') {
      const key = keyOf(text.slice(string.start, string.end), string.start, fail);
      const keys = open.at(-1);
      if (FORBIDDEN_KEYS.includes(key)) fail(string.start, `the key ${printableValue(key)} is not allowed; rename it`);
      if (keys?.has(key)) fail(string.start, `duplicate key ${printableValue(key)}`);
      keys?.add(key);
      if (open.length === 1) outermost.set(key, string.start);
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
      if (open.length > depth) fail(at, `nested more than ${depth} deep`);
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (sizes && open.length > 0 && open.at(-1) === undefined && /[-\d]/.test(character)) {
      const [number = ''] = /^[-+.\deE]+/.exec(text.slice(at, at + 400)) ?? [];
      if (!/^\d+$/.test(number)) fail(at, `${printableName(number)} is not a whole number, 0 or more`);
      at += number.length - 1;
    }
  }
  return outermost;
}

/** The index after the quote that closes the string opened at `start`; the text's end where none does. */
function stringEnd(text: string, start: number, fail: Fail): number {
  let at = start + 1;
  let escaped = false;
  while (at < text.length && text[at] !== '"') {
    escaped ||= text[at] === '\\';
    at += text[at] === '\\' ? 2 : 1;
  }
  const end = Math.min(at + 1, text.length);
  if (escaped && !unescaped(text.slice(start, end)).isWellFormed()) fail(start, 'a lone surrogate');
  return end;
}

/** The text of a JSON string; '' where it is invalid, which JSON.parse reports better later. */
function unescaped(string: string): string {
  try {
    return string.includes('\\') ? JSON.parse(string) : string.slice(1, -1);
  } catch {
    return '';
  }
}

function keyOf(string: string, at: number, fail: Fail): string {
  if (string === '') fail(at, 'is not JSON (a colon without a key)');
  return unescaped(string);
}

/** Bytes of UTF-8 before the character `index` of a text. */
function byteOffset(text: string, index: number): number {
  let bytes = 0;
  for (let at = 0; at < index; ) {
    const code = text.codePointAt(at) ?? 0;
    bytes += utf8Length(code);
    at += code > 0xffff ? 2 : 1;
  }
  return bytes;
}

export const isJsonObject = (value: unknown): value is JsonObjectValue =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object with its keys renamed, in their order; keys that `names` does not have stay. */
export const renameKeys = (
  json: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(json).map(([key, value]) => [names[key] ?? key, value]));

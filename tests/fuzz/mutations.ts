// What is done to a good file so that it becomes a bad one. Every kind has a name; a case is a file, a few kinds and a seed,
// and the same seed makes the same bytes.

import { concatBytes } from '../../src/data/bytes.ts';
import type { Random } from '../../src/runtime/random.ts';

export type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

const below = (random: Random, count: number) => (count <= 0 ? 0 : random.uint32() % count);
const pick = <T>(random: Random, from: readonly T[]): T | undefined => from[below(random, from.length)];

const join = (...parts: readonly Uint8Array[]) => concatBytes(parts);

/** Where something is changed: in the first kilobyte more often than not, which is where headers are. */
const place = (bytes: Uint8Array, random: Random) =>
  below(random, random.uint32() % 4 === 0 ? bytes.length : Math.min(bytes.length, 1024));

/** Numbers at which sizes, signs and precision change. */
const EXTREMES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/** On bytes of any format. */
export const BYTE_MUTATIONS = {
  'bit flips': (bytes, random) => {
    const copy = bytes.slice();
    for (let n = 1 + below(random, 4); n > 0 && copy.length > 0; n--) {
      const at = place(copy, random);
      copy[at] = (copy[at] ?? 0) ^ (1 << below(random, 8));
    }
    return copy;
  },
  'random bytes': (bytes, random) => {
    const copy = bytes.slice();
    const at = place(copy, random);
    for (let i = at; i < Math.min(copy.length, at + 1 + below(random, 16)); i++) copy[i] = random.uint32() & 0xff;
    return copy;
  },
  truncate: (bytes, random) => bytes.slice(0, below(random, bytes.length + 1)),
  extend: (bytes, random) => join(bytes, new Uint8Array(1 + below(random, 300)).fill(random.uint32() & 0xff)),
  'cut out': (bytes, random) => {
    const at = place(bytes, random);
    return join(bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 64)));
  },
  'splice in': (bytes, random) => {
    const at = place(bytes, random);
    const from = place(bytes, random);
    return join(bytes.subarray(0, at), bytes.subarray(from, from + 1 + below(random, 64)), bytes.subarray(at));
  },
  swap: (bytes, random) => {
    const [a = 0, b = 0] = [place(bytes, random), place(bytes, random)].sort((x, y) => x - y);
    const middle = a + Math.floor((b - a) / 2);
    return join(bytes.subarray(0, a), bytes.subarray(middle, b), bytes.subarray(a, middle), bytes.subarray(b));
  },
  'length fields': (bytes, random) => {
    const copy = bytes.slice();
    const size = pick(random, [1, 2, 4, 8]) ?? 4;
    if (copy.length < size) return copy;
    const at = below(random, Math.min(copy.length - size + 1, 64));
    const value = pick(random, [...EXTREMES, copy.length, copy.length + 1, random.uint32()]) ?? 0;
    const view = new DataView(copy.buffer);
    if (size === 8) view.setBigUint64(at, BigInt(value) << BigInt(pick(random, [0, 0, 16, 32]) ?? 0), true);
    else for (let i = 0; i < size; i++) copy[at + i] = value >>> (8 * i);
    return copy;
  },
  'big-endian length fields': (bytes, random) => {
    const copy = bytes.slice();
    if (copy.length >= 4)
      new DataView(copy.buffer).setUint32(below(random, Math.min(copy.length - 3, 32)), pick(random, EXTREMES) ?? 0);
    return copy;
  },
  empty: () => new Uint8Array(),
} satisfies Readonly<Record<string, Mutation>>;

export type TextMutation = (text: string, random: Random) => string;

/** Texts that stand for numbers at the edges of what is one. */
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '0.5',
  '1.0',
  '1e0',
  '1e3',
  '1e308',
  '1e999',
  '-1e999',
  '01',
  '00',
  '.5',
  '5.',
  '+1',
  '0x10',
  'NaN',
  'Infinity',
  '-Infinity',
  '2147483648',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '18446744073709551616',
  '1'.repeat(400),
  '178956971',
  '1000000000',
];
const WORDS = ['null', 'true', 'false', '""', '[]', '{}', '[[]]', '[{}]', '"0"', 'undefined', 'None', 'True'];
const KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'length',
  'hasOwnProperty',
  '',
  '0',
  '-1',
  '\\u0000',
];
/** What a terminal obeys, what is not seen, what is half of something. */
const CHARACTERS = [
  '\x1b[2J',
  '\x07',
  '\x9b31m',
  '\x7f',
  '\\u001b[2J',
  '\\u0000',
  '\\ud800',
  '\\udfff',
  '\ud83d',
  '\u202e',
  '\u200b',
  '\ufeff',
  '\u2028',
  '\n',
  '\r',
  '\t',
  '\\',
  '"',
  "'",
  '한국어',
  '\u{1f600}',
  '\u{e0041}',
];

/** The place of one of the matches, as [start, end]; undefined where there is none. */
function somewhere(text: string, pattern: RegExp, random: Random): readonly [number, number] | undefined {
  const found = [...text.slice(0, 100_000).matchAll(pattern)];
  const match = pick(random, found);
  return match && [match.index, match.index + match[0].length];
}

function replaced(text: string, pattern: RegExp, random: Random, by: (found: string) => string): string {
  const at = somewhere(text, pattern, random);
  return at ? text.slice(0, at[0]) + by(text.slice(...at)) + text.slice(at[1]) : text;
}

const inserted = (text: string, random: Random, what: string) => {
  const at = below(random, text.length + 1);
  return text.slice(0, at) + what + text.slice(at);
};

/** On text that is JSON, or much like it. */
export const TEXT_MUTATIONS = {
  numbers: (text, random) => replaced(text, /-?\d+(\.\d+)?(e[-+]?\d+)?/g, random, () => pick(random, NUMBERS) ?? ''),
  'sizes of zero': (text, random) => text.replace(/\d+/g, (number) => (random.uint32() % 4 === 0 ? '0' : number)),
  values: (text, random) =>
    replaced(text, /"[^"]*"(?!\s*:)|-?\d+(\.\d+)?|true|false|null/g, random, () => pick(random, WORDS) ?? ''),
  keys: (text, random) => replaced(text, /"[^"]*"(?=\s*:)/g, random, () => `"${pick(random, KEYS)}"`),
  'duplicate keys': (text, random) =>
    replaced(text, /"[^"]*"\s*:\s*(-?\d+|"[^"]*"|\[[^[\]]*\]|\{[^{}]*\})/g, random, (found) => `${found},${found}`),
  'members dropped': (text, random) =>
    replaced(text, /,?"[^"]*"\s*:\s*(-?\d+|"[^"]*"|\[[^[\]]*\]|\{[^{}]*\})/g, random, () => ''),
  'lists longer': (text, random) =>
    replaced(
      text,
      /\[[^[\]]*\]/g,
      random,
      (found) =>
        `[${Array(2 + below(random, 2000))
          .fill(found.slice(1, -1) || '1')
          .join(',')
          .slice(0, 20_000)}]`,
    ),
  'deep nesting': (text, random) => {
    const depth = pick(random, [20, 100, 20_000]) ?? 20;
    const [open, close] = pick(random, [
      ['[', ']'],
      ['{"a":', '}'],
    ]) ?? ['[', ']'];
    const deep = `${open.repeat(depth)}1${random.uint32() % 2 ? close.repeat(depth) : ''}`;
    return replaced(text, /-?\d+|"[^"]*"(?!\s*:)/g, random, () => deep);
  },
  characters: (text, random) => inserted(text, random, pick(random, CHARACTERS) ?? ''),
  'characters in names': (text, random) =>
    replaced(text, /[\w.]+/g, random, (found) => inserted(found, random, pick(random, CHARACTERS) ?? '')),
  'names longer': (text, random) =>
    replaced(text, /[a-z_.]{3,}\d*/gi, random, (found) => found.repeat(1 + below(random, 3000)).slice(0, 20_000)),
  'names counted': (text, random) =>
    replaced(text, /\d+(?=\.)/g, random, () => String(pick(random, [0, 1, 2, 99, 1024, 9999, 10 ** 9, 10 ** 20]))),
  punctuation: (text, random) =>
    replaced(text, /[{}[\]:,"]/g, random, () => pick(random, ['{', '}', '[', ']', ':', ',', '"', '']) ?? ''),
} satisfies Readonly<Record<string, TextMutation>>;

/** Where in a file text stands that is worth changing as text: its length is mended after. */
export interface TextPart {
  take(bytes: Uint8Array): string | undefined;
  put(bytes: Uint8Array, text: string): Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** The whole file is text. */
export const WHOLE_TEXT: TextPart = { take: (bytes) => decoder.decode(bytes), put: (_, text) => encoder.encode(text) };

/** A text behind its length: of safetensors, NumPy and our messages. */
export const textBehindLength = (lengthAt: number, lengthBytes: 2 | 4 | 8, start: number): TextPart => {
  const lengthOf = (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (lengthBytes === 8) return Number(view.getBigUint64(lengthAt, true));
    return lengthBytes === 4 ? view.getUint32(lengthAt, true) : view.getUint16(lengthAt, true);
  };
  return {
    take: (bytes) =>
      bytes.length < start ? undefined : decoder.decode(bytes.subarray(start, start + lengthOf(bytes))),
    put: (bytes, text) => {
      const encoded = encoder.encode(text);
      const head = bytes.slice(0, start);
      const view = new DataView(head.buffer);
      if (lengthBytes === 8) view.setBigUint64(lengthAt, BigInt(encoded.length), true);
      else if (lengthBytes === 4) view.setUint32(lengthAt, encoded.length, true);
      else view.setUint16(lengthAt, encoded.length, true);
      return join(head, encoded, bytes.subarray(start + lengthOf(bytes)));
    },
  };
};

/** A bad file of a good one, and what was done to it. */
export function mutate(good: Uint8Array, part: TextPart | undefined, random: Random) {
  let bytes = good;
  const kinds: string[] = [];
  for (let rounds = 1 + below(random, 3); rounds > 0; rounds--) {
    const asText = part !== undefined && random.uint32() % 3 > 0;
    if (asText) {
      const [kind, change] = pick(random, Object.entries<TextMutation>(TEXT_MUTATIONS)) ?? [];
      const text = bytes.length > 200_000 ? undefined : part.take(bytes);
      if (kind === undefined || change === undefined || text === undefined) continue;
      kinds.push(kind);
      bytes = part.put(bytes, change(text, random));
    } else {
      const [kind, change] = pick(random, Object.entries<Mutation>(BYTE_MUTATIONS)) ?? [];
      if (kind === undefined || change === undefined) continue;
      kinds.push(kind);
      bytes = change(bytes, random);
    }
  }
  return { bytes, kinds };
}

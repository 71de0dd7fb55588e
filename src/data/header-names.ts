// Where the names of a JSON header stand. JSON.parse keeps the last of two equal keys and says nothing; in a file's
// header the second one is a mistake or an attack. Works on text that JSON.parse has already accepted.

import { utf8Length } from './utf8.ts';

export interface HeaderNames {
  /** The byte offset, in the header's UTF-8, of the outermost key `name`. */
  offset(name: string): number;
}

/** Far above what any header needs, far below what would exhaust the stack of a recursive JSON.stringify. */
const MAX_DEPTH = 16;

/**
 * Walks every key of every object.
 * @throws what `error` makes of (byte offset, problem) at a key that its object already has, and at nesting too deep.
 */
export function locateNames(
  header: { readonly text: string },
  error: (offset: number, problem: string) => Error,
): HeaderNames {
  const { text } = header;
  const outermost = new Map<string, number>();
  const open: (Set<string> | undefined)[] = []; // the keys of each open object; undefined for an array
  let string = { start: 0, end: 0 };
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        string = { start: at, end: stringEnd(text, at) };
        at = string.end - 1;
        break;
      case ':': {
        const key: string = JSON.parse(text.slice(string.start, string.end));
        const keys = open.at(-1);
        if (keys?.has(key)) throw error(byteOffset(text, string.start), `${JSON.stringify(key)} comes twice`);
        keys?.add(key);
        if (open.length === 1) outermost.set(key, string.start);
        break;
      }
      case '{':
        open.push(new Set());
        break;
      case '[':
        open.push(undefined);
        break;
      case '}':
      case ']':
        open.pop();
        break;
    }
    if (open.length > MAX_DEPTH) throw error(byteOffset(text, at), `nested more than ${MAX_DEPTH} deep`);
  }
  return { offset: (name) => byteOffset(text, outermost.get(name) ?? 0) };
}

/** The index after the quote that closes the string opened at `start`. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Bytes of UTF-8 before the character `index` of a text. */
function byteOffset(text: string, index: number): number {
  let bytes = 0;
  for (const character of text.slice(0, index)) bytes += utf8Length(character.codePointAt(0) ?? 0);
  return bytes;
}

// Text from files, names and messages made safe to print: no character that moves a terminal's cursor, turns the order of
// what is read around or is not seen at all, and no more of it than somebody reads. Every error's message passes through
// here (errors.ts), and everything that the command line prints.

/** A whole message, in bytes of UTF-8. */
export const MESSAGE_BYTES = 2000;
/** A value within a message, in characters: a name, a text, a list. */
export const VALUE_CHARACTERS = 200;

/**
 * Control characters (C0, DEL, C1), format characters (bidi overrides and isolates, zero-width ones, tags, soft hyphens),
 * line and paragraph separators, lone surrogates.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text in one line, with such characters written out: `\n`, `\u001b`, `\u{e0041}`. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escaped);

/** The same, line by line: for text of several lines that is ours to lay out. */
export const printableLines = (text: string): string =>
  text.replace(UNPRINTABLE, (character) => (character === '\n' ? character : escaped(character)));

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).padStart(4, '0');
  return SHORT[character] ?? (code > 0xffff ? `\\u{${hex}}` : `\\u${hex}`);
}

/** At most `most` characters, the middle left out where there are more: how a text begins and how it ends is what tells. */
export function shortened(text: string, most = VALUE_CHARACTERS): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) * 0.6);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}

/** A name or a text from a file, as a message may hold it. */
export const printableName = (text: string): string => shortened(printable(shortened(text)));

/** Any value as a message may hold it: JSON where it has one, printable, cut. Never throws. */
export function printableValue(value: unknown): string {
  if (typeof value === 'string') return printable(JSON.stringify(shortened(value)));
  // JSON has no word for these, or far too many.
  if (typeof value === 'number') return String(value);
  if (typeof value === 'function') return 'a function';
  if (ArrayBuffer.isView(value))
    return `${printable(String(Reflect.get(value, Symbol.toStringTag)))} of ${value.byteLength} bytes`;
  try {
    return shortened(printable(shortened(JSON.stringify(value) ?? String(value), 2 * VALUE_CHARACTERS)));
  } catch {
    // A cycle, a bigint, nesting deeper than the stack.
    return typeof value === 'bigint' ? `${shortened(String(value))}n` : `a value of type ${typeof value}`;
  }
}

/** A whole message: printable, at most MESSAGE_BYTES; in one line, unless `escaping` keeps lines apart. */
export function printableMessage(text: string, escaping: (text: string) => string = printable): string {
  const line = escaping(shortened(text, 2 * MESSAGE_BYTES));
  let most = MESSAGE_BYTES;
  let cut = shortened(line, most);
  // Characters take one to three bytes each, a pair of surrogates four.
  for (let bytes = utf8Bytes(cut); bytes > MESSAGE_BYTES; bytes = utf8Bytes(cut)) {
    most = Math.floor((most * MESSAGE_BYTES) / bytes) - 2;
    cut = shortened(line, most);
  }
  // The cut may have parted a pair.
  return escaping(cut);
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A surrogate that is left alone is written out in six characters.
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : unit >= 0xd800 && unit < 0xe000 ? 6 : 3;
  }
  return bytes;
}

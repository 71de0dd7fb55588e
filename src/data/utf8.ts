// UTF-8 to text, strictly, for file headers, and back. The core may use neither the DOM's TextDecoder nor Node's Buffer, and a
// decoder that says where the bytes stop being UTF-8 gives better errors anyway.

/** Text, or the index of the byte that is not UTF-8: overlong forms, surrogates and truncated sequences included. */
export function decodeUtf8(bytes: Uint8Array): { readonly text: string } | { readonly invalidAt: number } {
  const parts: string[] = [];
  const units = new Uint16Array(8192);
  let used = 0;
  for (let at = 0; at < bytes.length; ) {
    const code = codePointAt(bytes, at);
    if (code < 0) return { invalidAt: at };
    if (code > 0xffff) {
      units[used++] = 0xd800 + ((code - 0x10000) >> 10);
      units[used++] = 0xdc00 + ((code - 0x10000) & 0x3ff);
    } else {
      units[used++] = code;
    }
    at += utf8Length(code);
    if (used > units.length - 2 || at >= bytes.length) {
      parts.push(String.fromCharCode(...units.subarray(0, used)));
      used = 0;
    }
  }
  return { text: parts.join('') };
}

/** By how many bytes follow it. */
const FIRST_BYTE = [0, 0xc0, 0xe0, 0xf0];

/** Text as UTF-8, as TextEncoder has it: a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (const character of text.toWellFormed()) {
    const code = character.codePointAt(0) ?? 0;
    const more = utf8Length(code) - 1;
    // The first byte's high bits count the bytes; six bits lie in each that follows.
    bytes.push((FIRST_BYTE[more] ?? 0) | (code >> (6 * more)));
    for (let i = more - 1; i >= 0; i--) bytes.push(0x80 | ((code >> (6 * i)) & 0x3f));
  }
  return Uint8Array.from(bytes);
}

/** Bytes that UTF-8 takes for a code point. */
export function utf8Length(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** The code point whose bytes begin at `at`, or -1. */
function codePointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0xff;
  if (lead < 0x80) return lead;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0) return -1;
  let code = lead & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i] ?? 0;
    if ((next & 0xc0) !== 0x80) return -1;
    code = (code << 6) | (next & 0x3f);
  }
  const surrogate = code >= 0xd800 && code <= 0xdfff;
  return surrogate || code > 0x10ffff || utf8Length(code) !== length ? -1 : code;
}

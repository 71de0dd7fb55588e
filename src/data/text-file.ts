// The text of a file in an unknown encoding: UTF-8 with or without a byte order mark, UTF-16 with one, or Windows-1252 (which
// includes Latin-1's letters). Strict, where an error can be told: a name with a replacement character in it is not a name.

import { DataError } from '../runtime/errors.ts';
import { refuseOtherKind } from './file-kind.ts';
import { decodeUtf8 } from './utf8.ts';

export type TextEncoding = 'UTF-8' | 'UTF-16' | 'Windows-1252';

export interface TextFile {
  readonly name: string;
  readonly text: string;
  readonly encoding: TextEncoding;
}

/** What Windows-1252 has at 0x80 to 0x9f, where Latin-1 has control characters. */
const WINDOWS = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** @throws DataError where the bytes are another kind of file, or not a text in any of these encodings */
export function readTextFile(bytes: Uint8Array, name: string): TextFile {
  refuseOtherKind(bytes, name, 'text');
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  if (little || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return { name, text: utf16(bytes.subarray(2), little), encoding: 'UTF-16' };
  }
  const decoded = decodeUtf8(bytes);
  if ('text' in decoded) return { name, text: decoded.text.replace(/^\uFEFF/, ''), encoding: 'UTF-8' };
  const nul = bytes.indexOf(0);
  if (nul >= 0) throw new DataError(name, nul, 'is not a text file: it has a zero byte');
  return { name, text: windows1252(bytes), encoding: 'Windows-1252' };
}

function utf16(bytes: Uint8Array, little: boolean): string {
  const unit = (at: number) => ((bytes[at + (little ? 1 : 0)] ?? 0) << 8) | (bytes[at + (little ? 0 : 1)] ?? 0);
  return inParts(Math.floor(bytes.length / 2), (i) => unit(2 * i));
}

const windows1252 = (bytes: Uint8Array): string =>
  inParts(bytes.length, (i) => {
    const byte = bytes[i] ?? 0;
    return byte >= 0x80 && byte < 0xa0 ? WINDOWS.charCodeAt(byte - 0x80) : byte;
  });

function inParts(length: number, unit: (i: number) => number): string {
  const parts: string[] = [];
  for (let start = 0; start < length; start += 4096) {
    const count = Math.min(4096, length - start);
    parts.push(String.fromCharCode(...Array.from({ length: count }, (_, i) => unit(start + i))));
  }
  return parts.join('');
}

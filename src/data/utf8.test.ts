// UTF-8: TextDecoder, which hosts have and the core may not use, is the truth.
import { describe, expect, it } from 'vitest';
import { createRandom } from '../runtime/random.ts';
import { decodeUtf8, encodeUtf8, utf8Length } from './utf8.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function truth(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

describe('encodeUtf8', () => {
  it('writes what TextEncoder writes, of every length and of lone surrogates', () => {
    const random = createRandom(11);
    const text = (from: number, to: number) => String.fromCodePoint(from + (random.uint32() % (to - from)));
    const ranges = [
      [0, 0x80] as const,
      [0x80, 0x800] as const,
      [0x800, 0x10000] as const,
      [0x10000, 0x110000] as const,
    ];
    for (let i = 0; i < 500; i++) {
      const mixed = ranges.map(([from, to]) => text(from, to)).join('');
      expect(encodeUtf8(mixed)).toEqual(new TextEncoder().encode(mixed));
    }
    for (const edge of ['', '\x7f\x80\u07ff\u0800\uffff\u{10000}\u{10ffff}', 'a\ud800b', '\udc00']) {
      expect(encodeUtf8(edge)).toEqual(new TextEncoder().encode(edge));
    }
  });
});

describe('decodeUtf8', () => {
  it.each(['', 'ascii', 'é ß', '漢字', '\ufeffmark', '😀 past the first plane', 'x😀'.repeat(9000)])(
    'reads %s',
    (text) => {
      expect(decodeUtf8(new TextEncoder().encode(text))).toEqual({ text });
    },
  );

  it.each([
    ['an overlong form', [0x41, 0xc0, 0x80], 1],
    ['an overlong form of three', [0xe0, 0x80, 0x80], 0],
    ['a surrogate', [0x41, 0x42, 0xed, 0xa0, 0x80], 2],
    ['a code past the last', [0xf4, 0x90, 0x80, 0x80], 0],
    ['a cut sequence', [0x41, 0xe6, 0xbc], 1],
    ['a lone continuation', [0x80], 0],
  ])('refuses %s at its byte', (_, bytes, invalidAt) => {
    expect(decodeUtf8(Uint8Array.from(bytes))).toEqual({ invalidAt });
  });

  it('agrees with TextDecoder on random bytes', () => {
    const random = createRandom(4);
    for (let round = 0; round < 3000; round++) {
      const bytes = Uint8Array.from({ length: 1 + (round % 4) }, (_, i) => {
        const byte = random.uint32() & 0xff;
        return round % 2 && i > 0 ? 0x80 | (byte & 0x3f) : byte; // every second time, continuations all along
      });
      const decoded = decodeUtf8(bytes);
      expect('text' in decoded ? decoded.text : undefined).toBe(truth(bytes));
    }
  });

  it('counts bytes as TextEncoder does', () => {
    for (const text of ['a', 'é', '漢', '😀']) {
      expect(utf8Length(text.codePointAt(0) ?? 0)).toBe(new TextEncoder().encode(text).length);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { DataError } from '../runtime/errors.ts';
import { attachment, decodeMessage, encodeMessage, message } from './message.ts';

const floats = new Float32Array([1, -2.5, 3e-7]);
const sample = message(
  { nested: [1, null, 'ö', { deep: true }], empty: {} },
  { weights: new Uint8Array(floats.buffer), none: new Uint8Array(0), 'odd name/π': Uint8Array.of(1, 2, 3, 4, 5) },
);

/** A small generator, so that a failure can be repeated. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

describe('message', () => {
  it('comes back as it was sent', () => {
    const back = decodeMessage(encodeMessage(sample));
    expect(back.head).toEqual(sample.head);
    expect([...back.attachments]).toEqual([...sample.attachments]);
  });

  it('gives attachments that typed arrays can view in place', () => {
    const bytes = attachment(decodeMessage(encodeMessage(sample)), 'weights');
    expect(new Float32Array(bytes.buffer, bytes.byteOffset, 3)).toEqual(floats);
    for (const name of sample.attachments.keys())
      expect(attachment(decodeMessage(encodeMessage(sample)), name).byteOffset % 8).toBe(0);
  });

  it('keeps names that objects treat as their own', () => {
    const odd = message(null, new Map([['__proto__', Uint8Array.of(7)]]));
    expect(attachment(decodeMessage(encodeMessage(odd)), '__proto__')).toEqual(Uint8Array.of(7));
  });

  it('names the attachments there are when one is missing', () => {
    expect(() => attachment(sample, 'weight')).toThrow(/"weight" \(there: weights, none/);
  });

  it('refuses every frame that is cut short', () => {
    const frame = encodeMessage(sample);
    for (let length = 0; length < frame.byteLength; length++)
      expect(() => decodeMessage(frame.subarray(0, length)), `${length} bytes`).toThrow(DataError);
    const withoutLast = frame.subarray(0, frame.byteLength - 8);
    expect(() => decodeMessage(withoutLast)).toThrow(/attachment "odd name\/π" is cut short/);
  });

  it('refuses what follows the last attachment, lengths that do not fit and names used twice', () => {
    const frame = encodeMessage(sample);
    expect(() => decodeMessage(Uint8Array.of(...frame, ...new Uint8Array(8)))).toThrow(DataError);
    const withHead = (json: string) => {
      const bytes = new Uint8Array(Math.ceil((8 + json.length) / 8) * 8);
      bytes.set(encodeMessage(message(null)).subarray(0, 4));
      new DataView(bytes.buffer).setUint32(4, json.length, true);
      bytes.set(new TextEncoder().encode(json), 8);
      return bytes;
    };
    expect(decodeMessage(withHead('{"head":1,"attachments":[]}')).head).toBe(1);
    for (const attachments of [
      '[["a",-1]]',
      '[["a",1e300]]',
      '[["a",0.5]]',
      '[["a",8]]',
      '[["a",0],["a",0]]',
      '{}',
      '1',
    ])
      expect(() => decodeMessage(withHead(`{"head":1,"attachments":${attachments}}`)), attachments).toThrow(DataError);
  });

  it('survives any bytes: a message or a DataError', () => {
    const next = random(7);
    const frame = encodeMessage(sample);
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      const bytes = frame.slice();
      for (let flips = 1 + (next.next().value % 4); flips > 0; flips--) {
        const at = next.next().value % (round % 2 ? 16 : bytes.byteLength);
        bytes[at] = next.next().value;
      }
      try {
        decodeMessage(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1500);
  });
});

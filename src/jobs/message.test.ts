import { describe, expect, it } from 'vitest';
import { DataError } from '../runtime/errors.ts';
import { decodeMessage, encodeMessage } from './message.ts';

const weights = new Float32Array([1, -2.5, 3e-7]);
const sample = {
  nested: [1, null, 'ö', { deep: true }],
  empty: {},
  weights,
  list: [{ none: new Uint8Array(0) }, Int32Array.of(-1, 2)],
  'odd name/π': Uint8Array.of(1, 2, 3, 4, 5),
};

/** A frame with this JSON and nothing behind it. */
function frameOf(json: string, body = new Uint8Array(0)): Uint8Array {
  const start = Math.ceil((8 + json.length) / 8) * 8;
  const bytes = new Uint8Array(start + body.length);
  bytes.set(encodeMessage(null).subarray(0, 4));
  new DataView(bytes.buffer).setUint32(4, json.length, true);
  bytes.set(new TextEncoder().encode(json), 8);
  bytes.set(body, start);
  return bytes;
}

/** A small generator, so that a failure can be repeated. */
function* random(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state;
  }
}

const headWith = (marker: string) => `{"head":{"$":${marker}},"attachments":[]}`;

describe('a message', () => {
  it('comes back as it was sent', () => {
    expect(decodeMessage(encodeMessage(sample))).toEqual(sample);
  });

  it.each([
    ['numbers that are not finite', [Number.NaN, Number.POSITIVE_INFINITY, { a: Number.NEGATIVE_INFINITY }]],
    ['nothing', undefined],
    ['nothing in a list', [1, undefined]],
    [
      'a map with arrays in it',
      new Map<unknown, unknown>([
        ['a', { values: weights }],
        [2, new Map()],
      ]),
    ],
    ['each kind of array', [new Int8Array(1), new Uint8ClampedArray(3), new Uint16Array(1), new Float64Array(2)]],
    ['what stands for something itself', { $: ['array'], b: { $: 1, c: weights } }],
  ])('carries %s', (_, value) => {
    expect(decodeMessage(encodeMessage(value))).toEqual(value);
  });

  it('leaves out fields that are undefined, as JSON does', () => {
    expect(Object.keys(decodeMessage(encodeMessage({ a: undefined, b: 1 })) ?? {})).toEqual(['b']);
  });

  it('carries a view alone, whatever it is a view of', () => {
    const value = decodeMessage(encodeMessage(Uint8Array.of(1, 2, 3, 4).subarray(1, 3)));
    expect(value).toEqual(Uint8Array.of(2, 3));
    expect(decodeMessage(encodeMessage(Buffer.from('ab')))).toEqual(Uint8Array.of(97, 98));
  });

  it.each([
    ['a function', () => 1],
    ['a bigint', 1n],
    ['a buffer', new ArrayBuffer(1)],
    ['a DataView', new DataView(new ArrayBuffer(1))],
    ['a set', new Set()],
  ])('is not made of %s', (_, value) => {
    expect(() => encodeMessage({ a: [value] })).toThrow(TypeError);
  });

  it('gives typed arrays in place, and of a frame that is not aligned copies', () => {
    const read = (frame: Uint8Array) => {
      const value = decodeMessage(frame);
      if (!(value instanceof Float32Array)) throw new TypeError('is no array');
      return value;
    };
    const frame = encodeMessage(weights);
    expect(read(frame)).toEqual(weights);
    expect(read(frame).buffer).toBe(frame.buffer);
    expect(read(frame).byteOffset % 8).toBe(0);
    const apart = new Uint8Array(frame.length + 1);
    apart.set(frame, 1);
    expect(read(apart.subarray(1))).toEqual(weights);
  });

  it('keeps names that objects treat as their own, in a map', () => {
    const odd = new Map([['__proto__', Uint8Array.of(7)]]);
    expect(decodeMessage(encodeMessage(odd))).toEqual(odd);
  });

  it('refuses every frame that is cut short', () => {
    const frame = encodeMessage(sample);
    for (let length = 0; length < frame.byteLength; length++)
      expect(() => decodeMessage(frame.subarray(0, length)), `${length} bytes`).toThrow(DataError);
    const withoutLast = frame.subarray(0, frame.byteLength - 8);
    expect(() => decodeMessage(withoutLast)).toThrow(/attachment 3 of 4 is cut short/);
  });

  it('refuses what follows the last attachment, and lengths that do not fit', () => {
    const frame = encodeMessage(sample);
    expect(() => decodeMessage(Uint8Array.of(...frame, ...new Uint8Array(8)))).toThrow(DataError);
    expect(decodeMessage(frameOf('{"head":1,"attachments":[]}'))).toBe(1);
    for (const attachments of [
      '[["Uint8Array",-1]]',
      '[["Uint8Array",1e300]]',
      '[["Uint8Array",0.5]]',
      '[["Uint8Array",8]]',
      '[["Float32Array",3]]',
      '[["DataView",0]]',
      '[["constructor",0]]',
      '[["Uint8Array"]]',
      '{}',
      '1',
    ])
      expect(() => decodeMessage(frameOf(`{"head":1,"attachments":${attachments}}`)), attachments).toThrow(DataError);
  });

  it('refuses a head that names more attachments than there are, or fewer, or anything that stands for nothing', () => {
    expect(decodeMessage(frameOf('{"head":{"$":["array"]},"attachments":[["Uint8Array",0]]}'))).toEqual(
      new Uint8Array(),
    );
    for (const json of [
      '{"head":{"$":["array"]},"attachments":[]}',
      '{"head":[{"$":["array"]},{"$":["array"]}],"attachments":[["Uint8Array",0]]}',
      '{"head":1,"attachments":[["Uint8Array",0]]}',
      ...['1', '[]', '["arrays"]', '["array",0]', '["number"]', '["number","1"]', '["undefined",1]'].map(headWith),
      ...['["map"]', '["map",[1]]', '["map",[[1]]]', '["object",[[1,2]]]', '["object",[["a",1]]]'].map(headWith),
      '{"head":{"$":["undefined"],"a":1},"attachments":[]}',
      '{"attachments":[]}',
      '[1]',
    ])
      expect(() => decodeMessage(frameOf(json)), json).toThrow(DataError);
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

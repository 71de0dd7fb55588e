// safetensors: a file as PyTorch's side writes it, every way a header can be wrong, and damage at random.
import { describe, expect, it } from 'vitest';
import { DataError, StateError } from '../runtime/errors.ts';
import { createRandom } from '../runtime/random.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { float32Tensor, int32Tensor, type Tensor, toFloat32, toInt32 } from './tensor.ts';

/** A file with this header, padded by spaces or not, and data that count up from 1. */
function fileOf(header: unknown, dataBytes: number, pad = ''): Uint8Array {
  const text = (typeof header === 'string' ? header : JSON.stringify(header)) + pad;
  const head = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + head.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
  file.set(head, 8);
  for (let i = 0; i < dataBytes; i++) file[8 + head.length + i] = i + 1;
  return file;
}

const f32 = (shape: readonly unknown[], ...data_offsets: unknown[]) => ({ dtype: 'F32', shape, data_offsets });

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('readSafetensors', () => {
  it('reads what make_golden.py writes', () => {
    const header =
      '{"__metadata__": {"config": "{\\"stem\\": \\"cifar \\\\u00e9\\"}", "torch": "1.13"}, "b.weight": {"dtype": "F32", ' +
      '"shape": [2, 2], "data_offsets": [0, 16]}, "labels": {"dtype": "I32", "shape": [2], "data_offsets": [16, 24]}, ' +
      '"a": {"dtype": "F32", "shape": [0], "data_offsets": [24, 24]}}       ';
    const file = fileOf(header, 24);
    file.set(new Uint8Array(Float32Array.of(1.5, -2, 0, 3.25).buffer), file.length - 24);
    file.set(new Uint8Array(Int32Array.of(7, -1).buffer), file.length - 8);
    const { metadata, tensors } = readSafetensors(file, 'golden');
    expect({ ...metadata }).toEqual({ config: '{"stem": "cifar \\u00e9"}', torch: '1.13' });
    expect([...tensors.keys()]).toEqual(['b.weight', 'labels', 'a']);
    const get = (name: string) => tensors.get(name) ?? expect.unreachable(name);
    expect(get('b.weight').shape).toEqual([2, 2]);
    expect([...toFloat32(get('b.weight'))]).toEqual([1.5, -2, 0, 3.25]);
    expect([...toInt32(get('labels'))]).toEqual([7, -1]);
    expect(get('a').bytes).toHaveLength(0);
  });

  it('copies nothing, and reads a file inside a larger buffer', () => {
    const file = fileOf({ a: f32([1], 0, 4) }, 4);
    const padded = new Uint8Array(file.length + 20).fill(255);
    padded.set(file, 3);
    const { bytes } = readSafetensors(padded.subarray(3, 3 + file.length), 'f').tensors.get('a') as Tensor;
    expect(bytes.buffer).toBe(padded.buffer);
    expect([...bytes]).toEqual([1, 2, 3, 4]);
  });

  it('reads no tensor, a scalar, an empty shape and metadata that read like methods', () => {
    expect(readSafetensors(fileOf({}, 0), 'f').tensors.size).toBe(0);
    expect(readSafetensors(fileOf({ a: f32([], 0, 4) }, 4), 'f').tensors.get('a')?.shape).toEqual([]);
    expect(readSafetensors(fileOf({ a: f32([3, 0, 2], 0, 0) }, 0), 'f').tensors.get('a')?.bytes).toHaveLength(0);
    expect(readSafetensors(fileOf({}, 0), 'f').metadata.toString).toBeUndefined();
  });

  const cut = fileOf({ a: f32([1], 0, 4) }, 4);
  it.each<[string, Uint8Array, number, RegExp]>([
    ['an empty file', new Uint8Array(), 0, /is empty; a safetensors file is needed/],
    ['a header cut short', cut.slice(0, 20), 20, /truncated: the header is 54 bytes, 12 are there/],
    ['data cut short', cut.slice(0, -1), 9, /"a": ends at byte 4 of the data, of which there are 3/],
    ['a header of 2^64 - 1 bytes', new Uint8Array(16).fill(255), 0, /at most 100000000/],
    ['an array for a header', fileOf('[1]', 0), 8, /not a JSON object/],
    ['no JSON', fileOf('{"a" 1}', 0), 8, /not JSON/],
    ['no UTF-8', fileOf('{"a":1}', 0).map((byte) => (byte === 0x61 ? 0xff : byte)), 10, /not UTF-8/],
    ['nesting past reason', fileOf(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, 0), 28, /nested more than 16 deep/],
    ['a duplicate name', fileOf('{"é":0, "a":{}, "a":{}}', 0), 25, /duplicate key "a"/],
    ['a duplicate name, once escaped', fileOf('{"a":{}, "\\u0061":{}}', 0), 17, /duplicate key "a"/],
    ['a duplicate key inside a tensor', fileOf('{"a":{"dtype":"F32","dtype":"F32"}}', 0), 28, /duplicate key "dtype"/],
    ['__proto__ as a tensor', fileOf('{"__proto__":{}}', 0), 9, /"__proto__" is not allowed/],
    ['constructor as a tensor', fileOf('{"constructor":{}}', 0), 9, /"constructor" is not allowed/],
    ['__proto__ in the metadata', fileOf('{"__metadata__":{"__proto__":""}}', 0), 25, /"__proto__" is not allowed/],
    ['metadata that are not an object', fileOf({ __metadata__: 'x' }, 0), 9, /not an object of strings/],
    ['metadata that are a number', fileOf({ __metadata__: { a: 1 } }, 0), 9, /"a" is not a string/],
    ['a tensor that is a list', fileOf({ a: [] }, 0), 9, /"a": not an object/],
    ['an unknown type', fileOf({ a: { ...f32([1], 0, 4), dtype: 'F8' } }, 4), 9, /dtype "F8" is not one of F64, I64/],
    ['a type named like a method', fileOf({ a: { ...f32([1], 0, 4), dtype: 'toString' } }, 4), 9, /dtype "toString"/],
    ['no shape', fileOf({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4), 9, /shape missing/],
    ['a fraction in the shape', fileOf({ a: f32([0.5], 0, 2) }, 2), 37, /0.5 is not a whole number/],
    ['a negative size', fileOf({ a: f32([-1, -1], 0, 4) }, 4), 37, /-1 is not a whole number/],
    ['a size as text', fileOf({ a: f32(['1'], 0, 4) }, 4), 9, /shape \["1"\]/],
    ['a shape that overflows', fileOf({ a: f32([2 ** 32, 2 ** 32], 0, 0) }, 0), 9, /overflows/],
    [
      'a size past the exact integers',
      fileOf('{"a":{"dtype":"U8","shape":[1e300],"data_offsets":[0,0]}}', 0),
      36,
      /1e300 is not a whole number/,
    ],
    ['offsets of three', fileOf({ a: f32([1], 0, 4, 4) }, 4), 9, /not two whole numbers/],
    ['offsets backwards', fileOf({ a: f32([1], 4, 0) }, 4), 9, /run backwards/],
    ['offsets past the end', fileOf({ a: f32([2], 0, 8) }, 4), 9, /ends at byte 8/],
    [
      'a shape that is not the length',
      fileOf({ a: f32([2], 0, 4) }, 4),
      9,
      /F32 \[2\] needs 8 bytes, data_offsets give 4/,
    ],
    [
      'a hole',
      fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12),
      62,
      /"b": starts at byte 8.*bytes 4 to 8 belong to no tensor/,
    ],
    ['a hole at the front', fileOf({ a: f32([1], 4, 8) }, 8), 9, /bytes 0 to 4 belong/],
    ['an overlap', fileOf({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8), 62, /"b": starts at byte 4.*inside another/],
    ['the same bytes twice', fileOf({ a: f32([1], 0, 4), b: f32([1], 0, 4) }, 4), 62, /inside another/],
    ['bytes after the last tensor', fileOf({ a: f32([1], 0, 4) }, 6), 66, /2 bytes follow/],
  ])('refuses %s', (_, file, offset, problem) => {
    const error = thrownBy(() => readSafetensors(file, 'f'));
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ file: 'f', offset, message: expect.stringMatching(problem) });
  });

  it('survives random damage: it reads or throws a DataError', () => {
    const random = createRandom(11);
    const valid = writeSafetensors(example(), { config: '{"growth":12}', epoch: '3' });
    const headerEnd = 8 + Number(new DataView(valid.buffer).getBigUint64(0, true));
    let refused = 0;
    for (let round = 0; round < 400; round++) {
      const damaged = valid.slice(0, round % 4 === 0 ? random.uint32() % valid.length : valid.length);
      for (let flips = random.uint32() % 4; flips >= 0 && damaged.length > 0; flips--) {
        const at = random.uint32() % Math.min(damaged.length, headerEnd);
        // Every second time a character that JSON knows, so that more than the syntax is tried.
        damaged[at] = round % 2 ? random.uint32() & 0xff : '0123456789"{}[]:,-e.\\u '.charCodeAt(random.uint32() % 23);
      }
      const error = thrownBy(() => readSafetensors(damaged, 'f'));
      if (error === undefined) continue;
      refused++;
      expect(error).toBeInstanceOf(DataError);
      const { offset } = error as DataError;
      expect(offset >= 0 && offset <= damaged.length).toBe(true);
    }
    expect(refused).toBeGreaterThan(200);
    expect(refused).toBeLessThan(400);
  });
});

function example(): Map<string, Tensor> {
  return new Map<string, Tensor>([
    ['labels', int32Tensor([3], Int32Array.of(1, 2, 3))],
    ['features.norm0.weight', float32Tensor([2], Float32Array.of(0.5, -1))],
    ['mask', { dtype: 'BOOL', shape: [1, 1], bytes: Uint8Array.of(1) }],
    ['features.norm0.num_batches_tracked', { dtype: 'I64', shape: [], bytes: new Uint8Array(8).fill(1) }],
    ['nothing', float32Tensor([0, 4], new Float32Array())],
    ['1', float32Tensor([1], Float32Array.of(7))],
    ['größe 😀', float32Tensor([1], Float32Array.of(8))],
  ]);
}

describe('writeSafetensors', () => {
  const metadata = { config: '{"a":"ü"}', 7: 'seven', b: '' };

  it('writes what it reads', () => {
    const read = readSafetensors(writeSafetensors(example(), metadata), 'f');
    expect({ ...read.metadata }).toEqual(metadata);
    expect(new Map([...read.tensors].toSorted())).toEqual(new Map([...example()].toSorted()));
  });

  it('gives the same bytes in whatever order the content was collected', () => {
    const reversed = new Map([...example()].toReversed());
    const other = { b: '', 7: 'seven', config: '{"a":"ü"}' };
    expect(writeSafetensors(reversed, other)).toEqual(writeSafetensors(example(), metadata));
  });

  it('aligns every tensor to its element, after a header of ASCII', () => {
    const file = writeSafetensors(example(), metadata);
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(file.subarray(8, 8 + length).every((byte) => byte >= 0x20 && byte < 0x7f)).toBe(true);
    for (const { dtype, bytes } of readSafetensors(file, 'f').tensors.values()) {
      expect(bytes.byteOffset % (dtype === 'I64' ? 8 : dtype === 'BOOL' ? 1 : 4)).toBe(0);
    }
  });

  it.each<[string, Tensor]>([
    ['short', float32Tensor([3], new Float32Array(2))],
    ['fraction', float32Tensor([0.5], new Float32Array(1))],
    ['__metadata__', float32Tensor([1], new Float32Array(1))],
    ['__proto__', float32Tensor([1], new Float32Array(1))],
  ])('refuses a tensor that no reader would take: %s', (name, tensor) => {
    expect(() => writeSafetensors(new Map([[name, tensor]]))).toThrow(StateError);
  });
});

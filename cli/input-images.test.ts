import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../src/data/safetensors.ts';
import { float32Tensor } from '../src/data/tensor.ts';
import { DataError } from '../src/runtime/errors.ts';
import { checkFinite, checkShape, isTensorFile, readTensorInput } from './input-images.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-tensors-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tensor = (...shape: number[]) =>
  float32Tensor(
    shape,
    Float32Array.from({ length: shape.reduce((n, s) => n * s, 1) }, (_, i) => i),
  );
function file(name: string, ...tensors: [string, ReturnType<typeof tensor>][]): string {
  const path = join(folder, `${name}.safetensors`);
  writeFileSync(path, writeSafetensors(new Map(tensors)));
  return path;
}

describe('tensors as inputs', () => {
  it('are told from pictures by their names', () => {
    expect(['a.npy', 'b.SAFETENSORS', 'c.png', 'npy'].map(isTensorFile)).toEqual([true, true, false, false]);
  });

  it('are the only tensor of a file, or the one called input; one image needs no N', async () => {
    expect(await readTensorInput(file('one', ['x', tensor(2, 3, 4, 5)]))).toMatchObject({
      count: 2,
      channels: 3,
      height: 4,
      width: 5,
    });
    const named = await readTensorInput(file('named', ['input', tensor(1, 4, 5)], ['other', tensor(2)]));
    expect(named).toMatchObject({ count: 1, channels: 1, height: 4, width: 5 });
    expect(named.values.at(-1)).toBe(19);
  });

  it.each([
    ['two and none called input', file('two', ['a', tensor(1, 1, 1, 1)], ['b', tensor(1)]), /2 tensors/],
    ['a matrix', file('matrix', ['a', tensor(3, 3)]), /shape \[3,3\]; expected are images/],
    ['nothing in it', file('empty', ['a', tensor(0, 3, 4, 4)]), /expected are images/],
  ])('%s is refused', async (_, path, words) => {
    await expect(readTensorInput(path)).rejects.toThrow(DataError);
    await expect(readTensorInput(path)).rejects.toThrow(words);
  });

  it('are fractions: bytes and whole numbers are not normalised', async () => {
    const bytes = { dtype: 'U8', shape: [1, 1, 2, 2], bytes: new Uint8Array(4) } as const;
    await expect(readTensorInput(file('bytes', ['x', bytes]))).rejects.toThrow(/type U8; expected are normalised/);
  });

  it('have the size that is wanted; NHWC is called by that name', async () => {
    const input = await readTensorInput(file('s', ['x', tensor(2, 4, 5, 3)]));
    expect(checkShape(input, { channels: 4, height: 5, width: 3 })).toBe(input);
    expect(() => checkShape(input, { channels: 4, height: 5, width: 5 })).toThrow(
      /s\.safetensors" holds images \[C,H,W\] of \[4,5,3\], expected \[4,5,5\]$/,
    );
    expect(() => checkShape(input, { channels: 3, height: 4, width: 5 })).toThrow(/NHWC/);
  });

  it('are finite', () => {
    const size = { channels: 2, height: 3, width: 4 };
    const values = new Float32Array(24);
    expect(() => checkFinite(values, size, 'x.npy')).not.toThrow();
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      values[12 + 2 * 4 + 3] = value;
      expect(() => checkFinite(values, size, 'image 1 of x.npy')).toThrow(
        `image 1 of x.npy: the value at [1, 2, 3] (channel, row, column) is ${value}: the input is not finite`,
      );
    }
  });
});

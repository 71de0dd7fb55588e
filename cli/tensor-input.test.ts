import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../src/data/safetensors.ts';
import { float32Tensor } from '../src/data/tensor.ts';
import { ConfigError, DataError } from '../src/runtime/errors.ts';
import { commonSize, isTensorFile, readTensorInput } from './tensor-input.ts';

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
      ...{ count: 2, channels: 3, height: 4, width: 5 },
    });
    const named = await readTensorInput(file('named', ['input', tensor(1, 4, 5)], ['other', tensor(2)]));
    expect(named).toMatchObject({ count: 1, channels: 1, height: 4, width: 5 });
    expect(named.values.at(-1)).toBe(19);
  });

  it.each([
    ['two and none called input', file('two', ['a', tensor(1, 1, 1, 1)], ['b', tensor(1)]), /2 tensors/],
    ['a matrix', file('matrix', ['a', tensor(3, 3)]), /shape \[3,3\]; images are/],
    ['nothing in it', file('empty', ['a', tensor(0, 3, 4, 4)]), /images are/],
  ])('%s is refused', async (_, path, words) => {
    await expect(readTensorInput(path)).rejects.toThrow(DataError);
    await expect(readTensorInput(path)).rejects.toThrow(words);
  });

  it('have one size', async () => {
    const inputs = await Promise.all(
      [file('s', ['x', tensor(1, 3, 4, 5)]), file('t', ['x', tensor(3, 5, 5)])].map(readTensorInput),
    );
    expect(commonSize(inputs.slice(0, 1))).toEqual({ height: 4, width: 5 });
    expect(() => commonSize(inputs)).toThrow(ConfigError);
    expect(() => commonSize(inputs)).toThrow(/t\.safetensors" is 3x5x5, and .*3x4x5/);
  });
});

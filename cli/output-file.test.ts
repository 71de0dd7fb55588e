import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkOutput, writeWhole } from './output-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-output-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a file is replaced whole, and nothing else is left', async () => {
  const file = join(folder, 'a.bin');
  writeFileSync(file, 'before');
  await checkOutput('--out', file);
  await writeWhole(file, new Uint8Array([1, 2, 3]));
  expect([...readFileSync(file)]).toEqual([1, 2, 3]);
  expect(readdirSync(folder)).toEqual(['a.bin']);
});

test('what cannot be written is said beforehand', async () => {
  mkdirSync(join(folder, 'in-the-way'));
  await expect(checkOutput('--out', join(folder, 'nowhere/a.bin'))).rejects.toThrow(/^--out: .* no such folder/);
  await expect(checkOutput('--out', join(folder, 'in-the-way'))).rejects.toThrow(/it is there and not a file/);
});

test('a failed write leaves nothing behind', async () => {
  const before = readdirSync(folder);
  await expect(writeWhole(join(folder, 'in-the-way'), new Uint8Array(1))).rejects.toThrow(/cannot be written/);
  expect(readdirSync(folder)).toEqual(before);
});

// A file of rows: whole under its name or not there, and never over something else unasked.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { RowFile, standardOutput } from './row-output.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-row-output-'));
const folder = join(root, 'out');
const path = join(folder, 'rows.csv');
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  messages.length = 0;
});
afterAll(() => rmSync(root, { recursive: true }));

const messages: string[] = [];
vi.mock('../output.ts', () => ({ note: (text: string) => void messages.push(text) }));

it('has its name when the last row is written, and no lock is left', async () => {
  const file = await RowFile.open('--output', path, false);
  await file.write('a\n');
  await file.write('日本\n');
  expect(existsSync(path)).toBe(false);
  expect(readFileSync(`${path}.partial`, 'utf8')).toBe('a\n日本\n');
  await file.end(true);
  expect(readFileSync(path, 'utf8')).toBe('a\n日本\n');
  expect(readdirSync(folder)).toEqual(['rows.csv']);
});

it('is left as it was by a command that ends early, whose rows are kept beside it', async () => {
  writeFileSync(path, 'of yesterday');
  await expect(RowFile.open('--output', path, false)).rejects.toThrow(/already exists: .*--overwrite/);
  const file = await RowFile.open('--output', path, true);
  await file.write('first\n');
  await file.end(false);
  expect(readFileSync(path, 'utf8')).toBe('of yesterday');
  expect(readFileSync(`${path}.partial`, 'utf8')).toBe('first\n');
  expect(messages).toEqual([`what was written so far is in ${path}.partial`]);
  rmSync(path);
  await expect(RowFile.open('--output', path, false)).rejects.toThrow(/was begun before: its rows are in/);
  const again = await RowFile.open('--output', path, true);
  await again.write('all\n');
  await again.end(true);
  expect(readdirSync(folder)).toEqual(['rows.csv']);
});

it('leaves nothing behind where there was no row', async () => {
  const file = await RowFile.open('--output', path, false);
  await file.frame('a heading\n');
  await file.end(false);
  expect(readdirSync(folder)).toEqual([]);
  expect(messages).toEqual([]);
});

it('is one command at a time, in a folder that is there', async () => {
  const file = await RowFile.open('--output', path, false);
  await expect(RowFile.open('--output', path, true)).rejects.toThrow(/is in use by process/);
  await file.end(false);
  await expect(RowFile.open('--output', join(folder, 'no/rows.csv'), false)).rejects.toThrow(/no such folder/);
  await expect(RowFile.open('--output', folder, false)).rejects.toThrow(/is not a file/);
});

it('a full disk is an error that says where the rows are, which end with a whole one', async () => {
  const file = await RowFile.open('--output', path, false);
  await file.write('whole\n');
  const handle: FileHandle = Reflect.get(file, 'handle');
  const write = handle.write.bind(handle);
  vi.spyOn(handle, 'write').mockImplementation(async () => {
    await write('to');
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  });
  await expect(file.write('torn\n')).rejects.toMatchObject({ reason: 'full', message: /no space left; what was/ });
  await file.end(false);
  expect(readFileSync(`${path}.partial`, 'utf8')).toBe('whole\n');
});

it('standard output waits for a slow reader, and not for one that is gone', async () => {
  const gone = new AbortController();
  const full = vi.spyOn(process.stdout, 'write').mockReturnValue(false);
  try {
    const out = standardOutput(gone.signal);
    let isDone = false;
    const first = out.write('x').then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDone).toBe(false);
    process.stdout.emit('drain');
    await first;
    const second = out.write('y');
    gone.abort();
    await second;
    await out.write('z');
    expect(full).toHaveBeenCalledTimes(3);
  } finally {
    full.mockRestore();
  }
});

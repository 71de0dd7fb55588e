// Whole or not at all, whatever the file system does in between; and what cannot be written is kept elsewhere.
import * as fs from 'node:fs';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConfigError, StorageError } from '../src/runtime/errors.ts';
import { scratchName } from './file-lock.ts';
import { checkOutput, clearScratch, realTarget, writeFree, writeSomewhere, writeWhole } from './files.ts';

/** Which call of the file system fails, and how; in the folder `within` only. */
const fault: { call?: string | undefined; code?: string; within?: string | undefined } = {};

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const failing =
    <A extends unknown[], R>(call: string, run: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (fault.call !== call || !String(args[0]).startsWith(fault.within ?? '/')) return run(...args);
      throw Object.assign(new Error(`${fault.code}: injected`), { code: fault.code });
    };
  return {
    ...real,
    writeFile: async (...args: Parameters<typeof real.writeFile>) => {
      // A full disk takes a part.
      if (fault.call === 'writeFile') await real.writeFile(args[0], 'a part');
      return failing('writeFile', real.writeFile)(...args);
    },
    readFile: failing('readFile', real.readFile as (path: string) => Promise<Buffer>),
    rename: failing('rename', real.rename),
    link: failing('link', real.link),
  };
});

const root = fs.realpathSync(mkdtempSync(join(tmpdir(), 'densenet-output-')));
const folder = join(root, 'in');
const file = join(folder, 'a.bin');
beforeEach(() => mkdirSync(folder));
afterEach(() => {
  fault.call = undefined;
  fault.within = undefined;
  rmSync(folder, { recursive: true, force: true });
});
afterAll(() => rmSync(root, { recursive: true }));
const bytes = new Uint8Array([1, 2, 3]);

test('a file is replaced whole, and nothing else is left', async () => {
  writeFileSync(file, 'before');
  await checkOutput('--out', file);
  await writeWhole(file, bytes);
  expect([...readFileSync(file)]).toEqual([1, 2, 3]);
  expect(readdirSync(folder)).toEqual(['a.bin']);
});

test('a link stays one: the file behind it is written', async () => {
  const link = join(folder, 'link');
  symlinkSync(file, link);
  writeFileSync(file, 'before');
  await writeWhole(link, bytes);
  expect([...readFileSync(file)]).toEqual([1, 2, 3]);
  expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
  expect(await realTarget(link)).toBe(file);
});

test.each([
  ['nowhere/a.bin', /^--out: .* no such folder/],
  ['in-the-way', /it exists and is not a file/],
])('that %s cannot be written is said beforehand', async (name, words) => {
  mkdirSync(join(folder, 'in-the-way'));
  await expect(checkOutput('--out', join(folder, name))).rejects.toThrow(words);
  await expect(checkOutput('--out', join(folder, name))).rejects.toThrow(ConfigError);
  expect(readdirSync(folder)).toEqual(['in-the-way']);
});

test.each(['EROFS', 'EACCES', 'ENOSPC'])('so is %s, which rights do not tell', async (code) => {
  Object.assign(fault, { call: 'writeFile', code });
  await expect(checkOutput('--out', file)).rejects.toThrow(/cannot be written/);
  expect(readdirSync(folder)).toEqual([]);
});

test.each([
  ['writeFile', 'ENOSPC', 'full'],
  ['writeFile', 'EDQUOT', 'full'],
  ['writeFile', 'EROFS', 'failed'],
  ['readFile', 'EIO', 'failed'],
  ['rename', 'ENOSPC', 'full'],
  ['rename', 'EACCES', 'failed'],
] as const)('where %s fails with %s the old file is as it was', async (call, code, why) => {
  writeFileSync(file, 'before');
  Object.assign(fault, { call, code });
  const writing = writeWhole(file, bytes);
  await expect(writing).rejects.toThrow(StorageError);
  await expect(writing).rejects.toMatchObject({ reason: why });
  expect(readFileSync(file, 'utf8')).toBe('before');
  expect(readdirSync(folder)).toEqual(['a.bin']);
});

test('what does not read back as it should does not replace', async () => {
  writeFileSync(file, 'before');
  const check = () => {
    throw new Error('no state');
  };
  await expect(writeWhole(file, bytes, check)).rejects.toThrow(`${file} cannot be written: no state`);
  expect(readFileSync(file, 'utf8')).toBe('before');
  expect(readdirSync(folder)).toEqual(['a.bin']);
});

test('what cannot be written is kept elsewhere: beside, then among the temporary files', async () => {
  const second = join(root, 'second');
  mkdirSync(second);
  rmSync(folder, { recursive: true });
  const beside = await writeSomewhere(file, [second], bytes);
  expect(beside).toEqual({
    path: join(second, 'a.bin'),
    problem: expect.stringMatching(/a\.bin cannot be written: no such folder/),
  });
  mkdirSync(folder);
  mkdirSync(file);
  Object.assign(fault, { call: 'writeFile', code: 'ENOSPC', within: second });
  const temporary = await writeSomewhere(file, [second], bytes);
  expect(dirname(dirname(temporary.path))).toBe(fs.realpathSync(tmpdir()));
  expect([...readFileSync(temporary.path)]).toEqual([1, 2, 3]);
  rmSync(dirname(temporary.path), { recursive: true });
  Object.assign(fault, { call: 'writeFile', code: 'ENOSPC', within: '/' });
  await expect(writeSomewhere(file, [second], bytes)).rejects.toThrow(/no space left/);
  expect(readdirSync(second)).toEqual(['a.bin']);
});

test.each([undefined, 'EPERM', 'ENOSYS'])('a name that is free is one that nobody has (links: %s)', async (code) => {
  writeFileSync(file, 'of somebody');
  if (code) Object.assign(fault, { call: 'link', code });
  expect(await writeFree([folder], 'a.bin', bytes)).toBe(join(folder, 'a-2.bin'));
  expect(await writeFree([folder], 'a.bin', bytes)).toBe(join(folder, 'a-3.bin'));
  expect(readFileSync(file, 'utf8')).toBe('of somebody');
  expect(readdirSync(folder)).toEqual(['a-2.bin', 'a-3.bin', 'a.bin']);
});

test('scratch of processes that are gone is cleared, and nothing else', async () => {
  const mine = scratchName(file);
  const [, start = ''] = /\.\d+-(\d+)\.partial$/.exec(mine) ?? [];
  // An id that no process has; the id of this process, which started at another time.
  const gone = ['.a.bin.99999999-5.partial', '.a.bin.99999999-0.lock.partial', `.a.bin.${process.pid}-1.partial`];
  const stay = [
    '.a.bin.lock',
    '.a.bin.99999999-5.partial.txt',
    '.ab.bin.99999999-5.partial',
    'a.bin',
    '.a.bin.x-5.partial',
  ];
  for (const name of [...gone, ...stay]) writeFileSync(join(folder, name), '');
  writeFileSync(mine, '');
  await clearScratch(file);
  const kept = start === '0' ? [...stay, `.a.bin.${process.pid}-1.partial`] : stay;
  expect(readdirSync(folder).toSorted()).toEqual([...kept, mine.slice(folder.length + 1)].toSorted());
});

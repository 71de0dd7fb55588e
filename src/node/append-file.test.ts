// A disk that is full, slow or not there never ends what goes on beside it, and nothing is missing that could be written later.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StorageError } from '../runtime/errors.ts';
import { AppendFile } from './append-file.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-append-file-'));
const path = join(root, 'folder', 'log');
const problems: string[] = [];
const onProblem = (error: StorageError) => void problems.push(`${error.reason}: ${error.message.replace(path, 'log')}`);
beforeEach(() => {
  rmSync(join(root, 'folder'), { recursive: true, force: true });
  mkdirSync(join(root, 'folder'));
  problems.length = 0;
  disk.room = Number.POSITIVE_INFINITY;
});
afterAll(() => rmSync(root, { recursive: true }));

/** Bytes that every file of this test takes before its disk is full. */
const disk = { room: Number.POSITIVE_INFINITY };
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  const limited = (handle: FileHandle) => {
    const { write } = Object.getPrototypeOf(handle);
    return Object.assign(handle, {
      write: async (bytes: Uint8Array, from: number, length: number, at: number) => {
        // As a full disk does: as much as there is room for, and then nothing.
        const some = Math.min(length, disk.room - at);
        if (some <= 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
        return Reflect.apply(write, handle, [bytes, from, some, at]);
      },
    });
  };
  return { ...real, open: async (...given: Parameters<typeof open>) => limited(await real.open(...given)) };
});

const text = (piece: string) => Buffer.from(piece);
const content = () => readFileSync(path, 'utf8');

describe('a file that grows', () => {
  it('has all pieces in order when it is flushed, and goes on from where it was', async () => {
    const file = new AppendFile(path, { onProblem });
    for (let i = 0; i < 1000; i++) file.append(text(`${i}\n`));
    await file.flush();
    expect(content().split('\n').slice(0, -1).map(Number)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    file.append(text('end'));
    expect(await file.close()).toBeUndefined();
    const again = new AppendFile(path, { from: 4, onProblem });
    again.append(text('go on'));
    expect(await again.close()).toBeUndefined();
    expect(content()).toBe('0\n1\ngo on');
    expect(problems).toEqual([]);
  });

  it('is written soon, also where nobody asks', async () => {
    const file = new AppendFile(path, { onProblem });
    file.append(text('soon'));
    await vi.waitFor(() => expect(content()).toBe('soon'));
    await file.close();
  });

  it('keeps what a full disk does not take until there is room, and says so once', async () => {
    const file = new AppendFile(path, { onProblem });
    file.append(text('first\n'));
    await file.flush();
    disk.room = 8;
    file.append(text('second\n'));
    await file.flush();
    file.append(text('third\n'));
    await file.flush();
    expect(problems).toEqual(['full: log cannot be written: no space left']);
    disk.room = 1000;
    expect(await file.close()).toBeUndefined();
    expect(content()).toBe('first\nsecond\nthird\n');
  });

  it('ends with a whole piece where the disk stays full, and says at the end what is missing', async () => {
    const file = new AppendFile(path, { onProblem });
    file.append(text('first\n'));
    await file.flush();
    disk.room = 8;
    file.append(text('second\n'));
    file.append(text('third\n'));
    const missing = await file.close();
    expect(missing).toMatchObject({
      reason: 'full',
      message: expect.stringMatching(/left; 2 entries are missing in it/),
    });
    expect(content()).toBe('first\n');
    expect(problems).toHaveLength(1);
  });

  it('holds no more than a limit in memory', async () => {
    disk.room = 0;
    const file = new AppendFile(path, { onProblem });
    for (let i = 0; i < 20; i++) file.append(new Uint8Array(1 << 20));
    disk.room = Number.POSITIVE_INFINITY;
    expect((await file.close())?.message).toMatch(/17 entries are missing/);
    expect(content()).toHaveLength(3 << 20);
  });

  it('that cannot be opened is a problem, and no more', async () => {
    rmSync(join(root, 'folder'), { recursive: true });
    const file = new AppendFile(path, { onProblem });
    file.append(text('x'));
    await file.flush();
    expect(problems).toEqual(['failed: log cannot be written: no such file']);
    expect(await file.close()).toMatchObject({ message: expect.stringContaining('1 entries') });
  });

  it('never takes the place of another', async () => {
    writeFileSync(path, "somebody else's");
    const file = new AppendFile(path, { onProblem });
    file.append(text('x'));
    await file.close();
    expect(problems).toEqual(['failed: log cannot be written: it exists already']);
    expect(content()).toBe("somebody else's");
  });
});

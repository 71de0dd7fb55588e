import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { StateFile } from './state-file.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-state-'));
afterAll(() => rmSync(root, { recursive: true }));

test('of several states the last is kept, and nothing beside it', async () => {
  const file = new StateFile(join(root, 'run'), (text) => expect.unreachable(text));
  for (const step of [1, 2, 3]) file.keep(new Uint8Array([step]), step);
  await file.settle();
  expect([...readFileSync(file.path)]).toEqual([3]);
  file.keep(new Uint8Array([4]), 4);
  await file.settle();
  expect(file.step).toBe(4);
  expect(readdirSync(root)).toEqual(['run']);
});

test('one that cannot be written is said so, and the next is tried', async () => {
  const notes: string[] = [];
  const file = new StateFile(join(root, 'nowhere', 'run'), (text) => notes.push(text));
  file.keep(new Uint8Array([1]), 1);
  await file.settle();
  expect(file.step).toBeUndefined();
  expect(notes).toEqual([expect.stringMatching(/^the run's state was not kept: file: .*no such file/)]);
});

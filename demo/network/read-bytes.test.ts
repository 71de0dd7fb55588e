import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/runtime/errors.ts';
import { MOST_BYTES, readBytes, sha256 } from './read-bytes.ts';

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) % 251);
const parted = new Blob([content.subarray(0, 100_000), content.subarray(100_000)]);
const never = new AbortController().signal;

describe('readBytes', () => {
  it('reads all of a file and says how far it is', async () => {
    const steps: number[] = [];
    expect(await readBytes(parted, 'a', (bytes) => steps.push(bytes), never)).toEqual(content);
    expect(steps.at(-1)).toBe(content.length);
    expect(steps.length).toBeGreaterThan(1);
    expect(steps.toSorted((a, b) => a - b)).toEqual(steps);
  });

  it('stops when told, with the reason that was given', async () => {
    const abort = new AbortController();
    const reading = readBytes(parted, 'a', () => abort.abort(), abort.signal);
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('refuses what no browser should hold, before it asks for memory', async () => {
    const huge = { size: MOST_BYTES + 1 } as Blob;
    await expect(readBytes(huge, 'huge.safetensors', () => {}, never)).rejects.toThrow(/1,500 MB are read/);
  });

  it('says so where a file went away', async () => {
    const gone = { size: 10, stream: () => new ReadableStream({ pull: (c) => c.error(new Error('gone')) }) } as Blob;
    await expect(readBytes(gone, 'a', () => {}, never)).rejects.toThrow(DataError);
    await expect(readBytes(gone, 'a', () => {}, never)).rejects.toThrow(/moved or changed/);
  });
});

it('hashes as everybody does', async () => {
  expect(await sha256(content)).toBe(createHash('sha256').update(content).digest('hex'));
});

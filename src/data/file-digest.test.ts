import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DataError } from '../runtime/errors.ts';
import { putDigest, sha256Hex, WITH_DIGEST } from './file-digest.ts';
import { readSafetensors, safetensorsParts, undigestedSafetensors, writeSafetensors } from './safetensors.ts';
import { float32Tensor } from './tensor.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-digest-'));
afterAll(() => rmSync(folder, { recursive: true }));

const tensors = new Map([['a', float32Tensor([3], new Float32Array([1, -0, 3]))]]);
// Words that look like the digest's own.
const metadata = {
  ...WITH_DIGEST,
  note: `"file_sha256":"${'0'.repeat(64)}" ünd ${'0'.repeat(64)}`,
  'x"file_sha256': '0',
};
const file = writeSafetensors(tensors, metadata);

test('is that of the file with zeros in its place', () => {
  const { metadata: read, checked } = readSafetensors(file, 'f');
  expect(checked).toBe(true);
  expect(read.note).toBe(metadata.note);
  const zeros = undigestedSafetensors(tensors, metadata);
  const node = createHash('sha256').update(zeros).digest('hex');
  expect(read.file_sha256).toBe(node);
  expect(sha256Hex(zeros.subarray(0, 7), zeros.subarray(7))).toBe(node);
  putDigest(zeros, () => node);
  expect(zeros).toEqual(file);
  expect(Buffer.concat(safetensorsParts(tensors, metadata)).equals(file)).toBe(true);
});

test('what is written again has its own', () => {
  const { metadata: of } = readSafetensors(file, 'f');
  const other = writeSafetensors(new Map([['b', float32Tensor([1], new Float32Array(1))]]), of);
  const { metadata: read, checked } = readSafetensors(other, 'g');
  expect(checked).toBe(true);
  expect(read.file_sha256).not.toBe(of.file_sha256);
});

test('a file without one is not checked, and one whose digest is gone or another is damaged', () => {
  expect(readSafetensors(writeSafetensors(tensors), 'f').checked).toBe(false);
  const text = new TextDecoder('latin1').decode(file);
  const digest = readSafetensors(file, 'f').metadata.file_sha256 ?? '';
  const changed = (from: string, to: string) => Uint8Array.from(text.replace(from, to), (c) => c.charCodeAt(0));
  for (const [from, to] of [
    ['"file_sha256":', '"file_sha257":'],
    ['"file_sha256_rule":', '"file_sha256_role":'],
    [digest, digest.replace(/[a-f]/, (letter) => letter.toUpperCase())],
    [digest, `${digest.slice(0, 63)}g`],
    [digest, digest.replace(/^./, (d) => (d === '0' ? '1' : '0'))],
  ] as const) {
    const bytes = changed(from, to);
    expect(bytes).not.toEqual(file);
    expect(() => readSafetensors(bytes, 'f'), `${from} as ${to}`).toThrow(DataError);
  }
});

test('Python finds the same, with the lines of the documentation', ({ skip }) => {
  try {
    execFileSync('python3', ['--version'], { stdio: 'pipe' });
  } catch {
    return skip('no python3 here');
  }
  const page = readFileSync(new URL('../../docs/training-runs.md', import.meta.url), 'utf8');
  const program = join(folder, 'check.py');
  writeFileSync(program, /```python\n(.*?)```/s.exec(page)?.[1] ?? '');
  const run = (bytes: Uint8Array) => {
    const path = join(folder, 'a.safetensors');
    writeFileSync(path, bytes);
    execFileSync('python3', [program, path], { stdio: 'pipe' });
  };
  run(file);
  expect(() => run(file.map((byte, at) => (at === file.length - 1 ? byte ^ 1 : byte)))).toThrow(/damaged/);
  return undefined;
});

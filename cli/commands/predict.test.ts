// `predict` over several files: what cannot be classified is a row of its own, and the exit code says so.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/data/safetensors.ts';
import { float32Tensor } from '../../src/data/tensor.ts';
import { initialize } from '../../src/densenet/initialize.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { buildDensenet, densenet } from '../densenet-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-predict-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function tensor(name: string, shape: readonly number[], change?: (values: Float32Array) => void): string {
  const length = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length }, (_, i) => Math.sin(i));
  change?.(values);
  return file(name, writeSafetensors(new Map([['input', float32Tensor(shape, values)]])));
}

const config = { ...PRESETS['plain-40-12'], blockLayers: [1, 1], inputChannels: 1, height: 8, width: 8, classes: 3 };
const network = buildNetwork(config);
const checkpoint = file('net.safetensors', writeCheckpoint(network, toStateDict(network, initialize(network, 1))));
const predict = (...args: string[]) => densenet('predict', '--checkpoint', checkpoint, ...args);

beforeAll(buildDensenet, 120_000);

test('files of which none can be classified are rows, without a GPU', async () => {
  const words = file('words.png', 'none');
  const missing = join(folder, 'missing.jpg');
  const text = await predict(words, missing);
  expect(text).toMatchObject({ code: 1, err: expect.stringContaining('2 of 2 could not be classified') });
  expect(text.out).toMatch(/words\.png\n {2}error: .*not an image.*\n.*missing\.jpg\n {2}error: .*no such file/);
  const { code, out } = await predict(words, missing, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual([
    { file: words, error: expect.stringContaining('not an image'), code: 'data' },
    { file: missing, error: expect.stringContaining('no such file'), code: 'config' },
  ]);
  const lines = (await predict(words, missing, '--jsonl')).out.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).file)).toEqual([words, missing]);
}, 60_000);

test('what is wrong with the command or the weights is told at once', async () => {
  const words = file('words.png', 'none');
  expect(await predict(words, '--json', '--jsonl')).toMatchObject({ code: 2, out: '' });
  expect(await predict(words, tensor('a.safetensors', [1, 1, 8, 8]))).toMatchObject({ code: 2, out: '' });
  expect(await densenet('predict', '--checkpoint', words, words, '--json')).toMatchObject({ code: 2, out: '' });
  expect(await predict(words, '--colour-profile', 'perhaps')).toMatchObject({ code: 2, out: '' });
}, 60_000);

test('a value that is not finite, another size and a damaged file are errors of their images; the others are classified', async () => {
  const files = [
    file('damaged.npy', 'none'),
    tensor('two.safetensors', [2, 1, 8, 8], (values) => values.fill(Number.NaN, 27, 28)),
    tensor('larger.safetensors', [1, 1, 16, 16]),
    tensor('infinite.safetensors', [1, 8, 8], (values) => values.fill(Number.NEGATIVE_INFINITY, 63)),
    tensor('good.safetensors', [1, 8, 8]),
  ];
  const { code, out, err } = await predict(...files, '--json');
  expect(err).toContain('4 of 6 could not be classified');
  expect(code).toBe(1);
  const rows = JSON.parse(out);
  expect(rows.map(({ code: kind }: { code?: string }) => kind ?? 'good')).toEqual([
    ...['data', 'not-finite', 'good', 'config', 'not-finite', 'good'],
  ]);
  expect(rows[1].error).toMatch(/image 0 of .*two\.safetensors: the value at \[0, 3, 3\] .* is NaN: the input/);
  expect(rows[2].logits.every(Number.isFinite)).toBe(true);
  expect(rows[4].error).toMatch(/the value at \[0, 7, 7\] .* is -Infinity/);
}, 180_000);

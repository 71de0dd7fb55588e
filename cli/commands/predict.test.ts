// `predict` over several files: what cannot be classified is a row of its own, and the exit code says so. Folders, patterns and
// standard input; files of rows; heat maps; readers and users who leave.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import Papa from 'papaparse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { float32Tensor } from '../../src/data/tensor.ts';
import { initialize } from '../../src/densenet/initialize.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { buildDensenet, densenet } from '../densenet-process.ts';
import { packageRoot } from '../host/package-root.ts';

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

const config = { ...PRESETS['plain-40-12'], blockLayers: [1], inputChannels: 1, height: 8, width: 8, classes: 3 };
const network = buildNetwork(config);
const checkpoint = file('net.safetensors', writeCheckpoint(network, toStateDict(network, initialize(network, 1))));
const predict = (...args: string[]) => densenet('predict', '--checkpoint', checkpoint, ...args);

const PHOTOS = ['a/1.png', 'a/2.png', 'b/1.png', 'b/bad.png', 'top.png'].map((name) => join(folder, 'photos', name));

beforeAll(async () => {
  buildDensenet();
  const { default: sharp } = await import('sharp');
  for (const [i, path] of PHOTOS.entries()) {
    mkdirSync(join(path, '..'), { recursive: true });
    const pixels = Uint8Array.from({ length: 64 }, (_, at) => (at * at * (i + 3) + 40 * i) % 256);
    if (path.endsWith('bad.png')) writeFileSync(path, 'none');
    else
      await sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
        .png()
        .toFile(path);
  }
}, 120_000);

/** `densenet predict` under way. */
function started(...args: string[]) {
  const all = [
    join(packageRoot, 'bin/densenet.mjs'),
    'predict',
    '--gpu',
    'software',
    '--checkpoint',
    checkpoint,
    ...args,
  ];
  const child = spawn(process.execPath, all);
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text.out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text.err += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ ...text, code }));
  /** Until so many lines were printed. */
  const lines = async (count: number) => {
    while (text.out.split('\n').length <= count && child.exitCode === null) await once(child.stdout, 'data');
    return text.out.split('\n').slice(0, count);
  };
  return { child, ended, lines };
}

const csvRows = (text: string) => Papa.parse<Record<string, string>>(text.trimEnd(), { header: true }).data;

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
    'data',
    'not-finite',
    'good',
    'config',
    'not-finite',
    'good',
  ]);
  expect(rows[1].error).toMatch(/image 0 of .*two\.safetensors: the value at \[0, 3, 3\] .* is NaN: the input/);
  expect(rows[2].logits.every(Number.isFinite)).toBe(true);
  expect(rows[4].error).toMatch(/the value at \[0, 7, 7\] .* is -Infinity/);
}, 180_000);

test('folders, patterns and paths on standard input give the same rows, in order', async () => {
  const asked = await predict('--gpu', 'software', ...PHOTOS, '--jsonl');
  expect(asked).toMatchObject({ code: 1, err: expect.stringContaining('1 of 5 could not be classified') });
  const rows = asked.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows.map(({ file }) => file)).toEqual(PHOTOS);
  expect(rows[3]).toMatchObject({ code: 'data', error: expect.stringContaining('not an image') });
  const photos = join(folder, 'photos');
  writeFileSync(join(photos, 'notes.txt'), 'none');
  const inFolder = await predict('--gpu', 'software', photos, '--jsonl');
  expect(inFolder).toMatchObject({
    code: 1,
    out: asked.out,
    err: expect.stringContaining('1 file is not pictures: notes.txt'),
  });
  const matched = await predict('--gpu', 'software', join(photos, '**/*.png'), '--csv', '--batch', '2');
  const table = csvRows(matched.out);
  expect(table.map(({ file }) => file)).toEqual(PHOTOS);
  for (const [i, { classes }] of rows.entries()) {
    if (i === 3) expect(table[i]).toMatchObject({ class: '', error: expect.stringContaining('not an image') });
    else expect(table[i]).toMatchObject({ class: classes[0].name, error: '' });
  }
  const piped = started('-', '--jsonl');
  piped.child.stdin.end(PHOTOS.join('\0'));
  expect((await piped.ended).out).toBe(asked.out);
}, 120_000);

test('a program that names images one by one gets each row before it names the next', async () => {
  const { child, ended, lines } = started('-', '--jsonl');
  for (const [i, path] of PHOTOS.slice(0, 3).entries()) {
    child.stdin.write(`${path}\n`);
    const row = (await lines(i + 1)).at(-1) ?? '';
    expect(JSON.parse(row)).toMatchObject({ file: path, logits: expect.any(Array) });
  }
  child.stdin.end();
  expect(await ended).toMatchObject({ code: 0 });
}, 120_000);

test('interrupted, it ends its document and says so by its exit code; a file keeps the rows that it has', async () => {
  const output = join(folder, 'interrupted.json');
  const toFile = started('-', '--output', output);
  const { child, ended, lines } = started('-', '--json');
  for (const one of [child, toFile.child]) one.stdin.write(`${PHOTOS[0]}\n${PHOTOS[4]}\n`);
  await lines(20);
  child.kill('SIGINT');
  const { code, out } = await ended;
  expect(code).toBe(130);
  expect(JSON.parse(out)).toHaveLength(2);
  while (!existsSync(`${output}.partial`) || !readFileSync(`${output}.partial`, 'utf8').includes('top.png'))
    await new Promise((resolve) => setTimeout(resolve, 20));
  toFile.child.kill('SIGTERM');
  expect(await toFile.ended).toMatchObject({ code: 143, out: '', err: expect.stringContaining('json.partial') });
  expect(existsSync(output)).toBe(false);
  expect(JSON.parse(readFileSync(`${output}.partial`, 'utf8'))).toHaveLength(2);
}, 120_000);

test('a reader that leaves ends it quietly, with the exit code of a broken pipe', async () => {
  const { child, ended } = started('-', '--jsonl');
  child.stdin.on('error', () => undefined).write(`${PHOTOS[0]}\n`);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const more = setInterval(() => child.stdin.write(`${PHOTOS[1]}\n`), 50);
  const { code, err } = await ended;
  clearInterval(more);
  expect(code).toBe(141);
  expect(err).not.toMatch(/EPIPE|densenet:|Error/);
}, 120_000);

test('heat maps of many images have names of their own, and an index that says what they are', async () => {
  const maps = join(folder, 'maps');
  const explain = ['--explain', 'grad-cam', '--out', maps, '--block', '1'];
  const output = join(folder, 'explained.jsonl');
  const photos = [...PHOTOS.slice(0, 4), tensor('1.npy.safetensors', [1, 1, 8, 8])];
  expect(await predict(...photos, ...explain)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/is a tensor and/),
  });
  const pictures = PHOTOS.slice(0, 4);
  const first = await predict('--gpu', 'software', ...pictures, ...explain, '--output', output);
  expect(first).toMatchObject({ code: 1, out: '' });
  const rows = readFileSync(output, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const index = csvRows(readFileSync(join(maps, 'index.csv'), 'utf8'));
  expect(index.map(({ file }) => file)).toEqual(PHOTOS.slice(0, 3));
  expect(new Set(index.map(({ map }) => map)).size).toBe(3);
  expect(readdirSync(maps).sort()).toEqual([...index.map(({ map }) => map), 'index.csv'].sort());
  const { default: sharp } = await import('sharp');
  for (const [i, { map = '', label, method, height, error }] of index.entries()) {
    expect({ label, method, height, error }).toEqual({
      label: String(rows[i].classes[0].index),
      method: 'grad-cam',
      height: '8',
      error: '',
    });
    expect(rows[i].explanations).toEqual([{ index: Number(label), name: `class ${label}`, map: join(maps, map) }]);
    expect(await sharp(join(maps, map)).metadata()).toMatchObject({ format: 'png', width: 224 });
  }
  expect(await predict(...pictures, ...explain)).toMatchObject({
    code: 2,
    err: expect.stringContaining('is not empty'),
  });

  // One map is the file that `explain` writes of the same image and class.
  const numbers = join(folder, 'numbers');
  const both = await predict(
    '--gpu',
    'software',
    PHOTOS[2] ?? '',
    ...explain,
    '--out',
    numbers,
    '--maps',
    'safetensors',
    '--class',
    '2,0',
  );
  expect(both.code).toBe(0);
  const [two, zero] = csvRows(readFileSync(join(numbers, 'index.csv'), 'utf8'));
  expect([two?.label, zero?.label]).toEqual(['2', '0']);
  const single = join(folder, 'single.safetensors');
  const one = ['--method', 'grad-cam', '--block', '1', '--class', '2', '--out', single, PHOTOS[2] ?? ''];
  expect(await densenet('explain', '--gpu', 'software', '--checkpoint', checkpoint, ...one)).toMatchObject({ code: 0 });
  const mapOf = (path: string) => readSafetensors(readFileSync(path), path).tensors.get('map');
  expect(mapOf(join(numbers, two?.map ?? ''))).toEqual(mapOf(single));
}, 180_000);

test("options of heat maps need --explain, which needs a folder; classes must be the network's", async () => {
  const [photo = ''] = PHOTOS;
  const bad = async (...args: string[]) => (await predict(photo, ...args)).err;
  expect(await bad('--samples', '3')).toMatch(/--samples: 3 belongs to --explain METHOD/);
  expect(await bad('--explain', 'cam')).toMatch(/--out: null is missing/);
  const out = ['--explain', 'cam', '--out', join(folder, 'never')];
  expect(await bad(...out, '--class', '1,9')).toMatch(/--class: "9" is no class of this network: .* 0 to 2/);
  expect(existsSync(join(folder, 'never'))).toBe(false);
}, 60_000);

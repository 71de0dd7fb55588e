// What explain says no to; none of it asks a GPU. And its file of numbers.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { toFloat32 } from '../../src/data/tensor.ts';
import { initialize } from '../../src/densenet/initialize.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { importSafetensors } from '../../src/densenet/weights/import-weights.ts';
import { buildDensenet, densenet } from '../densenet-process.ts';
import { explanationPng, explanationTensors } from '../heat-maps.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-explain-'));
beforeAll(buildDensenet, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const model = join(folder, 'none.safetensors');
const given = (...more: string[]) => ['--checkpoint', model, '--class', '0', 'image.npy', ...more];
const out = ['--out', join(folder, 'why.png')];

test.each([
  [
    given('--method', 'guess', ...out),
    /'--method <name>' argument 'guess' is invalid. Allowed choices are cam, grad-cam/,
  ],
  [given('--method', 'cam'), /required option '--out <file>' not specified/],
  [given('--method', 'cam', '--out', join(folder, 'why.txt')), /--out: .* must end in .png or .safetensors/],
  [given('--method', 'cam', '--out', join(folder, 'no/why.png')), /no such folder/],
  [given('--method', 'occlusion', '--window', '3', ...out), /must be two whole numbers: rows,columns/],
  // Of a tensor file the tensor is read first: it says which size the weights are for.
  [given('--method', 'cam', ...out), /image.npy" cannot be read/],
  [['--checkpoint', model, '--class', '0', 'image.png', '--method', 'cam', ...out], /none.safetensors" cannot be read/],
])('%j is bad input', async (args, words) => {
  expect(await densenet('explain', ...args)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(words) });
});

const config = { ...PRESETS['plain-40-12'], blockLayers: [1, 1], inputChannels: 1, height: 4, width: 6 };
const network = buildNetwork(config);
const weights = writeCheckpoint(network, toStateDict(network, initialize(network, 1)));
const explained = {
  network: importSafetensors(weights, 'weights'),
  input: Float32Array.from({ length: 24 }, (_, i) => i / 12 - 1),
  pixels: undefined,
};
const report = { height: 2, width: 3, signed: true, completeness: null, milliseconds: 1 };
const found = { report, map: Float32Array.of(1, 0, -1, 0.5, 0, 0), attribution: explained.input };

test('the file of numbers holds map, attribution and input, and the noise where asked', () => {
  const request = { method: 'smooth-grad', label: 1, samples: 2, seed: 3 } as const;
  const { tensors, metadata } = readSafetensors(explanationTensors(explained, found, request, true), 'file');
  const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
  expect(shapes).toEqual({ map: [2, 3], attribution: [1, 4, 6], input: [1, 4, 6], noise: [2, 1, 4, 6] });
  const input = tensors.get('input');
  expect(input && [...toFloat32(input)]).toEqual([...explained.input]);
  expect(JSON.parse(metadata.explanation ?? '')).toMatchObject({ method: 'smooth-grad', label: 1, seed: 3 });
  const without = readSafetensors(explanationTensors(explained, found, request, false), 'file');
  expect(without.tensors.has('noise')).toBe(false);
});

test('the picture is a PNG, enlarged by a whole number', async () => {
  const { default: sharp } = await import('sharp');
  const { width, height, format } = await sharp(await explanationPng(explained, found)).metadata();
  expect({ width, height, format }).toEqual({ width: 336, height: 224, format: 'png' });
});

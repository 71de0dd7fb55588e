// `densenet import` and --checkpoint with PyTorch's files, as a user runs them.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { toFloat32 } from '../../src/data/tensor.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { hostileLegacy, MARKER } from '../../tests/pytorch/hostile.ts';
import { buildDensenet, densenet } from '../densenet-process.ts';
import { packageRoot } from '../host/package-root.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(buildDensenet, 60_000);
const path = (name: string) => join(folder, name);
const FILES = join(packageRoot, 'tests/pytorch/files');
const pytorch = (name: string) => join(FILES, `${name}.pth`);

it('writes a checkpoint of each kind of file, with what it recognised', async () => {
  writeFileSync(path('names.txt'), 'cat\ndog\nelk\n');
  const names = ['small-zip', 'small-legacy', 'small-module'];
  const runs = await Promise.all(
    names.map((name) =>
      densenet('import', pytorch(name), '--out', path(`${name}.safetensors`), '--labels', path('names.txt')),
    ),
  );
  for (const [i, name] of names.entries()) {
    expect(runs[i]?.code, runs[i]?.err).toBe(0);
    expect(runs[i]?.out).toMatch(/nothing in it is run[\s\S]*safetensors: a checkpoint of it \(/);
    const { state, classNames } = readCheckpoint(readFileSync(path(`${name}.safetensors`)), name);
    expect(classNames).toEqual(['cat', 'dog', 'elk']);
    const { tensors } = readSafetensors(readFileSync(join(FILES, `${name}.safetensors`)), name);
    for (const [key, { values }] of state) {
      const tensor = tensors.get(key);
      expect(tensor && toFloat32(tensor), key).toEqual(values);
    }
  }
  expect(runs[0]?.out).toMatch(/under state_dict;.*\n.*of no use here: epoch = 1/);
  expect(runs[2]?.out).toMatch(/a whole module/);
});

it('prints the report alone, as JSON too', async () => {
  const [plain, json] = await Promise.all([
    densenet('import', pytorch('small-zip')),
    densenet('import', pytorch('small-zip'), '--json', '--multi-label'),
  ]);
  expect([plain.code, json.code]).toEqual([0, 0]);
  expect(plain.out).toMatch(/CRC-32: matches/);
  expect(JSON.parse(json.out)).toMatchObject({
    out: null,
    multiLabel: true,
    config: { growthRate: 2, classes: 3 },
    report: { format: 'pytorch-zip', path: 'state_dict', passedOver: ['epoch = 1'] },
  });
});

it('every command takes such a file for a checkpoint', async () => {
  const { code, out } = await densenet(
    'export',
    pytorch('small-legacy'),
    '--to',
    'safetensors',
    path('exported.safetensors'),
  );
  expect([code, out]).toEqual([0, expect.stringContaining('load_file')]);
});

it('runs nothing, and refuses with what to do', async () => {
  rmSync(MARKER, { force: true });
  writeFileSync(path('hostile.pth'), hostileLegacy());
  writeFileSync(path('text.pth'), 'not weights');
  writeFileSync(path('there.safetensors'), 'x');
  const [hostile, text, there, itself, resume] = await Promise.all([
    densenet('import', path('hostile.pth'), '--out', path('hostile.safetensors')),
    densenet('import', path('text.pth')),
    densenet('import', pytorch('small-zip'), '--out', path('there.safetensors')),
    densenet('import', path('text.pth'), '--out', path('text.pth')),
    densenet('train', '--resume', pytorch('small-zip')),
  ]);
  expect([hostile.code, text.code, there.code, itself.code, resume.code]).toEqual([2, 2, 2, 2, 2]);
  expect(hostile.err).toMatch(/hostile\.pth: /);
  expect(existsSync(MARKER)).toBe(false);
  expect(existsSync(path('hostile.safetensors'))).toBe(false);
  expect(text.err).toMatch(
    /text\.pth: .*is a text file; a safetensors file, PyTorch's \(\.pth\), Keras's \(\.h5, \.keras\), TensorFlow\.js's or an ONNX model is needed/,
  );
  expect(there.err).toMatch(/already exists.*--overwrite/);
  expect(itself.err).toMatch(/is the file that is imported/);
  expect(resume.err).toMatch(/PyTorch file.*a safetensors file is needed: densenet import/);
});

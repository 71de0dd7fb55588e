// `densenet export` as a user runs it: every format from every kind of file, what it prints, and what it refuses.
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { toFloat32 } from '../../src/data/tensor.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { writeTrainingState } from '../../src/densenet/train/training-state.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { buildDensenet, densenet } from '../densenet-process.ts';
import { packageRoot } from '../host/package-root.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-export-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(buildDensenet, 60_000);
const path = (name: string) => join(folder, name);
const MODEL = join(packageRoot, 'data/models/fashion-mnist-small.safetensors');
const FOREIGN = join(packageRoot, 'tests/golden/weights/legacy.safetensors');
const CONFIG = { ...PRESETS['bc-100-12'], blockLayers: [1, 1], height: 6, width: 6, inputChannels: 1 };

function stateFile(kind: 'sgd' | 'lion'): string {
  const { network, run, trainer } = sampleRun(CONFIG, kind);
  const file = path(`${kind}.state.safetensors`);
  writeFileSync(file, writeTrainingState(network, trainer, { run, normalisation: run.hyperparameters.normalisation }));
  return file;
}

it('writes every format, says what was written, and how it is loaded', async () => {
  const exported = await Promise.all([
    densenet('export', MODEL, '--to', 'pth', path('a.pth')),
    densenet('export', MODEL, '--to', 'onnx', path('a.onnx'), '--normalise', '--softmax'),
    densenet('export', MODEL, '--to', 'model.py', path('model.py')),
    densenet('export', stateFile('sgd'), '--to', 'pth', path('b.pth'), '--optimizer'),
    densenet('export', stateFile('sgd'), '--to', 'onnx', path('b.onnx'), '--json'),
  ]);
  for (const { code, err } of exported) expect([code, err]).toEqual([0, '']);
  const [pth, onnx, py, training, json] = exported;
  expect(pth?.out).toMatch(
    /a\.pth: a PyTorch state dict .*\(\d+\.\d kB\)\n.*\n.*load_state_dict\(torch\.load\(".*a\.pth", weights_only=True\)\)/,
  );
  expect(onnx?.out).toMatch(/images \[batch, 1, 28, 28\] \(uint8, 0 to 255\) to probabilities \[batch, 10\]/);
  expect(py?.out).toMatch(/python3 .*model\.py WEIGHTS\.pth IMAGE/);
  expect(training?.out).toMatch(/state of torch\.optim\.SGD after 12 updates/);
  expect(JSON.parse(json?.out ?? '')).toMatchObject({ format: 'onnx', bytes: readFileSync(path('b.onnx')).length });
  expect(readFileSync(path('model.py'), 'utf8')).toContain('"Ankle boot"');
});

it('converts foreign weights to the standard names, and halves them on demand', async () => {
  const [whole, half] = await Promise.all([
    densenet('export', FOREIGN, '--to', 'safetensors', path('whole.safetensors')),
    densenet('export', FOREIGN, '--to', 'safetensors', path('half.safetensors'), '--half'),
  ]);
  expect([whole.code, half.code]).toEqual([0, 0]);
  expect(whole.err).toContain('does not say how its images were preprocessed');
  const read = (name: string) => readSafetensors(readFileSync(path(name)), name);
  const [full, halved] = [read('whole.safetensors'), read('half.safetensors')];
  expect(full.tensors.has('features.denseblock1.denselayer1.norm1.num_batches_tracked')).toBe(true);
  expect(readCheckpoint(readFileSync(path('whole.safetensors')), 'whole').normalisation).toBeDefined();
  for (const [name, tensor] of full.tensors) {
    const other = halved.tensors.get(name);
    expect(other?.dtype, name).toBe(tensor.dtype === 'F32' && tensor.shape.length > 1 ? 'F16' : tensor.dtype);
    const values = other && toFloat32(other);
    // float16 has 11 significant bits; below 2^-14 its values lie 2^-24 apart.
    for (const [i, value] of toFloat32(tensor).entries())
      expect(Math.abs(value - (values?.[i] ?? Number.NaN))).toBeLessThanOrEqual(
        Math.max(Math.abs(value) / 2048, 2 ** -25),
      );
  }
});

it("keeps a run's counters of updates, and nothing of its optimizer", async () => {
  const { code } = await densenet('export', stateFile('sgd'), '--to', 'safetensors', path('network.safetensors'));
  expect(code).toBe(0);
  const { tensors, metadata, checked } = readSafetensors(readFileSync(path('network.safetensors')), 'network');
  const tracked = tensors.get('features.norm5.num_batches_tracked');
  expect(tracked && toFloat32(tracked)).toEqual(Float32Array.of(12));
  expect([...tensors.keys()].filter((name) => name.startsWith('optimizer.'))).toEqual([]);
  expect([metadata.training_run, checked]).toEqual([undefined, true]);
});

it('refuses what would lose something or be ignored, and writes nothing then', async () => {
  const existing = path('existing.pth');
  writeFileSync(existing, 'precious');
  const own = path('own.safetensors');
  copyFileSync(MODEL, own);
  const refusals = [
    [[MODEL, '--to', 'pth', existing], /already exists: choose another file, or replace it \(--overwrite\)/],
    [[own, '--to', 'safetensors', own, '--overwrite'], /is the file that is exported/],
    [[MODEL, '--to', 'pth', path('no/such/folder.pth')], /cannot be written: no such folder/],
    [[MODEL, '--to', 'pth', path('new'), '--softmax'], /--softmax: true is for --to onnx, not pth/],
    [[MODEL, '--to', 'onnx', path('new'), '--half'], /--half: true is for --to pth and safetensors, not onnx/],
    [[MODEL, '--to', 'onnx', path('new'), '--normalise', 'bytes'], /Allowed choices are uint8, float/],
    [[MODEL, '--to', 'pth', path('new'), '--optimizer'], /not the state of a training run/],
    [[stateFile('lion'), '--to', 'pth', path('new'), '--optimizer'], /"lion" is not in torch.optim/],
    [[stateFile('sgd'), '--to', 'pth', path('new'), '--optimizer', '--half'], /would round the weights/],
  ] as const;
  for (const [args, message] of refusals) {
    const { code, err } = await densenet('export', ...args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  }
  expect(readFileSync(existing, 'utf8')).toBe('precious');
  expect(readFileSync(own).equals(readFileSync(MODEL))).toBe(true);
  expect(existsSync(path('new'))).toBe(false);
});

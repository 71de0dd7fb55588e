// Files that PyTorch itself wrote, read: numbers bit for bit what PyTorch loads from them, logits within 1e-5 of its own; and
// files that are refused, each with its reason. Sixty variants are made by PyTorch where it is installed; three lie in files/.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/data/safetensors.ts';
import { toFloat32 } from '../../src/data/tensor.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { importWeights } from '../../src/densenet/weights/import-weights.ts';
import { describeReport } from '../../src/densenet/weights/report.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { missingFor, PYTHON } from '../fixtures/python.ts';
import { plainForward } from '../jobs/plain-forward.ts';

interface Variant {
  readonly name: string;
  readonly file: string;
  /** What it must be recognised as, where it must be read. */
  readonly expect?: Readonly<Record<string, unknown>>;
  /** A regular expression of what it is refused with. */
  readonly refused?: string;
}

const COMMITTED = fileURLToPath(new URL('files', import.meta.url));
const SCRIPT = fileURLToPath(new URL('make_files.py', import.meta.url));
const variantsIn = (folder: string): readonly Variant[] => JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
const bytesOf = (folder: string, file: string) => new Uint8Array(readFileSync(join(folder, file)));
const SIZE = 32;

async function expectRead(folder: string, { name, file, expect: expected = {} }: Variant): Promise<void> {
  const bytes = bytesOf(folder, file);
  const before = bytes.slice();
  const found = await importWeights(bytes, file);
  expect(Buffer.compare(bytes, before), 'the file is as it was').toBe(0);
  const reference = readSafetensors(bytesOf(folder, `${name}.safetensors`), name).tensors;
  const there = [...reference.keys()].filter((key) => key !== 'logits').toSorted();
  expect([...found.state.keys()].toSorted()).toEqual(there);
  for (const [key, { shape, values }] of found.state) {
    const tensor = reference.get(key);
    if (!tensor) throw new Error(key);
    expect(shape, key).toEqual(tensor.shape);
    expect(Buffer.compare(new Uint8Array(values.buffer), new Uint8Array(toFloat32(tensor).buffer)), key).toBe(0);
  }
  const { passedOver, ...plain } = expected;
  const { report, config, classNames, multiLabel, batchesTracked } = found;
  expect({ ...report, batchNormEpsilon: config.batchNormEpsilon, classNames, multiLabel }).toMatchObject(plain);
  if (passedOver) expect(report.passedOver.join(', ')).toMatch(new RegExp(String(passedOver)));
  expect([0, 17]).toContain(batchesTracked);
  expect(describeReport(report).join('\n')).toMatch(/nothing in it is run/);

  // The image that make_files.py uses.
  const logits = reference.get('logits');
  if (!logits || config.batchNormEpsilon !== undefined) return;
  const { inputChannels: channels } = config;
  const step = 2 / (3 * SIZE * SIZE - 1);
  const values = Float64Array.from({ length: channels * SIZE * SIZE }, (_, i) => Math.fround(i * step - 1));
  const image = { channels, height: SIZE, width: SIZE, values };
  const own = plainForward(buildNetwork({ ...config, height: SIZE, width: SIZE }), found.state, image).logits;
  for (const [i, value] of toFloat32(logits).entries()) expect(Math.abs((own[i] ?? 0) - value)).toBeLessThan(1e-5);
}

async function expectRefused(folder: string, { file, refused = '' }: Variant): Promise<void> {
  const error: unknown = await importWeights(bytesOf(folder, file), file).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error, `${file} was read`).toBeInstanceOf(DenseNetError);
  expect(String(error)).toMatch(new RegExp(refused));
  expect(String(error)).toContain(file);
}

describe('files that lie beside this test', () => {
  it.each(variantsIn(COMMITTED))('$name', (variant) => expectRead(COMMITTED, variant));
});

describe('files that PyTorch writes now', () => {
  const reason = missingFor('torch', 'torchvision', 'numpy');
  const folder = mkdtempSync(join(tmpdir(), 'pytorch-files-'));
  if (!reason) execFileSync(PYTHON, [SCRIPT, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const variants = reason ? [] : variantsIn(folder);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(reason !== undefined)(`are forty and more, and twenty that are refused ${reason ?? ''}`, () => {
    expect(variants.filter(({ refused }) => refused === undefined).length).toBeGreaterThanOrEqual(40);
    expect(variants.filter(({ refused }) => refused !== undefined).length).toBeGreaterThanOrEqual(20);
  });
  it.each(variants.filter(({ refused }) => refused === undefined))('reads $name', (one) => expectRead(folder, one));
  it.each(variants.filter(({ refused }) => refused !== undefined))('refuses $name', (one) =>
    expectRefused(folder, one),
  );
});

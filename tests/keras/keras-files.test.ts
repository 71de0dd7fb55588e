// Keras's and TensorFlow.js's files, in the layouts that their own code writes (make_files.py): numbers bit for bit, logits within
// 1e-5 of NumPy's in float64, in the order in which Keras computes; and files that are refused, each with its reason. Forty variants are made where Python
// has h5py; three lie in files/.
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
  /** Several: a model.json and the files of its weights. */
  readonly file: string | readonly string[];
  readonly reference?: string;
  /** By how much numbers may differ that are stored with fewer bits. */
  readonly tolerance?: number;
  /** Height and width of the image whose logits the reference has. */
  readonly size?: number;
  readonly expect?: Readonly<Record<string, unknown>>;
  /** A regular expression of what it is refused with. */
  readonly refused?: string;
}

const COMMITTED = fileURLToPath(new URL('files', import.meta.url));
const SCRIPT = fileURLToPath(new URL('make_files.py', import.meta.url));
const variantsIn = (folder: string): readonly Variant[] => JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
const bytesOf = (folder: string, file: string) => new Uint8Array(readFileSync(join(folder, file)));

function sourceOf(folder: string, file: Variant['file']) {
  if (typeof file === 'string') return bytesOf(folder, file);
  return file.map((name) => new File([bytesOf(folder, name)], name.slice(name.indexOf('/') + 1)));
}

async function expectRead(folder: string, variant: Variant): Promise<void> {
  const { file, reference = '', tolerance = 0, size = 32, expect: expected = {} } = variant;
  const found = await importWeights(sourceOf(folder, file), typeof file === 'string' ? file : undefined);
  const numbers = readSafetensors(bytesOf(folder, `${reference}.safetensors`), reference).tensors;
  const there = [...numbers.keys()].filter((key) => key !== 'logits').toSorted();
  expect([...found.state.keys()].toSorted()).toEqual(there);
  for (const [key, { shape, values }] of found.state) {
    const tensor = numbers.get(key);
    if (!tensor) throw new Error(key);
    expect(shape, key).toEqual(tensor.shape);
    const wanted = toFloat32(tensor);
    if (tolerance === 0) expect(Buffer.compare(Buffer.from(values.buffer), Buffer.from(wanted.buffer)), key).toBe(0);
    else for (const [i, value] of wanted.entries()) expect(Math.abs((values[i] ?? 0) - value)).toBeLessThan(tolerance);
  }
  const { passedOver, ...plain } = expected;
  const { report, config, multiLabel } = found;
  expect({ ...report, batchNormEpsilon: config.batchNormEpsilon, multiLabel }).toMatchObject({
    scheme: 'keras',
    unused: [],
    ...plain,
  });
  if (passedOver) expect(report.passedOver.join(', ')).toMatch(new RegExp(String(passedOver)));
  expect(describeReport(report).join('\n')).toMatch(/nothing in it is run/);

  const logits = numbers.get('logits');
  if (!logits || tolerance > 1e-5) return;
  // The image that make_files.py uses.
  const { inputChannels: channels } = config;
  const step = 2 / (3 * size * size - 1);
  const values = Float64Array.from({ length: channels * size * size }, (_, i) => Math.fround(i * step - 1));
  const network = buildNetwork({ ...config, height: size, width: size });
  const own = plainForward(network, found.state, { channels, height: size, width: size, values }).logits;
  for (const [i, value] of toFloat32(logits).entries()) expect(Math.abs((own[i] ?? 0) - value)).toBeLessThan(1e-5);
}

async function expectRefused(folder: string, { file, refused = '' }: Variant): Promise<void> {
  const title = String(file);
  const error: unknown = await importWeights(sourceOf(folder, file), title).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error, `${title} was read`).toBeInstanceOf(DenseNetError);
  expect(String(error)).toMatch(new RegExp(refused, 's'));
  expect(String(error)).toContain(title);
}

describe('files that lie beside this test', () => {
  it.each(variantsIn(COMMITTED))('$name', (variant) => expectRead(COMMITTED, variant));
});

describe('files that are written now', () => {
  const reason = missingFor('h5py', 'numpy');
  const folder = mkdtempSync(join(tmpdir(), 'keras-files-'));
  if (!reason) execFileSync(PYTHON, [SCRIPT, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const variants = reason ? [] : variantsIn(folder);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(reason !== undefined)(`are twenty and more, and twenty that are refused ${reason ?? ''}`, () => {
    expect(variants.filter(({ refused }) => refused === undefined).length).toBeGreaterThanOrEqual(20);
    expect(variants.filter(({ refused }) => refused !== undefined).length).toBeGreaterThanOrEqual(20);
  });
  it.each(variants.filter(({ refused }) => refused === undefined))('reads $name of $file', (one) =>
    expectRead(folder, one),
  );
  it.each(variants.filter(({ refused }) => refused !== undefined))('refuses $name', (one) =>
    expectRefused(folder, one),
  );
});

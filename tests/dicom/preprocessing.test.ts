// What a network of torchxrayvision is given of a DICOM file, beside torchxrayvision's own preprocessing: within 2e-3 of 2048.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { packageRoot } from '../../cli/host/package-root.ts';
import { pictures } from '../../cli/input-images.ts';
import type { Preprocessing } from '../../src/data/preprocess.ts';
import { missingFor, PYTHON } from '../fixtures/python.ts';
import { expectedOf } from './compare.ts';

const TOLERANCE = 2e-3;
const SEED = Number(process.env.SEED ?? Date.now() % 1e6) + 1;
const MISSING = missingFor('numpy', 'torch', 'pydicom');

/** As a network of torchxrayvision is recognised (src/densenet/weights/preprocessing.ts). */
const preprocessing = (size: number): Preprocessing => ({
  channels: 1,
  height: size,
  width: size,
  fit: 'square',
  mean: [0.5],
  std: [1 / 2048],
});

async function worst(folder: string): Promise<number> {
  let found = 0;
  for (const [name, { shape, bytes }] of expectedOf(folder)) {
    const want = new Float64Array(bytes.slice().buffer);
    async function* files() {
      yield join(folder, `${name}.dcm`);
    }
    for await (const image of pictures(files(), preprocessing(shape[0] ?? 0))) {
      if ('error' in image) throw image.error;
      expect(image.pixels).toBeInstanceOf(Float32Array);
      expect(image.pixels.length).toBe(want.length);
      for (const [i, value] of image.pixels.entries())
        found = Math.max(found, Math.abs(value - (want[i] ?? Number.NaN)));
    }
  }
  return found;
}

it('of files that were kept', async () => {
  expect(await worst(join(packageRoot, 'tests/dicom/preprocessed'))).toBeLessThan(TOLERANCE);
});

it.skipIf(MISSING !== undefined)(`of fresh files (SEED=${SEED - 1}; ${MISSING ?? 'random sizes'})`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-'));
  try {
    const script = join(packageRoot, 'tests/dicom/make_preprocessed.py');
    execFileSync(PYTHON, [script, String(SEED), folder], { stdio: 'ignore' });
    expect(await worst(folder)).toBeLessThan(TOLERANCE);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

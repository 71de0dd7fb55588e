// Fresh files of every kind, that nobody has seen, beside what pydicom makes of them: lossless ones to the bit, lossy ones within
// one level.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { missingFor, PYTHON } from '../fixtures/python.ts';
import { differences, expectedOf, isLossy } from './compare.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1e6) + 1;
const MISSING = missingFor('numpy', 'PIL', 'pydicom', 'gdcm');

it.skipIf(MISSING !== undefined)(`as pydicom reads them (SEED=${SEED - 1}; ${MISSING ?? 'random files'})`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-'));
  try {
    const script = join(import.meta.dirname, 'make_phantoms.py');
    execFileSync(PYTHON, [script, String(SEED), folder], { stdio: ['ignore', 'ignore', 'ignore'] });
    const expected = expectedOf(folder);
    const names = [...expected.keys()].filter((name) => !name.includes('/'));
    expect(names.length).toBeGreaterThan(45);
    const wrong: string[] = [];
    for (const name of names) {
      const { stored, values, window } = await differences(folder, name, expected);
      const most = isLossy(name) ? 1 : 0;
      if (stored > most || values > most || !(window < 1e-12)) wrong.push(`${name}: ${stored} ${values} ${window}`);
    }
    expect(wrong).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

// Which classes are explained, and what the folder says where one cannot be; with a host that answers what it is told to.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Papa from 'papaparse';
import { afterAll, expect, test } from 'vitest';
import { initialize } from '../../src/densenet/initialize.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { importSafetensors } from '../../src/densenet/weights/import-weights.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { fakeClient } from '../../tests/fixtures/fake-client.ts';
import { HeatMapFolder, labelsOf } from './heat-map-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-heat-maps-'));
afterAll(() => rmSync(root, { recursive: true }));

const config = { ...PRESETS['plain-40-12'], blockLayers: [1], inputChannels: 1, height: 4, width: 4, classes: 4 };
const weights = writeCheckpoint(
  buildNetwork(config),
  toStateDict(buildNetwork(config), initialize(buildNetwork(config), 1)),
);
const single = { ...importSafetensors(weights, 'weights'), classNames: ['a', 'b, c', 'd', 'b'] };
const multiple = { ...single, multiLabel: true, thresholds: [0.5, 0.9, 0.5, 0.5] };
const options = { method: 'cam', type: 'safetensors', overwrite: false } as const;
const image = { name: '고양이/x y.png', pixels: new Uint8Array(16) };
const logits = Float32Array.of(1, 2, 3, -1);

/** A host that explains classes 0 to 2, and overflows for 3. */
const client = fakeClient<HostJobs>({
  'open-explainer': async () => undefined,
  'run-explainer': async ({ request }) => {
    if (request.label === 3) throw new DenseNetError('not-finite', 'the explanation is not finite');
    const report = { height: 1, width: 1, signed: false, completeness: null, milliseconds: 1 };
    return { report, map: Float32Array.of(request.label) };
  },
});

const index = (folder: string) =>
  Papa.parse<Record<string, string>>(readFileSync(join(folder, 'index.csv'), 'utf8').trimEnd(), { header: true }).data;

test('the predicted class is explained, of several those that are present, or those that are named', async () => {
  const cases = [
    [single, undefined, [2]],
    [multiple, undefined, [0, 2]],
    [single, [3, 1], [3, 1]],
  ] as const;
  for (const [i, [network, labels, expected]] of cases.entries()) {
    const folder = join(root, `case-${i}`);
    const maps = await HeatMapFolder.open('--out', folder, network, { ...options, labels });
    const written = await maps.write(client, weights, image, logits);
    await maps.end(true);
    expect(index(folder).map(({ label }) => Number(label))).toEqual(expected);
    expect(written.map(({ index: label }) => label)).toEqual(expected.filter((label) => label !== 3));
  }
});

test('maps of files that share a name have names of their own; one that cannot be made is a row with its error', async () => {
  const folder = join(root, 'names');
  const maps = await HeatMapFolder.open('--out', folder, single, { ...options, labels: [0, 3] });
  for (const name of ['one/x y.png', 'two/X y.png', `three/${'고'.repeat(100)}.png`])
    await maps.write(client, weights, { ...image, name }, logits);
  await maps.end(true);
  expect(maps.failures).toBe(3);
  const rows = index(folder);
  expect(rows.map(({ map }) => map)).toEqual([
    ...['000001-x_y-class-0.safetensors', '', '000002-X_y-class-0.safetensors', ''],
    ...[`000003-${'고'.repeat(40)}-class-0.safetensors`, ''],
  ]);
  expect(rows[1]).toMatchObject({
    file: 'one/x y.png',
    label: '3',
    class: 'b',
    error: expect.stringMatching(/not finite/),
  });
  expect(readdirSync(folder).sort()).toEqual([...rows.map(({ map = '' }) => map).filter(Boolean), 'index.csv'].sort());
});

test('a folder with something in it is refused, unless it may be overwritten', async () => {
  const folder = join(root, 'full');
  mkdirSync(folder);
  writeFileSync(join(folder, 'holiday.jpg'), '');
  await expect(HeatMapFolder.open('--out', folder, single, options)).rejects.toThrow(/is not empty \(holiday\.jpg\)/);
  await expect(HeatMapFolder.open('--out', join(folder, 'holiday.jpg'), single, options)).rejects.toThrow(/cannot be/);
  const maps = await HeatMapFolder.open('--out', folder, single, { ...options, overwrite: true });
  await maps.end(false);
  expect(readdirSync(folder)).toEqual(['holiday.jpg']);
});

test('classes are numbers or names, also names with commas', () => {
  expect(labelsOf(['3,0', 'b, c', 'd'], single)).toEqual([3, 0, 1, 2]);
  expect(labelsOf(['a, d,a'], single)).toEqual([0, 2]);
  expect(() => labelsOf(['4'], single)).toThrow(/--class: "4" is no class of this network: give a number from 0 to 3/);
  expect(() => labelsOf(['tench'], single)).toThrow(/a, b, c, d, b …/);
});

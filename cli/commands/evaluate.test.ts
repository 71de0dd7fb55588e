// `evaluate` from a checkpoint and images on disk to figures, files and a calibrated checkpoint, on the software GPU; and input that
// cannot be evaluated.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvParse } from 'd3-dsv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { initialize } from '../../src/densenet/initialize.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { readCheckpoint, type WriteOptions, writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { importSafetensors } from '../../src/densenet/weights/import-weights.ts';
import { buildDensenet, densenet } from '../densenet-process.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-evaluate-'));
const path = (name: string) => join(root, name);
afterAll(() => rmSync(root, { recursive: true }));

const SIZE = 8;
const CLASSES = ['ant', 'bee', 'cat', 'dog', 'eel', 'fox'];
const config = { ...PRESETS['plain-40-12'], blockLayers: [1], inputChannels: 1, height: SIZE, width: SIZE, classes: 6 };
const network = buildNetwork(config);

function checkpoint(name: string, options: WriteOptions = {}): string {
  const state = toStateDict(network, initialize(network, 1));
  const normalisation = { mean: [0.5], std: [0.25] };
  writeFileSync(path(name), writeCheckpoint(network, state, { classNames: CLASSES, normalisation, ...options }));
  return path(name);
}

function images(part: string, count: number, classes: number): void {
  const pixels = Array.from({ length: count * SIZE ** 2 }, (_, at) => (at * at * 7 + 31 * Math.floor(at / 64)) % 256);
  const sizes = [0, 0, 0, count, 0, 0, 0, SIZE, 0, 0, 0, SIZE];
  writeFileSync(join(root, 'data', `${part}-images-idx3-ubyte`), Buffer.from([0, 0, 8, 3, ...sizes, ...pixels]));
  const labels = Array.from({ length: count }, (_, i) => (i * i) % classes);
  writeFileSync(join(root, 'data', `${part}-labels-idx1-ubyte`), Buffer.from([0, 0, 8, 1, 0, 0, 0, count, ...labels]));
}

let plain = '';
beforeAll(() => {
  buildDensenet();
  mkdirSync(path('data'));
  images('train', 24, 6);
  images('t10k', 10, 5);
  plain = checkpoint('plain.safetensors');
}, 120_000);

const evaluate = (...args: string[]) => densenet('evaluate', '--gpu', 'software', '--data', path('data'), ...args);

test('figures, predictions, a report and a calibrated checkpoint', { timeout: 240_000 }, async () => {
  const [save, predictions, report] = [path('saved.safetensors'), path('predictions.csv'), path('report.html')];
  const files = ['--save', save, '--predictions', predictions, '--report', report, '--mistakes', '2'];
  const { code, out, err } = await evaluate(
    '--checkpoint',
    plain,
    '--calibrate',
    '--fit-on',
    'train',
    '--json',
    ...files,
  );
  expect(err).toContain('24 images');
  expect(code).toBe(0);
  const { evaluation, fitted, split } = JSON.parse(out);
  expect(split).toBe('test');
  expect(evaluation).toMatchObject({ task: 'single-label', images: 10, temperature: fitted.temperature });
  expect(evaluation.top5Accuracy).toBeGreaterThanOrEqual(evaluation.accuracy.value);
  expect(fitted.temperatureFit.lossAfter).toBeLessThanOrEqual(fitted.temperatureFit.lossBefore);

  const rows = csvParse(readFileSync(predictions, 'utf8'));
  expect(rows.columns).toEqual(['image', 'label', 'class', 'probability', 'loss', ...CLASSES]);
  expect(rows).toHaveLength(10);
  expect(rows.filter((row) => row.label === row.class).length / 10).toBe(evaluation.accuracy.value);
  const mean = rows.reduce((sum, row) => sum + Number(row.loss), 0) / 10;
  // Nine digits of ten losses.
  expect(Math.abs(mean - evaluation.loss.value)).toBeLessThan(1e-8);
  for (const row of rows) {
    const probabilities = CLASSES.map((name) => Number(row[name]));
    expect(Number(row.probability)).toBe(Math.max(...probabilities));
    expect(Math.abs(-Math.log(Number(row[row.label ?? ''])) - Number(row.loss))).toBeLessThan(1e-7);
  }

  const html = readFileSync(report, 'utf8');
  expect(html.match(/<img /g)).toHaveLength(4);
  expect(html).toContain('Worst mistakes');

  const saved = importSafetensors(new Uint8Array(readFileSync(save)), save);
  expect(saved).toMatchObject({ temperature: fitted.temperature, classNames: CLASSES });
  expect(saved.state).toEqual(readCheckpoint(new Uint8Array(readFileSync(plain)), plain).state);
});

test('a network of several labels per image: thresholds are chosen, and written', { timeout: 240_000 }, async () => {
  const several = checkpoint('several.safetensors', {
    multiLabel: true,
    temperature: 2,
    thresholds: CLASSES.map(() => 0.9),
  });
  const save = path('thresholds.safetensors');
  const chosen = await evaluate(
    '--checkpoint',
    several,
    '--thresholds',
    'sensitivity=0.9',
    '--fit-on',
    'test',
    '--save',
    save,
    '--json',
  );
  expect(chosen).toMatchObject({ code: 0, err: expect.stringContaining('optimistic') });
  expect(chosen.err).toContain('no threshold (sensitivity=0.9) for cat, dog, fox');
  const { evaluation, fitted } = JSON.parse(chosen.out);
  expect(evaluation).toMatchObject({ task: 'multi-label', temperature: 2 });
  const labels: { threshold: number; recall: number; positives: number }[] = evaluation.labels;
  for (const [k, { threshold, recall, positives }] of labels.entries()) {
    expect(threshold).toBe(fitted.thresholds[k]);
    if (positives > 0) expect(recall).toBeGreaterThanOrEqual(0.9);
    else expect(threshold).toBe(0.9);
  }
  const written = importSafetensors(new Uint8Array(readFileSync(save)), save);
  expect(written).toMatchObject({ multiLabel: true, temperature: 2, thresholds: fitted.thresholds });
  const text = await evaluate('--checkpoint', save, '--resamples', '0');
  expect(text.out).toMatch(/label +with +without +unknown +AUROC .*sensitivity +specificity/);
  expect(text.out).toContain('without intervals');
});

test('with --tta, probabilities are the mean of the views', { timeout: 240_000 }, async () => {
  // Each image comes twice, as it is and mirrored, so that its views' own predictions are rows of an evaluation without --tta.
  mkdirSync(path('pairs'));
  const rows = Array.from({ length: 3 * SIZE }, (_, y) =>
    Array.from({ length: SIZE }, (_, x) => (37 * y * x + 11 * y + 90 * x) % 256),
  );
  const images = [...rows, ...rows.map((row) => row.toReversed())].flat();
  const sizes = [0, 0, 0, 6, 0, 0, 0, SIZE, 0, 0, 0, SIZE];
  writeFileSync(path('pairs/train-images-idx3-ubyte'), Buffer.from([0, 0, 8, 3, ...sizes, ...images]));
  writeFileSync(path('pairs/train-labels-idx1-ubyte'), Buffer.from([0, 0, 8, 1, 0, 0, 0, 6, 0, 1, 5, 0, 1, 5]));
  const several = checkpoint('pairs.safetensors', { multiLabel: true });
  for (const weights of [plain, several]) {
    const probabilities = async (file: string, ...args: string[]) => {
      const common = ['--gpu', 'software', '--data', path('pairs'), '--checkpoint', weights, '--resamples', '0'];
      const ended = await densenet('evaluate', ...common, '--predictions', path(file), '--overwrite', ...args);
      expect(ended).toMatchObject({ code: 0 });
      const found = csvParse(readFileSync(path(file), 'utf8'));
      return { found: found.map((row) => CLASSES.map((name) => Number(row[name]))), out: ended.out };
    };
    const one = await probabilities('one.csv');
    const mean = await probabilities('mean.csv', '--tta', 'mirror', '--json');
    expect(JSON.parse(mean.out)).toMatchObject({ tta: 'mirror' });
    for (const [i, row] of mean.found.entries())
      for (const [k, p] of row.entries())
        expect(p).toBeCloseTo(((one.found[i]?.[k] ?? 0) + (one.found[(i + 3) % 6]?.[k] ?? 0)) / 2, 6);
    expect(Math.abs((one.found[0]?.[0] ?? 0) - (one.found[3]?.[0] ?? 0))).toBeGreaterThan(1e-4);
  }
});

test('what cannot be evaluated is told at once, and nothing is written', { timeout: 120_000 }, async () => {
  const refused = async (words: RegExp, ...args: string[]) => {
    const ended = await evaluate(...args);
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err).toMatch(words);
  };
  const save = path('never.safetensors');
  await refused(/--save: .* has nothing to save/, '--checkpoint', plain, '--save', save);
  await refused(
    /--fit-on: "val" is no split .* which has test, train/,
    '--checkpoint',
    plain,
    '--calibrate',
    '--save',
    save,
  );
  await refused(
    /is for several labels per image/,
    '--checkpoint',
    plain,
    '--thresholds',
    'youden',
    '--fit-on',
    'train',
  );
  await refused(/must be 'youden'/, '--checkpoint', plain, '--thresholds', 'best');
  await refused(/exists already/, '--checkpoint', plain, '--report', plain);
  await refused(/no such file/, '--checkpoint', path('missing.safetensors'));
  expect(existsSync(save)).toBe(false);
});

// A run in a folder of its own, on the software GPU: from photographs to the networks, the log and the report that it leaves.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { parseLogEntry } from '../../src/densenet/train/log-entries.ts';
import { readTrainingState } from '../../src/densenet/train/training-state.ts';
import { readRunLog } from '../../src/node/run-log.ts';
import { buildDensenet, densenetIn } from '../densenet-process.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-train-folder-'));
const CLASSES = { bright: 200, dark: 40 };

beforeAll(async () => {
  buildDensenet();
  for (const [part, count] of Object.entries({ train: 6, val: 2, test: 3 }))
    for (const [name, level] of Object.entries(CLASSES)) {
      const folder = join(root, 'photos', part, name);
      mkdirSync(folder, { recursive: true });
      for (let i = 0; i < count; i++) {
        const background = { r: level + i, g: level, b: level - 3 * i };
        await sharp({ create: { width: 8, height: 8, channels: 3, background } })
          .png()
          .toFile(join(folder, `${i}.png`));
      }
    }
}, 120_000);
afterAll(() => rmSync(root, { recursive: true }));

test('a run leaves its networks, its log and its report, and looks at the test images once', async () => {
  const { code, out, err } = await densenetIn(
    root,
    ...['train', '--gpu', 'software', '--host', 'node', '--data', 'photos', '--json', '--keep', '1', '--no-cache'],
    ...['--config', '{"growth":4,"blocks":[1],"bottleneck":0}', '--epochs', '2', '--batch', '4'],
    // On crops; what is evaluated at the end is prepared as the checkpoint says.
    ...['--size', '6', '--train-resize', '8', '--random-crop'],
  );
  expect({ code, err }).toEqual({
    code: 0,
    err: expect.stringMatching(/kept in runs.*6 test images are looked at once/s),
  });
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const report = lines.at(-1);
  const [name = '', ...more] = readdirSync(join(root, 'runs'));
  expect(more).toEqual([]);
  expect(report).toMatchObject({
    kind: 'result',
    run: join('runs', name),
    report: join('runs', name, 'report.html'),
    checkpoint: join('runs', name, 'last.safetensors'),
    evaluation: { val: { images: 4 }, test: { images: 6, accuracy: expect.any(Number) } },
  });
  const file = (of: string) => join(root, 'runs', name, of);
  const files = readdirSync(file('')).filter((one) => !one.startsWith('events.out.tfevents.'));
  const kept = files.filter((one) => one.startsWith('epoch-'));
  expect(files.sort()).toEqual(['best.safetensors', ...kept, 'last.safetensors', 'log.jsonl', 'report.html']);
  expect(kept).toHaveLength(1);
  // Of one that is kept, that is the best.
  const best = readFileSync(file('best.safetensors'));
  expect(readFileSync(file(kept[0] ?? '')).equals(best)).toBe(true);
  expect(readCheckpoint(best, 'best')).toMatchObject({
    classNames: ['bright', 'dark'],
    config: { height: 6, width: 6 },
    resizing: { resize: 8 },
  });
  const state = readTrainingState(readFileSync(file('last.safetensors')), 'last');
  expect(state.run).toMatchObject({
    epochs: [{}, {}],
    data: { training: { height: 8, width: 8 }, validation: { height: 6, width: 6 } },
    about: { dataset: { size: { height: 6, width: 6 }, trainResize: { height: 8, width: 8 } } },
  });

  const log = [];
  for await (const entry of readRunLog(file('log.jsonl'))) log.push(entry);
  expect(log.map(({ kind }) => kind)).toEqual([
    'run',
    ...['step', 'step', 'step', 'epoch', 'step', 'step', 'step', 'epoch'],
    ...['end', 'evaluation', 'evaluation'],
  ]);
  expect(lines.slice(0, -1).map((line) => parseLogEntry(line, 'line'))).toEqual(log);
  const [end, val, tested] = log.slice(-3);
  expect(end).toMatchObject({ reason: 'complete' });
  // What training said of its best epoch is what its file does.
  expect(val).toMatchObject({ split: 'val', accuracy: Math.max(...report.epochs.map(accuracyOf)) });
  expect(tested).toMatchObject({ split: 'test', images: 6, accuracy: report.evaluation.test.accuracy });

  const html = readFileSync(file('report.html'), 'utf8');
  for (const section of ['training', 'confusion', 'curves', 'calibration', 'data', 'run'])
    expect(html).toContain(`<section id="${section}"`);
  for (const text of ['Results on test, 6 images', 'learningRate', 'SwiftShader', process.version])
    expect(html).toContain(text);
}, 240_000);

const accuracyOf = ({ validationAccuracy }: { readonly validationAccuracy: number }) => validationAccuracy;

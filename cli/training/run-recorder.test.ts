// What a run says and leaves as it goes on, told by events as a host would.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import type { LogEntry } from '../../src/densenet/train/log-entries.ts';
import type { TrainEvent } from '../../src/jobs/train-request.ts';
import { readRunLog } from '../../src/node/run-log.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { newRunFolder, type RunFolder } from './run-folder.ts';
import { RunRecorder } from './run-recorder.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-recorder-'));
afterAll(() => rmSync(root, { recursive: true }));

const config = { ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4, height: 8, width: 8 };
const { network, run, trainer } = sampleRun(config, 'sgd');
const UPDATES = 2;
const networkOf = (epoch: number) =>
  writeCheckpoint(network, toStateDict(network, trainer), { training: { id: 'this', updates: (epoch + 1) * UPDATES } });
const images = { count: 4, channels: 3, height: 8, width: 8, classNames: ['a', 'b'] };
const part = { ...images, labels: new Int32Array(4), sha256: '0'.repeat(64) };

/** Tells of a run whose epochs have these accuracies. */
async function recorded(folder: RunFolder | undefined, keep: number, accuracies: readonly number[]) {
  const entries: LogEntry[] = [];
  const notes: string[] = [];
  const recorder = await RunRecorder.open({
    folder,
    keep,
    from: undefined,
    settings: run.hyperparameters,
    request: { training: part, validation: part },
    place: { host: 'node', adapter: 'none' },
    note: (text) => notes.push(text),
    onEntry: (entry) => entries.push(entry),
  });
  const ready = { kind: 'ready', updates: UPDATES, seconds: 0, gpuBytes: 0, tiles: 'defaults', notes: [] } as const;
  recorder.tell({ ...ready, kept: {}, epochs: [], into: 0 });
  for (const [epoch, validationAccuracy] of accuracies.entries()) {
    const better = accuracies.slice(0, epoch).filter((other) => other >= validationAccuracy).length;
    const metrics = {
      loss: 1,
      accuracy: 0.5,
      validationLoss: 1,
      learningRate: 0.1,
      imagesPerSecond: 9,
      seconds: epoch,
    };
    const events: TrainEvent[] = [{ kind: 'epoch', epoch, validationAccuracy, ...metrics }];
    if (better < Math.max(keep, 1)) events.push({ kind: 'best', epoch, rank: better, checkpoint: networkOf(epoch) });
    for (const event of events) recorder.tell(event);
  }
  await recorder.ended({ updates: 6, interrupted: false, stoppedEarly: false, validation: 0.5, seconds: 3 });
  recorder.evaluated({ split: 'test', checkpoint: 'best.safetensors', images: 4, loss: 1, accuracy: 0.5, metrics: {} });
  await recorder.close();
  return { entries, notes, code: recorder.ending };
}
const folderOf = (name: string) => newRunFolder({ folder: join(root, name), model: 'small' });

test('the best network is the best one, whatever else is kept', async () => {
  for (const [keep, kept] of [
    [0, []],
    [2, ['epoch-02.safetensors', 'epoch-03.safetensors']],
  ] as const) {
    const folder = await folderOf(`keep-${keep}`);
    const { entries, notes, code } = await recorded(folder, keep, [0.5, 0.75, 0.625]);
    expect([notes, code]).toEqual([[], 0]);
    expect(readFileSync(folder.files.best).equals(networkOf(1))).toBe(true);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('epoch-'))).toEqual(kept);
    const log: LogEntry[] = [];
    for await (const entry of readRunLog(folder.files.log)) log.push(entry);
    expect(log).toEqual(entries);
    expect(log.map(({ kind }) => kind)).toEqual(['run', 'epoch', 'epoch', 'epoch', 'end', 'evaluation']);
    folder.release();
  }
});

test('without a folder its entries are told, and nothing is written', async () => {
  const { entries, code } = await recorded(undefined, 0, [0.5]);
  expect([entries.map(({ kind }) => kind), code]).toEqual([['run', 'epoch', 'end', 'evaluation'], 0]);
});

test('a best network that cannot be written is said again at the end, which is a failure', async () => {
  const folder = await folderOf('full');
  mkdirSync(folder.files.best);
  const { notes, code } = await recorded(folder, 0, [0.5, 0.25]);
  expect(code).toBe(1);
  expect(notes).toEqual([
    expect.stringMatching(/^the network of epoch 1, the best so far, was not saved in .*: .*it is a folder/),
    expect.stringMatching(/^densenet: the network of epoch 1/),
  ]);
  folder.release();
});

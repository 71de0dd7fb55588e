// A training that saves itself, in storage that is a map: what is saved when, what a run is resumed with, and storage that fails.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PRESETS } from '../../src/densenet/presets.ts';
import type { JobContext } from '../../src/jobs/define-job.ts';
import type { TrainAnswer, TrainEvent, TrainRequest } from '../../src/jobs/train-request.ts';
import { StorageError } from '../../src/runtime/errors.ts';
import { imagesInfo } from '../../src/training/events.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { removeRun } from '../runs/run-store.ts';
import { parseSavedRun } from '../runs/saved-run.ts';
import * as opfs from '../storage/opfs.ts';
import { type Resumed, type SaveEvent, type Started, savingTrainings } from './save-training.ts';

vi.mock('../storage/opfs.ts', () => ({ list: vi.fn(), read: vi.fn(), write: vi.fn(), remove: vi.fn() }));
const files = new Map<string, Uint8Array>();
beforeEach(() => {
  vi.mocked(opfs.write).mockImplementation(async (_, name, content) => {
    const blob = content instanceof Blob ? content : new Blob([content]);
    files.set(name, new Uint8Array(await blob.arrayBuffer()));
  });
  vi.mocked(opfs.read).mockImplementation(async (_, name) => {
    const bytes = files.get(name);
    if (!bytes) throw new StorageError('missing', name);
    return new File([bytes.slice()], name);
  });
  vi.mocked(opfs.remove).mockImplementation(async (_, name) => void files.delete(name));
});
afterEach(() => files.clear());

const { run } = sampleRun({ ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4, classes: 2 }, 'sgd');
const images = (count: number) => ({
  count,
  channels: 3,
  height: 32,
  width: 32,
  classNames: ['a', 'b'],
  pixels: new Uint8Array(count * 3072).fill(7),
  labels: new Int32Array(count),
});
const title = { id: 'run-1', started: 5, dataName: 'some' };
const [training, validation] = [images(43), images(9)];
const started: Started = {
  ...run.hyperparameters,
  save: title,
  reportLogits: true,
  about: { date: 'today' },
  training,
  validation,
};

const ready: TrainEvent = {
  kind: 'ready',
  updates: 5,
  seconds: 1,
  gpuBytes: 1,
  tiles: 'defaults',
  notes: [],
  kept: {},
  epochs: [],
  into: 0,
};
const progress = (updates: number): TrainEvent => ({
  kind: 'progress',
  epoch: 0,
  updates,
  loss: 1,
  accuracy: 0.5,
  imagesPerSecond: 3,
  waiting: 0,
  learningRate: 0.1,
});

/** A training that tells of two states and is interrupted after seven updates; what it was asked goes to `asked`. */
const trainingInto =
  (asked: TrainRequest[]) =>
  async (request: TrainRequest, { report }: JobContext<TrainEvent>): Promise<TrainAnswer> => {
    asked.push(request);
    report(ready);
    report(progress(1));
    report({ kind: 'state', epoch: 0, updates: 1, step: 1, complete: false, state: Uint8Array.of(1) });
    report(progress(2));
    const answer = { updates: 7, interrupted: true, stoppedEarly: false, validation: null, seconds: 1 };
    return { report: answer, checkpoint: Uint8Array.of(7) };
  };

async function train(given: Started | Resumed) {
  const asked: TrainRequest[] = [];
  const kinds: string[] = [];
  const context: JobContext<TrainEvent | SaveEvent> = {
    gpu: {} as GPU,
    host: 'browser',
    now: () => 0,
    report: ({ kind }) => void kinds.push(kind),
    ask: () => Promise.reject(new Error('nothing is asked')),
    signal: new AbortController().signal,
  };
  await savingTrainings(trainingInto(asked))(given, context);
  const [request] = asked;
  if (!request) throw new Error('nothing was trained');
  return { request, kinds };
}

test('images are saved before the first step, the state as it comes and at the end, and the run is resumed with all of it', async () => {
  const first = await train(started);
  expect(first.request.saveEvery).toEqual({ seconds: 5 });
  expect(first.kinds.filter((kind) => kind !== 'stored')).toEqual(['ready', 'progress', 'progress']);
  expect(first.kinds.at(-1)).toBe('stored');
  expect([...files.keys()].slice(0, 2)).toEqual(['run-1.training.safetensors', 'run-1.validation.safetensors']);
  expect([...(files.get('run-1.state.safetensors') ?? [])]).toEqual([7]);
  const saved = parseSavedRun(new TextDecoder().decode(files.get('run-1.json')));
  expect(saved).toMatchObject({ ...title, place: { epoch: 1, updates: 2, updatesPerEpoch: 5 } });
  expect(saved?.progress.points.map(({ at }) => at)).toEqual([0.2, 0.4]);

  const again = await train({ resumeRun: 'run-1' });
  const { save: _, ...wanted } = started;
  expect(again.request).toEqual({ ...wanted, saveEvery: { seconds: 5 }, resume: Uint8Array.of(7) });
  expect(saved?.request).toMatchObject({ training: imagesInfo(training), validation: imagesInfo(validation) });
});

test('a run that version 0.1.0 of the page saved, with its validation images under their old name, is resumed and removed', async () => {
  await train(started);
  const [from, to] = ['run-1.validation.safetensors', 'run-1.held-out.safetensors'];
  files.set(to, files.get(from) ?? new Uint8Array());
  files.delete(from);
  const { request } = await train({ resumeRun: 'run-1' });
  expect(request.validation).toEqual(validation);
  await removeRun('run-1');
  expect([...files.keys()]).toEqual([]);
});

test('where there is no storage it trains all the same, and says so', async () => {
  vi.mocked(opfs.write).mockRejectedValue(new StorageError('full', 'no room'));
  const { kinds, request } = await train(started);
  expect(kinds).toEqual(['not-stored', 'ready', 'progress', 'state', 'progress']);
  expect(request.saveEvery).toBeUndefined();
});

test('where storage fills up later, that is said once', async () => {
  vi.mocked(opfs.write).mockImplementation(async (_, name) => {
    if (name.includes('.state.')) throw new StorageError('full', 'no room');
  });
  const { kinds } = await train(started);
  expect(kinds.filter((kind) => kind === 'not-stored')).toHaveLength(1);
});

// What a training leaves behind, however it ends: with a host that answers what it is told to.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { inMemory } from '../../src/data/dataset.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { readTrainingState, writeTrainingState } from '../../src/densenet/train/training-state.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import type { TrainAnswer, TrainEvent, TrainRequest } from '../../src/jobs/train-request.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { fakeClient } from '../../tests/fixtures/fake-client.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { ended, howToResume, trainAndSave, trainingProgress } from './run.ts';
import { shortPath } from './run-files.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-training-run-'));
const folder = join(root, 'run');
const [out, state] = [join(folder, 'a.safetensors'), join(folder, "the run's.safetensors")];
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  messages.length = 0;
});
afterAll(() => rmSync(root, { recursive: true }));

const messages: string[] = [];
vi.mock('../output.ts', () => {
  const keep = (text: string) => void messages.push(text);
  return { note: keep, print: keep };
});

const config = { ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4, inputChannels: 1, height: 8, width: 8 };
const { network, run, trainer } = sampleRun(config, 'sgd');
const stateAfter = (steps: number) =>
  writeTrainingState(
    network,
    { ...trainer, steps },
    { run: { ...run, runningMetrics: { ...run.runningMetrics, correct: 0, updates: steps - 10 } } },
  );
const checkpoint = writeCheckpoint(network, toStateDict(network, trainer));
const images = inMemory({
  count: 1,
  channels: 1,
  height: 8,
  width: 8,
  classNames: Array(10).fill('c'),
  pixels: new Uint8Array(64),
  labels: new Int32Array(1),
});

/** Trains on a host that does `work`, which may tell events. */
function train(work: (tell: (event: TrainEvent) => void, request: TrainRequest) => Promise<TrainAnswer>, asked = true) {
  const client = fakeClient<HostJobs>({ train: (request, { report }) => work(report, request) });
  const options = { out, autotune: 'off', ...(asked && { state: { path: state, every: { updates: 1 } } }) } as const;
  return trainAndSave(client, run.hyperparameters, { training: images, validation: images }, options);
}
const saved = (step: number): Extract<TrainEvent, { kind: 'state' }> => ({
  kind: 'state',
  epoch: 2,
  updates: step - 10,
  step,
  complete: false,
  state: stateAfter(step),
});
const answer = (bytes: Uint8Array<ArrayBuffer>, interrupted: boolean): TrainAnswer => ({
  report: { updates: 13, interrupted, stoppedEarly: false, validation: 0.5, seconds: 1 },
  checkpoint: bytes,
});
const stepsIn = (path: string) => readTrainingState(readFileSync(path), path).trainer.steps;

test('a run at its end leaves its checkpoint, and its state knows where that goes', async () => {
  const result = await train(async (_, request) => {
    expect(request).toMatchObject({ out });
    return answer(checkpoint, false);
  });
  expect(ended(result)).toBe(0);
  expect(result.saved).toEqual({ path: out });
  expect(readdirSync(folder)).toEqual(['a.safetensors']);
});

test('an interrupted one leaves its state, touches no checkpoint, and is not done', async () => {
  writeFileSync(out, 'of the last run');
  const result = await train(async () => answer(stateAfter(13), true));
  expect(ended(result)).toBe(130);
  expect(stepsIn(state)).toBe(13);
  expect(readFileSync(out, 'utf8')).toBe('of the last run');
  expect(howToResume(result, 'my data')).toBe(
    `interrupted after 13 updates; resume with: densenet train --resume '${shortPath(state).replace("'", "'\\''")}' --data 'my data'`,
  );
});

test('also where no state was asked for: beside the checkpoint, over nothing', async () => {
  const beside = join(folder, 'a.state.safetensors');
  writeFileSync(beside, 'of another run');
  const result = await train(async () => answer(stateAfter(13), true), false);
  expect(ended(result)).toBe(130);
  expect(result.saved.path).toBe(join(folder, 'a.state-2.safetensors'));
  expect(stepsIn(result.saved.path)).toBe(13);
  expect(readFileSync(beside, 'utf8')).toBe('of another run');
});

test('what a host answers an interrupt with replaces the state only where it is one', async () => {
  writeFileSync(state, stateAfter(12));
  await expect(train(async () => answer(checkpoint, true))).rejects.toThrow(/cannot be written/);
  expect(stepsIn(state)).toBe(12);
  expect(readdirSync(folder)).toEqual(["the run's.safetensors"]);
});

test('one that came to NaN keeps the state after its last good step, and no checkpoint', async () => {
  const failing = train(async (tell) => {
    tell(saved(11));
    tell(saved(13));
    throw new DenseNetError('not-finite', 'step 13: classifier.weight holds values that are not finite');
  });
  await expect(failing).rejects.toThrow(/^step 13: classifier\.weight/);
  expect(stepsIn(state)).toBe(13);
  expect(readdirSync(folder)).toEqual(["the run's.safetensors"]);
  expect(messages.at(-1)).toMatch(/the state after 13 updates is saved in .*--checkpoint .* --lr RATE/);
});

test('a state that is not finite is a message, and the one before stays', async () => {
  const failing = train(async (tell) => {
    tell(saved(11));
    tell({ kind: 'unsaved', step: 12, why: 'classifier.weight: holds values that are not finite' });
    throw new DenseNetError('not-finite', 'step 12');
  });
  await expect(failing).rejects.toThrow('step 12');
  expect(stepsIn(state)).toBe(11);
  expect(messages).toContain(
    'the state after 12 updates was not saved: classifier.weight: holds values that are not finite',
  );
});

test.each([
  ['the checkpoint', checkpoint, false],
  ['the state', stateAfter(13), true],
])('where its folder is gone, %s is saved elsewhere, and that is a failure', async (_, bytes, interrupted) => {
  const result = await train(async () => {
    rmSync(folder, { recursive: true });
    return answer(bytes, interrupted);
  });
  expect(ended(result)).toBe(1);
  expect(result.saved.problem).toMatch(/no such folder/);
  expect(messages.at(-1)).toBe(`${_} was saved to ${result.saved.path}`);
  const written = readFileSync(result.saved.path);
  expect(readCheckpoint(written, 'saved').config).toEqual(config);
  rmSync(dirname(result.saved.path), { recursive: true });
});

test('a checkpoint that cannot be in its place is saved beside the state', async () => {
  mkdirSync(out);
  const beside = join(root, 'states');
  mkdirSync(beside);
  const client = fakeClient<HostJobs>({ train: async () => answer(checkpoint, false) });
  const where = { out, autotune: 'off', state: { path: join(beside, 's'), every: { updates: 1 } } } as const;
  const result = await trainAndSave(client, run.hyperparameters, { training: images, validation: images }, where);
  expect(ended(result)).toBe(1);
  expect(result.saved.path).toBe(join(beside, 'a.safetensors'));
});

test('without a checkpoint of its own, a last state that cannot be written is a failure, and the network is saved', async () => {
  const last = join(folder, 'last.safetensors');
  const trainInFolder = (before: () => void) => {
    const client = fakeClient<HostJobs>({
      train: async (_, { report }) => {
        before();
        report({ ...saved(13), complete: true });
        return answer(checkpoint, false);
      },
    });
    const where = { autotune: 'off', state: { path: last, every: { updates: 1 } } } as const;
    return trainAndSave(client, run.hyperparameters, { training: images }, where);
  };
  const good = await trainInFolder(() => undefined);
  expect([ended(good), good.saved]).toEqual([0, { path: last }]);
  rmSync(last);
  const bad = await trainInFolder(() => mkdirSync(last));
  expect(ended(bad)).toBe(1);
  expect(bad.saved.path).toBe(join(folder, 'network.safetensors'));
  expect(bad.saved.problem).toMatch(/does not have the run's last state: .*it is a folder/);
  expect(readCheckpoint(readFileSync(bad.saved.path), 'saved').config).toEqual(config);
});

test('progress says how fast it is, how long it takes, and how long steps waited for images', () => {
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  const progress = trainingProgress({ epochs: 4, images: 100, line: note, note, terminal: false });
  const ready = {
    kind: 'ready',
    updates: 10,
    seconds: 2,
    gpuBytes: 0,
    tiles: 'defaults',
    notes: [],
    kept: {},
  } as const;
  progress.tell({ ...ready, epochs: [], into: 0 });
  const running = { loss: 0.5, accuracy: 0.75, imagesPerSecond: 5, waiting: 0.246, learningRate: 0.1 };
  progress.tell({ kind: 'progress', epoch: 1, updates: 5, ...running });
  // 250 of the 400 images are left.
  expect(notes.at(-1)).toBe('epoch 2/4, 50%: loss 0.500, accuracy 75.0%, 5 images/s, 0:50 left, waits 25%');
});

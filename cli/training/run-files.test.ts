// What a run may write, decided before it trains.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { buildNetwork } from '../../src/densenet/network.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { isComplete, type RunMetadata } from '../../src/densenet/train/run-metadata.ts';
import { writeTrainingState } from '../../src/densenet/train/training-state.ts';
import { ConfigError, StorageError } from '../../src/runtime/errors.ts';
import { trainingId } from '../../src/training/state.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { checkSpace, RunFiles, runBytes } from './run-files.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-run-files-'));
const at = (name: string) => join(root, name);
const opened: RunFiles[] = [];
const files = () => {
  const made = new RunFiles();
  opened.push(made);
  return made;
};
afterEach(() => {
  for (const made of opened.splice(0)) made.release();
  for (const name of readdirSync(root)) rmSync(at(name));
});
afterAll(() => rmSync(root, { recursive: true }));

const config = { ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4, height: 8, width: 8 };
const { network, run, trainer } = sampleRun(config, 'sgd');
const epoch = run.epochs.slice(0, 1);
const over: RunMetadata = {
  ...run,
  epochs: [...run.epochs, ...epoch],
  runningMetrics: { ...run.runningMetrics, updates: 0, correct: 0 },
};
const state = (of: RunMetadata, details: object = {}) =>
  writeTrainingState(network, { ...trainer, steps: isComplete(of) ? 15 : 12 }, { run: of, ...details });
const asked = { option: '--state', overwrite: false };
const out = { option: '--out', overwrite: false };
const training = async () => ({ id: 'this', updates: 15 });
const finished = (id: string, updates: number) =>
  writeCheckpoint(network, toStateDict(network, trainer), { training: { id, updates } });

test('no two files of a run are one, however they are named', async () => {
  writeFileSync(at('a'), '');
  symlinkSync(at('a'), at('link'));
  await files().claimState(at('b'), {}, asked);
  const both = opened[0];
  await expect(both?.claimOut(at('b'), {}, out, training)).rejects.toThrow(/^--out: .* is also the file of --state/);
  for (const name of ['a', 'link']) {
    const claims = [
      () => files().claimOut(at(name), { resume: at('a') }, out, training),
      () => files().claimOut(at(name), { checkpoint: at('a') }, out, training),
      () => files().claimState(at(name), { checkpoint: at('link') }, asked),
    ];
    for (const claim of claims) await expect(claim()).rejects.toThrow(/is also the file of --(resume|checkpoint)/);
  }
});

test('a file has one run', async () => {
  await files().claimOut(at('out'), {}, out, training);
  await expect(files().claimOut(at('out'), {}, out, training)).rejects.toThrow(StorageError);
  await expect(files().claimState(at('out'), {}, asked)).rejects.toThrow(/is in use by process/);
  opened[0]?.release();
  await files().claimOut(at('out'), {}, out, training);
  opened.at(-1)?.release();
  expect(readdirSync(root)).toEqual([]);
});

test.each([
  ['another run’s state', state(run), /holds a run after 12 updates: resume it \(--resume/],
  ['a checkpoint', finished('this', 15), /already exists/],
  ['anything', new Uint8Array([1]), /already exists/],
])('%s is not replaced by a state unasked', async (_, bytes, words) => {
  writeFileSync(at('s'), bytes);
  await expect(files().claimState(at('s'), {}, asked)).rejects.toThrow(words);
  await expect(files().claimState(at('s'), {}, asked)).rejects.toThrow(StorageError);
  opened[0]?.release();
  await expect(files().claimState(at('s'), { resume: at('other') }, asked)).rejects.toThrow(ConfigError);
  opened.at(-1)?.release();
  await files().claimState(at('s'), {}, { ...asked, overwrite: true });
  opened.at(-1)?.release();
  await files().claimState(at('s'), { resume: at('s') }, asked);
  expect(readFileSync(at('s')).equals(bytes)).toBe(true);
});

test.each([
  ['of the same training', 'replaced', finished('this', 15)],
  ['of its first epochs', 'replaced', finished('this', 5)],
  ['of more epochs of it', 'asked for', finished('this', 20)],
  ['of another training', 'asked for', finished('another', 15)],
  ['of no training', 'asked for', new Uint8Array([1])],
  ['that is the state of another run at its end', 'asked for', state(over, { training: { id: 'another' } })],
  ['that is the state of another run before it', 'never replaced', state(run, { training: { id: 'another' } })],
  ['that is the state of the same run', 'replaced', state(run, { training: { id: 'this' } })],
] as const)('a file %s is %s', async (_, what, bytes) => {
  writeFileSync(at('o'), bytes);
  const claim = async (overwrite: boolean) => {
    const made = files();
    await made.claimOut(at('o'), {}, { ...out, overwrite }, training).finally(() => made.release());
  };
  if (what === 'replaced') await claim(false);
  else await expect(claim(false)).rejects.toThrow(/^--out: .*(already exists|unfinished)/);
  if (what === 'never replaced') await expect(claim(true)).rejects.toThrow(/unfinished run/);
  else await claim(true);
  expect(existsSync(at('o'))).toBe(true);
});

test('a training is identified by its hyperparameters, its images and its start', async () => {
  const id = await trainingId(run);
  const { hyperparameters, data } = run;
  expect(await trainingId(over)).toBe(id);
  expect(await trainingId({ ...run, hyperparameters: { ...hyperparameters, epochs: 9 } })).toBe(id);
  const cosine = { ...hyperparameters, schedule: 'cosine' } as const;
  const others: Pick<RunMetadata, 'hyperparameters' | 'data' | 'about'>[] = [
    { ...run, hyperparameters: { ...hyperparameters, seed: 8 } },
    { ...run, hyperparameters: cosine },
    { ...run, hyperparameters: { ...cosine, epochs: 9 } },
    { ...run, data: { ...data, training: { ...data.training, labels: 'd'.repeat(64) } } },
    { ...run, about: { start: 'e'.repeat(64) } },
  ];
  const ids = await Promise.all(others.map((other) => trainingId(other)));
  expect(new Set([id, ...ids]).size).toBe(others.length + 1);
});

test('room is asked for before the training: for a state and the one that replaces it', async () => {
  const bytes = runBytes(buildNetwork(config), run.hyperparameters);
  expect(state(run).length).toBeLessThanOrEqual(bytes.state);
  expect(finished('this', 1).length).toBeLessThanOrEqual(bytes.out);
  await checkSpace(bytes, at('o'), at('s'));
  const large = { out: 1, state: 1e18 };
  await checkSpace(large, at('o'));
  const lacking = checkSpace(large, at('o'), at('s'));
  await expect(lacking).rejects.toMatchObject({ code: 'storage', reason: 'full' });
  await expect(lacking).rejects.toThrow(/need 2000000000000\.0 MB, .* left: make room/);
});

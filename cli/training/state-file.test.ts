import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { build } from 'vite';
import { afterAll, expect, test } from 'vitest';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { readTrainingState, writeTrainingState } from '../../src/densenet/train/training-state.ts';
import { StorageError } from '../../src/runtime/errors.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { packageRoot } from '../host/package-root.ts';
import { StateFile } from './run-files.ts';

const root = mkdtempSync(join(tmpdir(), 'densenet-state-'));
afterAll(() => rmSync(root, { recursive: true }));

const config = { ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4, height: 8, width: 8 };
const { network, run, trainer } = sampleRun(config, 'sgd');
/** The state after 10 to 14 updates. */
const stateAfter = (steps: number) =>
  writeTrainingState(
    network,
    { ...trainer, steps },
    { run: { ...run, runningMetrics: { ...run.runningMetrics, correct: 0, updates: steps - 10 } } },
  );
const stepsIn = (path: string) => readTrainingState(readFileSync(path), path).trainer.steps;

test('of several states the last is saved, and nothing beside it', async () => {
  const file = new StateFile(join(root, 'run'), (text) => expect.unreachable(text));
  for (const step of [12, 13, 14]) file.save(stateAfter(step), step);
  await file.settle();
  expect(stepsIn(file.path)).toBe(14);
  expect(file.step).toBe(14);
  expect(await file.saveLast(stateAfter(13), 13)).toEqual({ path: file.path });
  expect(stepsIn(file.path)).toBe(13);
  expect(readdirSync(root)).toEqual(['run']);
});

test('one that cannot be written is a message, and the last is saved elsewhere', async () => {
  const folder = join(root, 'gone');
  mkdirSync(folder);
  const notes: string[] = [];
  const file = new StateFile(join(folder, 'run'), (text) => notes.push(text));
  rmSync(folder, { recursive: true });
  file.save(stateAfter(12), 12);
  await file.settle();
  expect(file.step).toBeUndefined();
  expect(notes).toEqual([expect.stringMatching(/^the run's state was not saved: .*no such folder/)]);
  const saved = await file.saveLast(stateAfter(13), 13);
  expect(saved.problem).toMatch(/no such folder/);
  expect(stepsIn(saved.path)).toBe(13);
  rmSync(join(saved.path, '..'), { recursive: true });
});

test.each([
  ['a checkpoint', writeCheckpoint(network, toStateDict(network, trainer))],
  ['a state that was cut', stateAfter(13).subarray(0, 3000)],
  ['a state with a flipped bit', stateAfter(13).map((byte, at) => (at === 9000 ? byte ^ 4 : byte))],
])('%s does not replace a state', async (_, bytes) => {
  const notes: string[] = [];
  const file = new StateFile(join(root, 'run'), (text) => notes.push(text));
  writeFileSync(file.path, stateAfter(12));
  file.save(bytes, 13);
  await file.settle();
  expect(notes).toHaveLength(1);
  await expect(file.saveLast(bytes, 13)).rejects.toThrow(StorageError);
  expect(stepsIn(file.path)).toBe(12);
  expect(file.step).toBeUndefined();
});

test('killed at any moment, the state is whole, and the next run takes over', { timeout: 60_000 }, async () => {
  const outDir = join(root, 'program');
  const program = join(packageRoot, 'cli/training/state-file-process.ts');
  const output = { entryFileNames: 'keep.mjs' };
  await build({
    configFile: false,
    logLevel: 'error',
    root: packageRoot,
    ssr: { noExternal: true },
    build: { ssr: program, outDir, emptyOutDir: true, rolldownOptions: { output } },
  });
  const folder = join(root, 'killed');
  mkdirSync(folder);
  const path = join(folder, 'run.safetensors');
  let took = 0;
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, [join(outDir, 'keep.mjs'), path]);
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const ended = once(child, 'close');
    while (!text.includes('saved')) {
      expect(child.exitCode, text).toBeNull();
      await wait(2);
    }
    // At another moment of writing each time.
    await wait(round % 7);
    child.kill('SIGKILL');
    await ended;
    expect(stepsIn(path)).toBe(12);
    const left = readdirSync(folder).filter((name) => name.endsWith('.partial'));
    expect(left.length, 'scratch of the runs before is cleared').toBeLessThanOrEqual(1);
    took += left.length;
    expect(existsSync(join(folder, '.run.safetensors.lock'))).toBe(true);
  }
  expect(took, 'kills in the middle of a write').toBeGreaterThan(0);
});

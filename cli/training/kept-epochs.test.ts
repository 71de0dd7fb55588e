// Which networks a run keeps beside its best one, also where it was killed and goes on, and what it leaves alone.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { PRESETS } from '../../src/densenet/presets.ts';
import { toStateDict } from '../../src/densenet/state-dict.ts';
import { writeCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { bestEpoch, type EpochMetrics, rankedEpochs } from '../../src/densenet/train/run-metadata.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { KeptEpochs } from './kept-epochs.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-kept-'));
const notes: string[] = [];
beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  notes.length = 0;
});
afterAll(() => rmSync(folder, { recursive: true }));

const config = { ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4, height: 8, width: 8 };
const { network, run, trainer } = sampleRun(config, 'sgd');
const UPDATES = 5;
const networkOf = (epoch: number, id = 'this') =>
  writeCheckpoint(network, toStateDict(network, trainer), { training: { id, updates: (epoch + 1) * UPDATES } });
const epochs = (...accuracies: (number | null)[]): EpochMetrics[] =>
  accuracies.map((validationAccuracy) => {
    const [epoch] = run.epochs;
    if (!epoch) throw new Error('the sample has no epoch');
    return { ...epoch, validationAccuracy, validationLoss: validationAccuracy === null ? null : 1 };
  });
const kept = (id?: string) => new KeptEpochs({ folder, most: 2, id, note: (text) => notes.push(text) });

/** The epochs that a run reports, as they come. */
async function go(to: KeptEpochs, all: readonly EpochMetrics[], first = 0) {
  for (let epoch = first; epoch < all.length; epoch++) {
    const soFar = all.slice(0, epoch + 1);
    if (rankedEpochs(soFar).indexOf(epoch) >= 2) continue;
    await to.add(epoch, networkOf(epoch));
    await to.prune(soFar, UPDATES);
  }
}
const files = () => readdirSync(folder).sort();

test('epochs are ranked by accuracy, then loss, then time; without validation the last is first', () => {
  expect(rankedEpochs(epochs(0.5, 0.7, 0.5, 0.9))).toEqual([3, 1, 0, 2]);
  const tied = epochs(0.5, 0.5).map((epoch, i) => ({ ...epoch, validationLoss: 2 - i }));
  expect([rankedEpochs(tied), bestEpoch(tied)]).toEqual([[1, 0], 1]);
  expect([rankedEpochs(epochs(null, null, null)), bestEpoch(epochs(null, null))]).toEqual([[2, 1, 0], undefined]);
  expect([rankedEpochs([]), bestEpoch([])]).toEqual([[], undefined]);
});

test('the best epochs stay, and the last ones where nothing is validated', async () => {
  await go(kept(), epochs(0.5, 0.7, 0.6, 0.1, 0.65));
  expect(files()).toEqual(['epoch-02.safetensors', 'epoch-05.safetensors']);
  for (const name of files()) rmSync(join(folder, name));
  await go(kept(), epochs(null, null, null));
  expect(files()).toEqual(['epoch-02.safetensors', 'epoch-03.safetensors']);
});

test('a run that was killed, and goes on before what it left, ends with the same files', async () => {
  const all = epochs(0.5, 0.7, 0.6, 0.8);
  await go(kept(), all);
  // Killed between writing one and removing another.
  writeFileSync(join(folder, 'epoch-03.safetensors'), networkOf(2));
  await go(kept('this'), all, 2);
  expect(files()).toEqual(['epoch-02.safetensors', 'epoch-04.safetensors']);
  writeFileSync(join(folder, 'epoch-03.safetensors'), networkOf(2));
  await kept('this').prune(all, UPDATES);
  expect(files()).toEqual(['epoch-02.safetensors', 'epoch-04.safetensors']);
});

test('what something else wrote is neither removed nor replaced', async () => {
  const others: Readonly<Record<string, string | Uint8Array>> = {
    'epoch-01.safetensors': networkOf(0, 'another'),
    'epoch-3.safetensors': 'no name of ours',
    // A copy that somebody made of another epoch.
    'epoch-50.safetensors': networkOf(1),
    'epoch-99.safetensors': 'not even a network',
  };
  for (const [name, bytes] of Object.entries(others)) writeFileSync(join(folder, name), bytes);
  await go(kept(), epochs(0.5, 0.6, 0.7));
  expect(files()).toEqual([...Object.keys(others), 'epoch-02.safetensors', 'epoch-03.safetensors'].sort());
  for (const [name, bytes] of Object.entries(others))
    expect(readFileSync(join(folder, name)).equals(Buffer.from(bytes)), name).toBe(true);
  expect(notes).toEqual([expect.stringMatching(/^the network of epoch 1 is not kept in .*that this training did not/)]);
});

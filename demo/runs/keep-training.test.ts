// A training that keeps itself, in storage that is a map: what is kept when, what a run goes on with, and storage that fails.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PRESETS } from '../../src/densenet/presets.ts';
import { hyperparametersToJson } from '../../src/densenet/train/hyperparameters.ts';
import { sampleRun } from '../../src/densenet/train/sample-run.ts';
import type { HostContext, Job } from '../../src/jobs/job.ts';
import { imagesAttachments, imagesHead } from '../../src/jobs/labelled.ts';
import { type JsonValue, type Message, message } from '../../src/jobs/message.ts';
import { StorageError } from '../../src/runtime/errors.ts';
import * as opfs from '../storage/opfs.ts';
import { keepingTrainings } from './keep-training.ts';
import { parseKeptRun } from './kept-run.ts';

vi.mock('../storage/opfs.ts', () => ({ list: vi.fn(), read: vi.fn(), write: vi.fn(), remove: vi.fn() }));
const files = new Map<string, Uint8Array>();
beforeEach(() => {
  vi.mocked(opfs.write).mockImplementation(async (_, name, content) => {
    const blob = content instanceof Blob ? content : new Blob([content]);
    files.set(name, new Uint8Array(await blob.arrayBuffer()));
  });
  vi.mocked(opfs.read).mockImplementation(async (_, name) => new File([files.get(name)?.slice() ?? ''], name));
});
afterEach(() => files.clear());

const { run } = sampleRun({ ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4, classes: 2 }, 'sgd');
const images = (count: number) => ({
  ...{ count, channels: 3, height: 32, width: 32, classNames: ['a', 'b'] },
  pixels: new Uint8Array(count * 3072).fill(7),
  labels: new Int32Array(count),
});
const title = { id: 'run-1', started: 5, dataName: 'some' };
const head = {
  ...{ ...hyperparametersToJson(run.hyperparameters), keep: title, reportLogits: true, about: { date: 'today' } },
  ...{ training: imagesHead(images(43)), validation: imagesHead(images(9)) },
} as unknown as JsonValue;
const sets = [...imagesAttachments('training', images(43)), ...imagesAttachments('validation', images(9))];

const ready = {
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
const progress = (updates: number) => ({
  ...{ kind: 'progress', epoch: 0, updates, loss: 1, accuracy: 0.5, imagesPerSecond: 3, learningRate: 0.1 },
});

/** A training that tells of two states and is interrupted after seven updates; what it was asked goes to `asked`. */
const training =
  (asked: Message[]): Job =>
  async (input, { report }) => {
    asked.push(input);
    report(ready);
    report(progress(1));
    report({ kind: 'state', epoch: 0, updates: 1, step: 1, complete: false }, { state: Uint8Array.of(1) });
    report(progress(2));
    return message({ updates: 7, interrupted: true, validation: null, seconds: 1 }, { checkpoint: Uint8Array.of(7) });
  };

async function run1(input: Message) {
  const [asked, events]: [Message[], JsonValue[]] = [[], []];
  const context = { report: (event: JsonValue) => events.push(event) } as unknown as HostContext;
  await keepingTrainings(training(asked))(input, context);
  const kinds = events.map((event) => (event as { kind: string }).kind);
  return { request: asked[0]?.head as Record<string, unknown>, attachments: asked[0]?.attachments, kinds };
}

test('images are kept before the first step, the state as it comes and at the end, and the run goes on with all of it', async () => {
  const first = await run1(message(head, new Map(sets)));
  expect(first.request.saveEvery).toEqual({ seconds: 5 });
  expect(first.kinds.filter((kind) => kind !== 'kept')).toEqual(['ready', 'progress', 'progress']);
  expect(first.kinds.at(-1)).toBe('kept');
  expect([...files.keys()].slice(0, 2)).toEqual(['run-1.training.safetensors', 'run-1.held-out.safetensors']);
  expect([...(files.get('run-1.state.safetensors') ?? [])]).toEqual([7]);
  const kept = parseKeptRun(new TextDecoder().decode(files.get('run-1.json')));
  expect(kept).toMatchObject({ ...title, place: { epoch: 1, updates: 2, updatesPerEpoch: 5 } });
  expect(kept?.progress.points.map(({ at }) => at)).toEqual([0.2, 0.4]);

  const again = await run1(message({ goOn: 'run-1' }));
  const { keep: _, ...hyperparameters } = head as Record<string, unknown>;
  expect(again.request).toEqual({ ...hyperparameters, saveEvery: { seconds: 5 } });
  expect([...(again.attachments?.get('resume') ?? [])]).toEqual([7]);
  for (const [name, bytes] of sets) expect([...(again.attachments?.get(name) ?? [])], name).toEqual([...bytes]);
});

test('where there is no storage it trains all the same, and says so', async () => {
  vi.mocked(opfs.write).mockRejectedValue(new StorageError('full', 'no room'));
  const { kinds, request } = await run1(message(head, new Map(sets)));
  expect(kinds).toEqual(['unkept', 'ready', 'progress', 'state', 'progress']);
  expect(request.saveEvery).toBeUndefined();
});

test('where storage fills up later, that is said once', async () => {
  vi.mocked(opfs.write).mockImplementation(async (_, name) => {
    if (name.includes('.state.')) throw new StorageError('full', 'no room');
  });
  const { kinds } = await run1(message(head, new Map(sets)));
  expect(kinds.filter((kind) => kind === 'unkept')).toHaveLength(1);
});

// States are told of when it is time, by a clock that nobody can set, and never with numbers that are not finite.
import { afterEach, expect, test, vi } from 'vitest';
import { PRESETS } from '../densenet/presets.ts';
import { sampleRun } from '../densenet/train/sample-run.ts';
import type { Trainer } from '../densenet/train/trainer.ts';
import type { TrainerState } from '../densenet/train/trainer-state.ts';
import { readTrainingState } from '../densenet/train/training-state.ts';
import type { HostContext } from './job.ts';
import type { TrainEvent, TrainRequest } from './train-messages.ts';
import { StateSaver } from './train-saver.ts';

const config = { ...PRESETS['bc-100-12'], blockLayers: [1], growthRate: 4, inputChannels: 1, height: 8, width: 8 };
const { network, run, trainer: good } = sampleRun(config, 'sgd');
const training = { count: 43, channels: 1, height: 8, width: 8, classNames: Array(10).fill('c') };
afterEach(() => vi.useRealTimers());

function saverOf(state: TrainerState, saveEvery: TrainRequest['saveEvery'] = { updates: 1 }) {
  const events: TrainEvent[] = [];
  const states: Uint8Array[] = [];
  const clock = { now: 0 };
  const context = {
    now: () => clock.now,
    report: (event: TrainEvent, sent?: { state: Uint8Array }) => {
      events.push(event);
      if (sent) states.push(sent.state);
    },
  } as unknown as HostContext;
  const trainer = { stepCount: 10, model: { network }, state: async () => state } as unknown as Trainer;
  const request = {
    ...run.hyperparameters,
    training,
    validation: training,
    ...(saveEvery && { saveEvery }),
  } as TrainRequest;
  return { saver: new StateSaver(request, trainer, context), events, states, clock };
}
const { offset } = network.classifier.weight;
const broken = { ...good, parameters: good.parameters.with(offset, Number.NaN) };

test('a state is told with its SHA-256, which is taken beside the script', async () => {
  const { saver, events, states } = saverOf(good);
  saver.take(run);
  await saver.settle();
  expect(events).toEqual([{ kind: 'state', epoch: 2, updates: 2, step: 12, complete: false }]);
  expect(readTrainingState(states[0] ?? new Uint8Array(), 'state')).toMatchObject({ checked: true, run });
});

test('one that is not finite ends the run with the name of its tensor', async () => {
  const { saver, events } = saverOf(broken);
  saver.take(run);
  const settled = saver.settle();
  await expect(settled).rejects.toMatchObject({ code: 'not-finite' });
  await expect(settled).rejects.toThrow(/^after 12 updates classifier\.weight: holds values that are not finite/);
  expect(() => saver.due(13)).toThrow(/classifier\.weight/);
  expect(events).toEqual([]);
  await expect(saver.file(run)).rejects.toMatchObject({ code: 'not-finite' });
});

test('after a step that failed, what is told is the state after the last good one, or why there is none', async () => {
  const left = saverOf(good);
  await left.saver.takeLastGood(run);
  expect(left.events).toMatchObject([{ kind: 'state', step: 12 }]);
  const gone = saverOf(broken);
  await gone.saver.takeLastGood(run);
  expect(gone.events).toEqual([{ kind: 'unsaved', step: 12, why: expect.stringMatching(/classifier\.weight/) }]);
  const past = saverOf({ ...good, steps: 14 });
  await past.saver.takeLastGood(run);
  expect(past.events).toEqual([
    { kind: 'unsaved', step: 12, why: expect.stringMatching(/14 are not the record's 12/) },
  ]);
});

test('whatever becomes of the time of day, a state is due after its seconds', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { saver, clock } = saverOf(good, { seconds: 120 });
  for (const day of ['2026-01-01', '1970-01-02', '2100-01-01']) {
    vi.setSystemTime(new Date(day));
    clock.now = 119_000;
    expect(saver.due(11)).toBe(false);
    clock.now = 121_000;
    expect(saver.due(11)).toBe(true);
  }
});

// The order of things in a run, with a trainer that only notes what it is given: interrupted anywhere, also where an epoch is
// over and not yet judged, a run sees the same batches and draws the same curves as one that never stopped.
import { describe, expect, test } from 'vitest';
import { fake } from '../../tests/fixtures/fake.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { inMemory } from '../data/dataset.ts';
import type { LabelledImages } from '../data/idx.ts';
import type { Inference } from '../densenet/inference.ts';
import type { DenseNet } from '../densenet/model.ts';
import { PRESETS } from '../densenet/presets.ts';
import {
  completion,
  parseRunMetadata,
  type RunMetadata,
  runMetadataToJson,
  stepOf,
} from '../densenet/train/run-metadata.ts';
import type { StepResult, Trainer } from '../densenet/train/trainer.ts';
import { NotFiniteError } from '../runtime/errors.ts';
import type { RunContext, RunSettings } from './events.ts';
import { NO_METRICS, Run } from './run.ts';
import { StateSaver } from './state.ts';

const config = {
  ...PRESETS['bc-100-12'],
  blockLayers: [1],
  growthRate: 4,
  classes: 10,
  inputChannels: 1,
  height: 4,
  width: 4,
};
const { run } = sampleRun(config, 'sgd');
const images = (count: number): LabelledImages => ({
  count,
  channels: 1,
  height: 4,
  width: 4,
  classNames: Array(10).fill('c'),
  pixels: Uint8Array.from({ length: 16 * count }, (_, i) => (i * 31) % 256),
  labels: Int32Array.from({ length: count }, (_, i) => i % 10),
});
const fresh: RunMetadata = { ...run, epochs: [], runningMetrics: NO_METRICS, seconds: 0 };
const [training, validation] = [images(43), images(9)];
/** Of 430 labels every seventh is missing. */
const severalLabels = Float32Array.from({ length: 430 }, (_, i) => (i % 7 === 0 ? Number.NaN : i % 2));
const settings: RunSettings = run.hyperparameters;

interface Went {
  readonly record: RunMetadata;
  readonly seen: readonly string[];
  readonly taken: readonly number[];
  readonly lastGood: readonly number[];
  readonly error: unknown;
}

/**
 * @param stopAt the step in which the signal comes; `fails` the step that meets NaN; `overflows` whether the network's validation
 * logits do; `several` whether images have several labels, all of which are right
 */
async function go(
  from: RunMetadata,
  { stopAt = -1, fails = -1, overflows = false, several = false } = {},
): Promise<Went> {
  const stop = new AbortController();
  const seen: string[] = [];
  let steps = stepOf(from);
  const trainer = fake<Trainer>({
    stepCount: steps,
    step: async (given): Promise<StepResult> => {
      const batches = 'images' in given ? [given] : given;
      const step = steps++;
      seen.push(`${step}: ${batches.map(({ labels, images }) => `${labels} ${images}`).join(' | ')}`);
      if (steps === stopAt) stop.abort();
      await new Promise((resolve) => setTimeout(resolve));
      if (step === fails) throw new NotFiniteError({ kind: 'overflow', image: 0 }, { step });
      const known = batches.flatMap(({ labels }) => [...labels]).filter((label) => !Number.isNaN(label));
      const correct = several ? known.length : step % 3;
      return { step, loss: 1 / (step + 1), correct, learningRate: 0.1 / (step + 1) };
    },
  });
  const inference = fake<Inference>({
    plan: fake<Inference['plan']>({ batch: 4 }),
    model: fake<DenseNet>({ config }),
    logits: async (_: unknown, count: number) => {
      if (overflows) throw new NotFiniteError({ kind: 'overflow', image: 0 }, { images: [0] });
      return Float32Array.from({ length: 10 * count }, (__, i) => Math.sin(i + steps));
    },
  });
  let now = 0;
  const context: RunContext = {
    now: () => ++now,
    report: () => undefined,
    signal: stop.signal,
  };
  const taken: number[] = [];
  const lastGood: number[] = [];
  const saver = Object.assign(new StateSaver({ ...settings, saveEvery: { updates: 2 } }, training, trainer, context), {
    take: (record: RunMetadata) => {
      taken.push(stepOf(record));
      expect(steps, 'no step is under way that the record does not count').toBe(stepOf(record));
    },
  });
  saver.takeLastGood = async (record) => void lastGood.push(stepOf(record));
  const parts = {
    settings,
    context,
    trainer,
    validating: { inference, images: inMemory(validation) },
    training: inMemory(several ? { ...training, labels: severalLabels } : training),
    saver,
  };
  const going = new Run(parts, from);
  let failure: unknown;
  await going.go().catch((error) => {
    if (fails < 0 && !overflows) throw error;
    failure = error;
  });
  return { record: going.record, seen, taken, lastGood, error: failure };
}

const curves = ({ epochs }: RunMetadata) =>
  epochs.map(({ loss, accuracy, validationAccuracy: validation, validationLoss, learningRate }) => [
    loss,
    accuracy,
    validation,
    validationLoss,
    learningRate,
  ]);
const throughFile = (record: RunMetadata) => parseRunMetadata(JSON.parse(runMetadataToJson(record)));

test('a run that is interrupted at any step goes on as if it had not been', async () => {
  const whole = await go(fresh);
  expect(whole.seen).toHaveLength(15);
  expect(whole.record.epochs).toHaveLength(3);
  expect(whole.taken.length, 'states').toBeGreaterThan(5);
  for (let stopAt = 1; stopAt < 15; stopAt++) {
    const first = await go(fresh, { stopAt });
    expect(stepOf(first.record), `stopped at ${stopAt}`).toBe(stopAt);
    const second = await go(throughFile(first.record));
    expect([...first.seen, ...second.seen], `stopped at ${stopAt}`).toEqual(whole.seen);
    expect(curves(second.record), `stopped at ${stopAt}`).toEqual(curves(whole.record));
  }
});

test('of several labels per image, accuracy is the share of the labels that are there', async () => {
  const losses = {
    hyperparameters: { ...fresh.hyperparameters, loss: 'binary-cross-entropy' as const, lossOptions: {} },
  };
  const { record } = await go({ ...fresh, ...losses }, { several: true });
  for (const { accuracy } of record.epochs) {
    // The images that an epoch leaves out may have other labels missing.
    expect(accuracy).toBeGreaterThan(0.99);
    expect(accuracy).toBeLessThanOrEqual(1);
  }
  const first = await go({ ...fresh, ...losses }, { several: true, stopAt: 3 });
  expect(first.record.runningMetrics.correct).toBeGreaterThan(100);
  expect(stepOf(throughFile(first.record))).toBe(3);
});

describe('early stopping', () => {
  const patient = (earlyStop: number) => ({
    ...fresh,
    hyperparameters: { ...fresh.hyperparameters, epochs: 40, earlyStop },
  });
  const lossesOf = ({ record }: Went) => record.epochs.map(({ validationLoss }) => validationLoss ?? Number.NaN);

  test.each([1, 2, 3])(
    '%i epochs in a row without a lower validation loss end the run, and none before',
    async (patience) => {
      const losses = lossesOf(await go(patient(patience)));
      const without = losses.map((_, epoch) => epoch - losses.indexOf(Math.min(...losses.slice(0, epoch + 1))));
      expect(losses.length).toBeLessThan(40);
      expect(without.at(-1)).toBe(patience);
      expect(Math.max(...without.slice(0, -1))).toBeLessThan(patience);
    },
  );

  test('a run that is interrupted stops where it would have stopped, and says why it has no more to do', async () => {
    const whole = await go(patient(2));
    for (let stopAt = 1; stopAt < whole.seen.length; stopAt++) {
      const first = await go(patient(2), { stopAt });
      const second = await go(throughFile(first.record));
      expect(curves(second.record), `stopped at ${stopAt}`).toEqual(curves(whole.record));
    }
    expect(completion(whole.record)).toMatch(/the validation loss has not fallen for 2 epochs/);
    expect((await go(whole.record)).seen, 'nothing is left').toEqual([]);
  });

  test('is off in a state that says nothing of it', () => {
    const { earlyStop, ...others } = JSON.parse(runMetadataToJson(patient(3))).hyperparameters;
    const json = { ...JSON.parse(runMetadataToJson(fresh)), hyperparameters: others };
    expect(earlyStop).toBe(3);
    expect(parseRunMetadata(json).hyperparameters.earlyStop).toBe(0);
  });
});

test('a step that meets NaN ends the run where it was, and the state from before it is kept', async () => {
  const { record, lastGood } = await go(fresh, { fails: 7 });
  expect(stepOf(record)).toBe(7);
  expect(lastGood).toEqual([7]);
});

test('a network whose validation logits overflow has diverged, and takes the place of no state', async () => {
  const { error, lastGood } = await go(fresh, { overflows: true });
  expect(error).toMatchObject({
    code: 'not-finite',
    message: expect.stringMatching(/^after epoch 1 .*lower the learning rate/),
  });
  expect(lastGood).toEqual([]);
});

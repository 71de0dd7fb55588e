// The same trainings with features as float32 and as f16: three seeds each, which decide the initial weights, the
// order of the images and the augmentation. What is compared is the accuracy on validation images after the last epoch.
import { writeFile } from 'node:fs/promises';
import { GPU_CHOICES, HOSTS } from '../../cli/host/gpu-choice.ts';
import { openSession, type Session } from '../../cli/host/session.ts';
import { quickStart } from '../../cli/networks.ts';
import { note, print } from '../../cli/output.ts';
import { readSample } from '../../cli/training/data.ts';
import { PORTABLE_PRECISIONS, type Precision } from '../../src/densenet/plan/feature-map.ts';
import { NO_AUGMENTATION } from '../../src/densenet/train/augmentation.ts';
import type { TrainingSettings } from '../../src/jobs/train-request.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { percent } from '../../ui/number-text.ts';
import { table } from '../../ui/text-table.ts';
import { type AccuracyImages, CIFAR10_NORMALISATION, readCifar10 } from './cifar10.ts';

const CIFAR10_TRAINING = 2500;
const CIFAR10_TEST = 1000;

interface Task {
  readonly name: string;
  readonly settings: TrainingSettings;
  read(cifar10: string): Promise<AccuracyImages>;
}

const small = quickStart(true);

const TASKS: readonly Task[] = [
  { name: 'Fashion-MNIST sample', settings: small, read: () => readSample() },
  {
    name: 'CIFAR-10 subset',
    settings: {
      ...small,
      normalisation: CIFAR10_NORMALISATION,
      augment: { ...NO_AUGMENTATION, mirror: true },
      config: { ...small.config, inputChannels: 3, height: 32, width: 32 },
    },
    read: (folder) => readCifar10(folder, CIFAR10_TRAINING, CIFAR10_TEST),
  },
];

interface Outcome {
  readonly task: string;
  readonly precision: Precision;
  readonly seed: number;
  readonly validation: number;
  readonly seconds: number;
}

export interface AccuracyOptions {
  readonly host: string;
  readonly gpu: string;
  /** Folder of the CIFAR-10 package. */
  readonly cifar10: string;
  /** Part of the name of the data set to train on; empty: all. */
  readonly only: string;
  /** Whole numbers, separated by commas. */
  readonly seeds: string;
  /** A file for the outcomes. */
  readonly json?: string;
}

/** @throws ConfigError for a host or GPU that is none */
export async function compareAccuracy(options: AccuracyOptions): Promise<void> {
  const host = oneOf('--host', options.host, HOSTS);
  const gpu = oneOf('--gpu', options.gpu, GPU_CHOICES);
  const seeds = seedsOf(options.seeds);
  const outcomes: Outcome[] = [];
  const session = await openSession({ host, gpu });
  try {
    note(`${session.host}: ${session.adapter.name}`);
    for (const task of TASKS.filter(({ name }) => name.includes(options.only))) {
      const data = await task.read(options.cifar10);
      for (const seed of seeds) {
        for (const precision of PORTABLE_PRECISIONS) outcomes.push(await train(session, task, data, precision, seed));
      }
    }
  } finally {
    await session.close();
  }
  if (options.json !== undefined) await writeFile(options.json, JSON.stringify(outcomes, undefined, 2));
  print(summary(outcomes, seeds));
}

async function train(
  session: Session,
  { name, settings }: Task,
  { training, validation }: AccuracyImages,
  precision: Precision,
  seed: number,
): Promise<Outcome> {
  const { report } = await session.run('train', { ...settings, training, validation, precision, seed });
  const outcome = { task: name, precision, seed, validation: report.validation ?? Number.NaN, seconds: report.seconds };
  note(`${name}, ${precision}, seed ${seed}: ${percent(outcome.validation)} in ${outcome.seconds.toFixed(0)} s`);
  return outcome;
}

function summary(outcomes: readonly Outcome[], seeds: readonly number[]): string {
  const names = [...new Set(outcomes.map(({ task }) => task))];
  const rows = names.flatMap((task) =>
    PORTABLE_PRECISIONS.map((precision) => {
      const right = outcomes.filter((o) => o.task === task && o.precision === precision).map((o) => o.validation);
      const mean = right.reduce((sum, value) => sum + value, 0) / right.length;
      return [task, precision, ...right.map(percent), percent(mean)];
    }),
  );
  return table(['trained on', 'features', ...seeds.map((seed) => `seed ${seed}`), 'mean'], rows);
}

/** @throws ConfigError */
export function seedsOf(text: string): readonly number[] {
  const seeds = text.split(',').map(Number);
  if (seeds.every((seed) => Number.isInteger(seed) && seed >= 0)) return seeds;
  throw new ConfigError('--seeds', text, 'must be whole numbers, separated by commas');
}

/** @throws ConfigError */
export function oneOf<T extends string>(option: string, given: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === given);
  if (found === undefined) throw new ConfigError(option, given, `must be one of ${choices.join(', ')}`);
  return found;
}

// A training run as the page keeps it: what it is, for people; what was asked for; its curves up to the state that is kept.
// A small JSON beside that state and the images. Pure.

import { parseJson, renameKeys } from '../../src/data/json.ts';
import type { Hyperparameters } from '../../src/densenet/train/hyperparameters.ts';
import { hyperparametersToJson, parseHyperparameters } from '../../src/densenet/train/hyperparameters.ts';
import { migrateHyperparameters } from '../../src/densenet/train/migrate-run.ts';
import type { ImagesInfo, TrainEvent, TrainRequest } from '../../src/jobs/train.ts';
import { advance, type Point, type Progress } from '../train/progress.ts';

const VERSION = 2;

/** What the Train view says of a run that shall be kept. */
export type RunTitle = {
  readonly id: string;
  /** When it was started, in milliseconds since 1970. */
  readonly started: number;
  /** Of the data, for people. */
  readonly dataName: string;
};

export type KeptRun = RunTitle & {
  readonly version: typeof VERSION;
  readonly saved: number;
  /** What to ask of the job `train` again. */
  readonly request: Hyperparameters & Required<Pick<TrainRequest, 'saveEvery' | 'reportLogits' | 'about'>> & Sets;
  readonly place: Place;
  readonly progress: Progress;
};

type Sets = { readonly training: ImagesInfo; readonly validation: ImagesInfo };

export type Place = {
  /** Whole epochs, and updates of the next. */
  readonly epoch: number;
  readonly updates: number;
  readonly updatesPerEpoch: number;
};

/** The names of a run's files. */
export const runFiles = (id: string) => ({
  about: `${id}.json`,
  state: `${id}.state.safetensors`,
  training: `${id}.training.safetensors`,
  validation: `${id}.held-out.safetensors`,
});

/** A name that no run has yet. */
export const newRunId = (): string => `run-${crypto.randomUUID().slice(0, 13)}`;

/** The run to which a kept file belongs. */
export const runOf = (fileName: string): string => fileName.split('.')[0] ?? fileName;

/** Curves up to a place: what came after it is trained again. */
export function upTo({ epochs, points }: Progress, { epoch, updates, updatesPerEpoch }: Place): Progress {
  const end = epoch + updates / updatesPerEpoch;
  return { epochs, points: points.filter(({ at }) => at <= end + 1e-9) };
}

/** The curves with what an event adds; a run that goes on begins where it says. */
export function follow(progress: Progress, event: TrainEvent, updatesPerEpoch: number): Progress {
  if (event.kind !== 'ready') return advance(progress, event, updatesPerEpoch);
  return upTo(progress, { epoch: event.epochs.length, updates: event.into, updatesPerEpoch: event.updates });
}

export const keptRunToJson = (run: Omit<KeptRun, 'version'>): string =>
  JSON.stringify({ version: VERSION, ...run, request: { ...run.request, ...hyperparametersToJson(run.request) } });

/** A kept run's JSON; undefined where it is damaged, or another version's. */
export function parseKeptRun(text: string): KeptRun | undefined {
  try {
    // First held against the limits of what somebody else may have written.
    parseJson(text, 'run');
    const run = migrate(JSON.parse(text));
    const { epoch, updates, updatesPerEpoch } = run.place;
    const { epochs, points } = run.progress;
    const { training, validation, saveEvery, reportLogits, about, ...hyperparameters } = run.request;
    const counts = [run.started, run.saved, epoch, updates, updatesPerEpoch, epochs, training.count, validation.count];
    const texts = [run.id, run.dataName];
    const whole = counts.every(isCount) && texts.every((t) => typeof t === 'string') && points.every(isPoint);
    if (run.version !== VERSION || !whole || updatesPerEpoch < 1) return undefined;
    const request = { ...parseHyperparameters(hyperparameters), training, validation, saveEvery, reportLogits, about };
    return { ...run, request };
  } catch {
    return undefined;
  }
}

/** A run that version 0.1.0 of this page saved, in the keys of today. */
function migrate(run: ReturnType<typeof JSON.parse>): ReturnType<typeof JSON.parse> {
  if (run.version !== 1) return run;
  const names = { heldOut: 'validation' };
  const points = run.progress.points.map((point: Readonly<Record<string, unknown>>) => renameKeys(point, names));
  return {
    ...run,
    version: VERSION,
    request: migrateHyperparameters(renameKeys(run.request, names)),
    progress: { ...run.progress, points },
  };
}

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;

const isPoint = (value: unknown): value is Point =>
  typeof value === 'object' &&
  value !== null &&
  ['at', 'loss', 'accuracy', 'learningRate', 'imagesPerSecond'].every((name) => isCount(Reflect.get(value, name)));

/** Bytes a second that keeping a run may write, so that a large network's states do not take the disk over. */
const WRITE_RATE = 2e6;
const LEAST_SECONDS = 5;

/** Seconds between two states of so many bytes. */
export const secondsBetween = (stateBytes: number): number => Math.max(LEAST_SECONDS, stateBytes / WRITE_RATE);

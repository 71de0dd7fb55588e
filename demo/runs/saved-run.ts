// A training run as the page saves it: what it is, for people; what was asked for; its curves up to the state that is kept.
// A small JSON beside that state and the images. Pure.

import { isJsonObject, type JsonObjectValue, renameKeys } from '../../src/data/json.ts';
import {
  anyValue,
  flag,
  list,
  number,
  type Output,
  type OutputOf,
  object,
  optional,
  type Schema,
  shown,
  text,
  transformed,
  whole,
} from '../../src/data/schema.ts';
import {
  HYPERPARAMETER_FIELDS,
  hyperparametersOf,
  hyperparametersToJson,
} from '../../src/densenet/train/hyperparameters.ts';
import { migrateHyperparameters } from '../../src/densenet/train/migrate-run.ts';
import type { TrainEvent } from '../../src/jobs/train-request.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import type { ImagesInfo } from '../../src/training/events.ts';
import { readStored } from '../storage/stored-json.ts';
import { advance, type Point, type Progress } from '../train/progress.ts';

const VERSION = 2;

/** What the Train view says of a run that shall be kept. */
const TITLE = {
  id: text(),
  /** When it was started, in milliseconds since 1970. */
  started: number({ min: 0 }),
  /** Of the data, for people. */
  dataName: text(),
};
export type RunTitle = Output<typeof TITLE>;

const COUNT = whole(0, 2 ** 53 - 1);
const IMAGES: Schema<ImagesInfo> = object({
  count: COUNT,
  channels: COUNT,
  height: COUNT,
  width: COUNT,
  classNames: list(text()),
});

const ABOUT: Schema<JsonObjectValue> = transformed(anyValue, (json) => {
  if (isJsonObject(json)) return json;
  throw new ConfigError('about', shown(json), 'must be a JSON object');
});

const REQUEST_FIELDS = {
  ...HYPERPARAMETER_FIELDS,
  saveEvery: object({ seconds: number({ above: 0 }) }),
  reportLogits: flag,
  about: ABOUT,
  training: IMAGES,
  validation: IMAGES,
};

const PLACE = object({
  /** Whole epochs, and updates of the next. */
  epoch: COUNT,
  updates: COUNT,
  updatesPerEpoch: whole(1, 2 ** 53 - 1),
});
export type Place = OutputOf<typeof PLACE>;

const POSITIVE = number({ min: 0 });
export const POINT: Schema<Point> = transformed(
  object({
    at: POSITIVE,
    loss: POSITIVE,
    accuracy: POSITIVE,
    learningRate: POSITIVE,
    imagesPerSecond: POSITIVE,
    validation: optional<Point['validation']>(object({ accuracy: POSITIVE, loss: POSITIVE }), undefined),
  }),
  ({ validation, ...point }) => (validation ? { ...point, validation } : point),
);

const RUN = object({
  version: whole(VERSION, VERSION),
  ...TITLE,
  saved: number({ min: 0 }),
  /** What to ask of the job `train` again. */
  request: transformed(object(REQUEST_FIELDS), (request) => ({ ...request, ...hyperparametersOf(request) })),
  place: PLACE,
  progress: object({ epochs: COUNT, points: list(POINT) }),
});
export type SavedRun = OutputOf<typeof RUN>;

/** The names of a run's files. */
export const runFiles = (id: string) => ({
  about: `${id}.json`,
  state: `${id}.state.safetensors`,
  training: `${id}.training.safetensors`,
  validation: `${id}.validation.safetensors`,
});

/** What version 0.1.0 of this page called the validation images' file. */
export const oldValidationFile = (id: string): string => `${id}.held-out.safetensors`;

/** A name that no run has yet. */
export const newRunId = (): string => `run-${crypto.randomUUID().slice(0, 13)}`;

/** The run to which a kept file belongs. */
export const runOf = (fileName: string): string => fileName.split('.')[0] ?? fileName;

/** Curves up to a place: what came after it is trained again. */
export function upTo({ epochs, points }: Progress, { epoch, updates, updatesPerEpoch }: Place): Progress {
  const end = epoch + updates / updatesPerEpoch;
  return { epochs, points: points.filter(({ at }) => at <= end + 1e-9) };
}

/** The curves with what an event adds; a resumed run begins where it says. */
export function follow(progress: Progress, event: TrainEvent, updatesPerEpoch: number): Progress {
  if (event.kind !== 'ready') return advance(progress, event, updatesPerEpoch);
  return upTo(progress, { epoch: event.epochs.length, updates: event.into, updatesPerEpoch: event.updates });
}

export const savedRunToJson = (run: Omit<SavedRun, 'version'>): string =>
  JSON.stringify({ version: VERSION, ...run, request: { ...run.request, ...hyperparametersToJson(run.request) } });

/** A kept run's JSON; undefined where it is damaged, or another version's. */
export const parseSavedRun = (json: string): SavedRun | undefined => readStored(RUN, json, migrate);

/** A run that version 0.1.0 of this page saved, in the keys of today. */
function migrate(run: unknown): unknown {
  if (!isJsonObject(run) || run.version !== 1 || !isJsonObject(run.request) || !isJsonObject(run.progress)) return run;
  const names = { heldOut: 'validation' };
  const { points } = run.progress;
  return {
    ...run,
    version: VERSION,
    request: migrateHyperparameters(renameKeys(run.request, names)),
    progress: {
      ...run.progress,
      points: Array.isArray(points)
        ? points.map((point: unknown) => (isJsonObject(point) ? renameKeys(point, names) : point))
        : points,
    },
  };
}

/** Bytes a second that keeping a run may write, so that a large network's states do not take the disk over. */
const WRITE_RATE = 2e6;
const LEAST_SECONDS = 5;

/** Seconds between two states of so many bytes. */
export const secondsBetween = (stateBytes: number): number => Math.max(LEAST_SECONDS, stateBytes / WRITE_RATE);

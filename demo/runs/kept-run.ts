// A training run as the page keeps it: what it is, for people; what was asked for; its curves up to the state that is kept.
// A small JSON beside that state and the images. Pure.

import { parseJson } from '../../src/data/json.ts';
import type { Recipe } from '../../src/densenet/training/recipe.ts';
import { parseRecipe, recipeToJson } from '../../src/densenet/training/recipe.ts';
import type { ImagesHead } from '../../src/hosts/jobs/labelled.ts';
import type { TrainEvent, TrainRequest } from '../../src/hosts/jobs/train-messages.ts';
import { advance, type Point, type Progress } from '../train/progress.ts';

const VERSION = 1;

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
  readonly request: Recipe & Required<Pick<TrainRequest, 'saveEvery' | 'reportLogits' | 'about'>> & Sets;
  readonly place: Place;
  readonly progress: Progress;
};

type Sets = { readonly training: ImagesHead; readonly heldOut: ImagesHead };

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
  heldOut: `${id}.held-out.safetensors`,
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
  JSON.stringify({ version: VERSION, ...run, request: { ...run.request, ...recipeToJson(run.request) } });

/** A kept run's JSON; undefined where it is damaged, or another version's. */
export function parseKeptRun(text: string): KeptRun | undefined {
  try {
    // First held against the limits of what somebody else may have written.
    parseJson(text, 'run');
    const run = JSON.parse(text);
    const { epoch, updates, updatesPerEpoch } = run.place;
    const { epochs, points } = run.progress;
    const { training, heldOut, saveEvery, reportLogits, about, ...recipe } = run.request;
    const counts = [run.started, run.saved, epoch, updates, updatesPerEpoch, epochs, training.count, heldOut.count];
    const texts = [run.id, run.dataName];
    const whole = counts.every(isCount) && texts.every((t) => typeof t === 'string') && points.every(isPoint);
    if (run.version !== VERSION || !whole || updatesPerEpoch < 1) return undefined;
    const request = { ...parseRecipe(recipe), training, heldOut, saveEvery, reportLogits, about };
    return { ...run, request };
  } catch {
    return undefined;
  }
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

// A training as the page asks its worker for it: the request, made of the form's settings, and copies of the images, which
// the worker may keep.

import type { LabelledImages } from '../../src/data/idx.ts';
import type { JsonValue } from '../../src/data/json.ts';
import type { Normalisation } from '../../src/densenet/normalisation.ts';
import type { TrainEvent } from '../../src/jobs/train-request.ts';
import type { DemoClient, DemoJobs } from '../engine.ts';
import type { RunTitle } from '../runs/saved-run.ts';
import type { SaveEvent } from '../worker/save-training.ts';
import type { Trained } from '../worker/train.ts';
import type { Settings } from './form.ts';
import { yieldToMain } from './yield-to-main.ts';

export interface TrainInput {
  readonly settings: Settings;
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
  readonly normalisation: Normalisation;
  /** The network in use and its classes, where the training starts from it. */
  readonly fromInUse: { readonly network: string; readonly classNames: readonly string[] } | undefined;
  /** What the run is kept as. */
  readonly save: RunTitle;
  /** What the checkpoint shall say besides. */
  readonly about: Readonly<Record<string, JsonValue>>;
}

/** Events of a training, those of its being kept among them. */
export type OnTrainEvent = (event: TrainEvent | SaveEvent) => void;

/** Aborting ends the training after its step and gives what it has learned so far; its state is kept then. */
export async function startTraining(
  client: DemoClient,
  input: TrainInput,
  onEvent: OnTrainEvent,
  signal: AbortSignal,
): Promise<Trained> {
  const training = await copyOf(input.training);
  const validation = await copyOf(input.validation);
  return client.run('train', requestOf({ ...input, training, validation }), { onEvent, signal });
}

function requestOf({ settings, ...input }: TrainInput): DemoJobs['train']['request'] {
  const { start: _start, images: _images, memory: _memory, ...hyperparameters } = settings;
  return { ...hyperparameters, reportLogits: true, ...input };
}

const PIECE = 8 * 2 ** 20;

/** Images that the worker may keep, copied in pieces: the page answers between them. */
async function copyOf(images: LabelledImages): Promise<LabelledImages> {
  const pixels = new Uint8Array(images.pixels.length);
  for (let from = 0; from < pixels.length; from += PIECE) {
    if (from > 0) await yieldToMain();
    pixels.set(images.pixels.subarray(from, from + PIECE), from);
  }
  return { ...images, pixels, labels: images.labels.slice() };
}

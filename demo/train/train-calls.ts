// What the Train view asks of the worker, typed.

import type { LabelledImages } from '../../src/data/idx.ts';
import type { Normalisation } from '../../src/densenet/normalisation.ts';
import { imagesAttachments, imagesHead } from '../../src/jobs/labelled.ts';
import { attachment, type JsonValue, type Message, message } from '../../src/jobs/message.ts';
import type { TrainEvent, TrainReport, TrainRequest } from '../../src/jobs/train-messages.ts';
import type { WorkerSession } from '../../src/jobs/worker-session.ts';
import type { FromInUse, PlanAnswer, PlanQuestion, RateAnswer, TrainedSize } from '../engine/train-protocol.ts';
import type { RunTitle } from '../runs/kept-run.ts';
import type { GoOn, KeepEvent } from '../runs/runs-protocol.ts';
import { breathe } from './breathe.ts';
import type { Settings } from './form.ts';

export interface TrainInput {
  readonly settings: Settings;
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
  readonly normalisation: Normalisation;
  /** The network in use and its classes, where the training starts from it. */
  readonly fromInUse: FromInUse['fromInUse'] | undefined;
  /** What the run is kept as. */
  readonly keep: RunTitle;
  /** What the checkpoint shall say besides. */
  readonly about: Readonly<Record<string, JsonValue>>;
}

export interface Trained {
  readonly report: TrainReport;
  readonly size: TrainedSize;
  /** A safetensors file of the network alone. */
  readonly checkpoint: Uint8Array<ArrayBuffer>;
}

/** @throws ConfigError for a network that cannot be */
export async function askPlan(session: WorkerSession, question: PlanQuestion): Promise<PlanAnswer> {
  return (await session.run('plan', message(question))).head as PlanAnswer;
}

export async function askRate(session: WorkerSession): Promise<RateAnswer> {
  return (await session.run('rate', message(null))).head as RateAnswer;
}

/** Events of a training, those of its being kept among them; with the held-out images' logits at an epoch's end. */
export type OnTrainEvent = (event: TrainEvent | KeepEvent, logits: Float32Array | undefined) => void;

/** Aborting ends the training after its step and gives what it has learned so far; its state is kept then. */
export async function train(
  session: WorkerSession,
  input: TrainInput,
  onEvent: OnTrainEvent,
  signal: AbortSignal,
): Promise<Trained> {
  const { training, validation, fromInUse, keep } = input;
  const head = { ...requestOf(input), keep, ...(fromInUse && { fromInUse }) } as unknown as JsonValue;
  const attachments = [...imagesAttachments('training', training), ...imagesAttachments('validation', validation)];
  const sent = new Map<string, Uint8Array>();
  for (const [name, bytes] of attachments) sent.set(name, await copyOf(bytes));
  return runTraining(session, message(head, sent), onEvent, signal);
}

/** The kept run of this id, from its state on; otherwise as `train`. */
export function goOn(session: WorkerSession, id: string, onEvent: OnTrainEvent, signal: AbortSignal): Promise<Trained> {
  const head: GoOn = { goOn: id };
  return runTraining(session, message(head), onEvent, signal);
}

async function runTraining(
  session: WorkerSession,
  input: Message,
  onEvent: OnTrainEvent,
  signal: AbortSignal,
): Promise<Trained> {
  const result = await session.run('train', input, {
    onEvent: ({ head: told, attachments: with_ }) => {
      const logits = with_.get('logits');
      onEvent(told as unknown as TrainEvent | KeepEvent, logits && new Float32Array(logits.slice().buffer));
    },
    signal,
  });
  const { size, ...report } = result.head as unknown as TrainReport & { readonly size: TrainedSize };
  return { report, size, checkpoint: attachment(result, 'network').slice() };
}

function requestOf({ settings, training, validation, normalisation, about }: TrainInput): TrainRequest {
  const { config, epochs, batch, learningRate, schedule, warmup, optimizer, labelSmoothing, mirror, shift } = settings;
  const { seed, recompute, precision, trainable } = settings;
  return {
    ...{ config: { ...config }, epochs, batch, accumulate: 1, optimizer: { ...optimizer }, learningRate, schedule },
    ...{ warmup, clip: 0, labelSmoothing, recompute, precision, augment: { mirror, shift }, seed, trainable },
    normalisation: { ...normalisation },
    ...{ training: imagesHead(training), validation: imagesHead(validation), reportLogits: true, about },
  };
}

const PIECE = 8 * 2 ** 20;

/** A copy that the worker may keep, made in pieces: the page answers between them. */
async function copyOf(bytes: Uint8Array): Promise<Uint8Array> {
  const copy = new Uint8Array(bytes.length);
  for (let from = 0; from < bytes.length; from += PIECE) {
    if (from > 0) await breathe();
    copy.set(bytes.subarray(from, from + PIECE), from);
  }
  return copy;
}

// A training as the commands run it: images and settings to the host, its progress shown, its states and its checkpoint
// written.
import process from 'node:process';
import { configToJson } from '../src/densenet/config-json.ts';
import type { TuneMode } from '../src/densenet/tune/tune.ts';
import { imagesAttachments, imagesHead } from '../src/hosts/jobs/labelled.ts';
import type { SaveEvery, TrainEvent, TrainReport, TrainRequest } from '../src/hosts/jobs/train-messages.ts';
import { attachment, type JsonValue, type Message, message } from '../src/hosts/message.ts';
import type { Session } from './host/session.ts';
import { interruptSignal } from './interrupt.ts';
import { note, print } from './output.ts';
import { writeWhole } from './output-file.ts';
import { StateFile } from './state-file.ts';
import { SAMPLE, type TrainingData } from './training-data.ts';
import { trainingProgress } from './training-progress.ts';
import { keepTunings, readTunings } from './tuning-file.ts';

export type TrainingSettings = Omit<TrainRequest, 'training' | 'heldOut' | 'tune' | 'kept' | 'saveEvery'>;

type EpochEvent = Extract<TrainEvent, { kind: 'epoch' }>;

export interface TrainingResult extends TrainReport {
  /** The checkpoint's bytes, as they were written. */
  readonly checkpoint: Uint8Array;
  readonly epochs: readonly EpochEvent[];
}

export interface RunOptions {
  readonly out: string;
  /** Standard output is for something else: the epochs' lines go to standard error. */
  readonly quiet?: boolean;
  readonly tune?: TuneMode;
  /** Where the run's state is kept, and how often. */
  readonly state?: { readonly path: string; readonly every: SaveEvery };
  /** The safetensors file that a fine-tuning starts from. */
  readonly start?: Uint8Array | undefined;
  /** A run's state to go on from. */
  readonly resume?: Uint8Array | undefined;
}

/**
 * Trains and writes the checkpoint to `out`; where training fails, the last state that was kept is all there is. The first
 * interrupt ends the training after its step, and the checkpoint that is written is the run's state.
 */
export async function trainAndSave(
  session: Session,
  settings: TrainingSettings,
  data: TrainingData,
  { out, quiet = false, tune = 'cached', state, start, resume }: RunOptions,
): Promise<TrainingResult> {
  const { training, heldOut } = data;
  const kept = tune === 'off' ? {} : await readTunings();
  const request: TrainRequest = {
    ...{ ...settings, tune, kept, training: imagesHead(training), heldOut: imagesHead(heldOut) },
    ...(state && { saveEvery: state.every }),
  };
  const file = state && new StateFile(state.path, note);
  const update = settings.batch * settings.accumulate;
  const progress = trainingProgress({
    ...{ epochs: settings.epochs, images: Math.floor(training.count / update) * update },
    ...{ line: quiet ? note : print, note, terminal: process.stderr.isTTY === true },
  });
  const epochs: EpochEvent[] = [];
  let tuned: Extract<TrainEvent, { kind: 'ready' }> | undefined;
  const onEvent = (told: Message) => {
    const event = told.head as TrainEvent;
    progress.tell(event);
    if (event.kind === 'ready') {
      tuned = event;
      epochs.push(...event.epochs.map((record, epoch): EpochEvent => ({ kind: 'epoch', epoch, ...record })));
    } else if (event.kind === 'epoch') epochs.push(event);
    else if (event.kind === 'state') file?.keep(attachment(told, 'state'), event.step);
  };
  try {
    const input = messageOf(request, data, { start, resume });
    const result = await session.run('train', input, { onEvent, signal: interruptSignal() });
    const checkpoint = attachment(result, 'checkpoint');
    const report = result.head as TrainReport;
    if (report.interrupted) file?.keep(checkpoint, report.updates);
    await file?.settle();
    await writeWhole(out, checkpoint);
    if (tuned?.tiles === 'measured') await keepTunings(tuned.kept);
    return { ...report, checkpoint, epochs };
  } catch (error) {
    progress.end();
    await file?.settle();
    if (file?.step !== undefined) note(`the state after ${file.step} updates is kept in ${file.path}`);
    throw error;
  } finally {
    progress.end();
  }
}

function messageOf(
  request: TrainRequest,
  { training, heldOut }: TrainingData,
  from: Pick<RunOptions, 'start' | 'resume'>,
): Message {
  const head = { ...request, config: configToJson(request.config) } as unknown as JsonValue;
  const attachments = new Map([...imagesAttachments('training', training), ...imagesAttachments('heldOut', heldOut)]);
  for (const [name, bytes] of Object.entries(from)) if (bytes) attachments.set(name, bytes);
  return message(head, attachments);
}

/** What to do after an interrupted training. */
export const howToGoOn = (file: string, data: string): string =>
  `interrupted; go on with: densenet train --resume ${file}${data === SAMPLE ? '' : ` --data ${data}`}`;

// A training as the commands run it: images and settings to the host, its progress shown, its checkpoint written.
import process from 'node:process';
import { configToJson } from '../src/densenet/config-json.ts';
import type { TuneMode } from '../src/densenet/tune/tune.ts';
import { imagesAttachments, imagesHead } from '../src/hosts/jobs/labelled.ts';
import type { TrainEvent, TrainReport, TrainRequest } from '../src/hosts/jobs/train-messages.ts';
import { attachment, type JsonValue, message } from '../src/hosts/message.ts';
import type { Session } from './host/session.ts';
import { interruptSignal } from './interrupt.ts';
import { note, print } from './output.ts';
import { writeWhole } from './output-file.ts';
import type { TrainingData } from './training-data.ts';
import { trainingProgress } from './training-progress.ts';
import { keepTunings, readTunings } from './tuning-file.ts';

export type TrainingSettings = Omit<TrainRequest, 'training' | 'heldOut' | 'tune' | 'kept'>;

export interface TrainingResult extends TrainReport {
  /** The checkpoint's bytes, as they were written. */
  readonly checkpoint: Uint8Array;
  readonly epochs: readonly Extract<TrainEvent, { kind: 'epoch' }>[];
}

/**
 * Trains and writes the checkpoint to `out`; where training fails nothing is written. The first interrupt ends the
 * training after its step, and the checkpoint is written.
 * @param quiet standard output is for something else: the epochs' lines go to standard error
 */
export async function trainAndSave(
  session: Session,
  settings: TrainingSettings,
  { training, heldOut }: TrainingData,
  { out, quiet = false, tune = 'cached' }: { readonly out: string; readonly quiet?: boolean; readonly tune?: TuneMode },
): Promise<TrainingResult> {
  const kept = tune === 'off' ? {} : await readTunings();
  const request: TrainRequest = {
    ...settings,
    tune,
    kept,
    training: imagesHead(training),
    heldOut: imagesHead(heldOut),
  };
  const head = { ...request, config: configToJson(request.config) } as unknown as JsonValue;
  const images = new Map([...imagesAttachments('training', training), ...imagesAttachments('heldOut', heldOut)]);
  const update = settings.batch * settings.accumulate;
  const progress = trainingProgress({
    ...{ epochs: settings.epochs, images: Math.floor(training.count / update) * update },
    ...{ line: quiet ? note : print, note, terminal: process.stderr.isTTY === true },
  });
  const epochs: Extract<TrainEvent, { kind: 'epoch' }>[] = [];
  let tuned: Extract<TrainEvent, { kind: 'ready' }> | undefined;
  const onEvent = ({ head: told }: { head: JsonValue }) => {
    const event = told as TrainEvent;
    progress.tell(event);
    if (event.kind === 'ready') tuned = event;
    if (event.kind === 'epoch') epochs.push(event);
  };
  try {
    const result = await session.run('train', message(head, images), { onEvent, signal: interruptSignal() });
    const checkpoint = attachment(result, 'checkpoint');
    await writeWhole(out, checkpoint);
    if (tuned?.tiles === 'measured') await keepTunings(tuned.kept);
    return { ...(result.head as TrainReport), checkpoint, epochs };
  } finally {
    progress.end();
  }
}

// A training as the commands run it: images and settings to the host, its progress shown, its states and its checkpoint
// written. What cannot be written where it should be is kept elsewhere, and that is said.
import { basename, dirname } from 'node:path';
import process from 'node:process';
import type { AutotuneMode } from '../../src/densenet/autotune/autotune.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import type { JobClient } from '../../src/jobs/define-job.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import type { SaveEvery, TrainEvent, TrainReport, TrainRequest } from '../../src/jobs/train.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { readAutotunes, saveAutotunes } from '../autotune-cache-file.ts';
import { EXIT } from '../exit-code.ts';
import { interruptCode, interruptSignal } from '../interrupt.ts';
import { note, print } from '../output.ts';
import { type Kept, realTarget, writeFree, writeSomewhere } from '../output-file.ts';
import { SAMPLE, type TrainingData } from './data.ts';
import { trainingProgress } from './progress.ts';
import { shortPath } from './run-files.ts';
import { isState, StateFile } from './state-file.ts';

export type TrainingSettings = Omit<
  TrainRequest,
  'training' | 'validation' | 'autotune' | 'kept' | 'saveEvery' | 'out' | 'start' | 'resume'
>;

type EpochEvent = Extract<TrainEvent, { kind: 'epoch' }>;

export interface TrainingResult extends TrainReport {
  /** The checkpoint's bytes; of an interrupted run, its state's. */
  readonly checkpoint: Uint8Array;
  /** Where they are, and why not where they should be. */
  readonly kept: Kept;
  readonly epochs: readonly EpochEvent[];
}

export interface RunOptions {
  readonly out: string;
  /** Standard output is for something else: the epochs' lines go to standard error. */
  readonly quiet?: boolean;
  readonly autotune?: AutotuneMode;
  /** Where the run's state is kept, and how often. */
  readonly state?: { readonly path: string; readonly every: SaveEvery };
  /** The safetensors file that a fine-tuning starts from. */
  readonly start?: Uint8Array | undefined;
  /** A run's state to go on from. */
  readonly resume?: Uint8Array | undefined;
}

/**
 * Trains and writes the checkpoint to `out`; where training fails, the last state that was kept is all there is. The first
 * interrupt ends the training after its step: then the run's state is written, to its file or beside `out`, and `out` is left
 * as it is.
 * @throws what the job throws; StorageError where what was trained cannot be written anywhere
 */
export async function trainAndSave(
  client: JobClient<Pick<HostJobs, 'train'>>,
  settings: TrainingSettings,
  data: TrainingData,
  { out, quiet = false, autotune = 'cached', state, start, resume }: RunOptions,
): Promise<TrainingResult> {
  const { training, validation } = data;
  const kept = autotune === 'off' ? {} : await readAutotunes();
  const request: TrainRequest = {
    ...settings,
    autotune,
    kept,
    training,
    validation,
    start,
    resume,
    ...(state && { saveEvery: state.every }),
    out: await realTarget(out),
  };
  const file = state && new StateFile(state.path, note);
  const update = settings.batch * settings.accumulate;
  const progress = trainingProgress({
    epochs: settings.epochs,
    images: Math.floor(training.count / update) * update,
    line: quiet ? note : print,
    note,
    terminal: process.stderr.isTTY === true,
  });
  const epochs: EpochEvent[] = [];
  let autotuned: Extract<TrainEvent, { kind: 'ready' }> | undefined;
  const onEvent = (event: TrainEvent) => {
    progress.tell(event);
    if (event.kind === 'ready') {
      autotuned = event;
      epochs.push(...event.epochs.map((record, epoch): EpochEvent => ({ kind: 'epoch', epoch, ...record })));
    } else if (event.kind === 'epoch') epochs.push(event);
    else if (event.kind === 'state') file?.keep(event.state, event.step);
    else if (event.kind === 'unsaved' && file) note(`the state after ${event.step} updates is not kept: ${event.why}`);
  };
  const signal = interruptSignal();
  const sayStopping = () => note('stops after this step, and keeps the state; another interrupt ends it at once');
  signal.addEventListener('abort', sayStopping);
  try {
    const { report, checkpoint } = await client.run('train', request, { onEvent, signal });
    await file?.settle();
    const kept = report.interrupted
      ? await keepState(checkpoint, report.updates, out, file)
      : await writeSomewhere(out, [dirname(file?.path ?? out)], checkpoint, (bytes) => void readCheckpoint(bytes, out));
    if (autotuned?.tiles === 'measured') await saveAutotunes(autotuned.kept);
    return { ...report, checkpoint, kept, epochs };
  } catch (error) {
    progress.end();
    await file?.settle();
    note(whatIsKept(file, error));
    throw error;
  } finally {
    signal.removeEventListener('abort', sayStopping);
    progress.end();
  }
}

/** The state of an interrupted run: in its file, or beside the checkpoint that it does not make. */
async function keepState(bytes: Uint8Array, step: number, out: string, file: StateFile | undefined): Promise<Kept> {
  if (file) return file.keepLast(bytes, step);
  return { path: await writeFree([dirname(out)], basename(stateBeside(out)), bytes, isState) };
}

/** Where a run's state is kept that was given no file. */
export const stateBeside = (out: string): string => `${out.replace(/\.safetensors$/, '')}.state.safetensors`;

/** What is left of a run that failed, and what it is good for: the same training comes to the same numbers. */
function whatIsKept(file: StateFile | undefined, error: unknown): string {
  if (!file) return 'no state was asked for (--state FILE): nothing of this run is kept';
  const { path, step } = file;
  if (step === undefined) return `this run has put no state into ${path}, which is as it was`;
  const kept = `the state after ${step} updates is kept in ${path}`;
  if (!(error instanceof DenseNetError) || error.code !== 'not-finite') return kept;
  return `${kept}; its weights are a start with a lower rate: densenet train --checkpoint ${quoted(shortPath(path))} --lr RATE`;
}

/** What to do after an interrupted training. */
export const howToGoOn = ({ kept, updates }: TrainingResult, data: string): string =>
  `interrupted after ${updates} updates; go on with: densenet train --resume ${quoted(shortPath(kept.path))}` +
  `${data === SAMPLE ? '' : ` --data ${quoted(data)}`}`;

/** As a shell takes it for one word. */
const quoted = (path: string): string => (/^[\w./~:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);

/** Says where the work is, where that is not where it should be, and gives the command's exit code. */
export function ended({ kept, interrupted }: TrainingResult): number {
  if (kept.problem !== undefined) {
    note(`densenet: ${kept.problem}`);
    note(`${interrupted ? 'the state' : 'the checkpoint'} is kept in ${kept.path}`);
    return EXIT.checkFailed;
  }
  return interrupted ? interruptCode() : EXIT.done;
}

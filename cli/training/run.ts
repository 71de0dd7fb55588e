// A training as the commands run it: images and settings go to the host, progress is shown, states and checkpoint are written.
// What cannot be written where it should be is saved elsewhere, with a message. On a terminal progress is a bar for each epoch,
// elsewhere a line every few seconds; after each epoch one line stays. Everything but those lines goes to standard error.
import { basename, dirname } from 'node:path';
import process from 'node:process';
import { Presets, SingleBar } from 'cli-progress';
import type { AutotuneMode } from '../../src/densenet/autotune/autotune.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import type { JobClient } from '../../src/jobs/define-job.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import type { SaveEvery, TrainEvent, TrainReport, TrainRequest } from '../../src/jobs/train.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import { clock, duration, percent } from '../../ui/number-text.ts';
import { readAutotunes, saveAutotunes } from '../autotune-cache-file.ts';
import { EXIT, interruptCode, interruptSignal } from '../exit.ts';
import { type Kept, realTarget, writeFree, writeSomewhere } from '../files.ts';
import { note, print } from '../output.ts';
import { SAMPLE, type TrainingData } from './data.ts';
import { isState, StateFile, shortPath } from './run-files.ts';

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

type Told<K extends TrainEvent['kind']> = Extract<TrainEvent, { kind: K }>;

export interface TrainingProgress {
  /** Call it with every event of the job, in order. */
  tell(event: TrainEvent): void;
  /** Call it when the job has ended, however it ended. */
  end(): void;
}

export interface ProgressOptions {
  readonly epochs: number;
  /** Images of an epoch that are trained on. */
  readonly images: number;
  /** Where the epochs' lines go. */
  readonly line: (text: string) => void;
  /** Where everything else goes. */
  readonly note: (text: string) => void;
  readonly terminal: boolean;
}

/** Seconds between lines where there is no terminal. */
const LINE_EVERY = 10;

export function trainingProgress(options: ProgressOptions): TrainingProgress {
  const { line, epochs } = options;
  const live = options.terminal ? new Bar(options) : new Lines(options);
  return {
    tell(event) {
      if (event.kind === 'ready') live.ready(event);
      else if (event.kind === 'progress') live.progress(event);
      else if (event.kind === 'epoch') {
        live.clear();
        line(epochLine(event, epochs));
      }
    },
    end: () => live.clear(),
  };
}

const epochLine = (
  { epoch, loss, accuracy, validationAccuracy: validation, imagesPerSecond }: Told<'epoch'>,
  epochs: number,
) =>
  `epoch ${epoch + 1}/${epochs}: loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}, ` +
  `held-out accuracy ${percent(validation)} (${Math.round(imagesPerSecond)} images/s)`;

/** What stands behind the bar, and on the lines in its place. */
class Live {
  protected updates = 1;

  constructor(protected readonly options: ProgressOptions) {}

  ready({ updates, seconds, tiles, notes, epochs, into }: Told<'ready'>): void {
    this.updates = updates;
    if (tiles !== 'defaults')
      this.options.note(tiles === 'cache' ? 'tiles as tuned before' : 'tiles tuned for this GPU');
    for (const text of notes) this.options.note(text);
    this.options.note(`shaders compiled in ${duration(seconds)}`);
    if (epochs.length + into > 0)
      this.options.note(`goes on in epoch ${epochs.length + 1}, after ${into} of ${updates} updates`);
  }

  protected words({ epoch, updates, loss, accuracy, imagesPerSecond }: Told<'progress'>): string {
    const { epochs, images } = this.options;
    const left = (epochs - epoch - updates / this.updates) * images;
    return (
      `loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}, ${Math.round(imagesPerSecond)} images/s, ` +
      `${clock(left / Math.max(imagesPerSecond, 1e-3))} left`
    );
  }
}

class Bar extends Live {
  private bar: SingleBar | undefined;

  progress(event: Told<'progress'>): void {
    if (!this.bar) {
      const format = `epoch ${event.epoch + 1}/${this.options.epochs} {bar} {percentage}%  {words}`;
      // What stands beside the bar takes 70 columns.
      const barsize = Math.min(30, Math.max(8, (process.stderr.columns ?? 80) - 70));
      const look = { format, barsize, clearOnComplete: true, hideCursor: true, gracefulExit: false };
      this.bar = new SingleBar({ ...look, stream: process.stderr }, Presets.shades_classic);
      this.bar.start(this.updates, 0, { words: '' });
    }
    this.bar.update(event.updates, { words: this.words(event) });
  }

  clear(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

class Lines extends Live {
  private told = Number.NEGATIVE_INFINITY;

  progress(event: Told<'progress'>): void {
    if (performance.now() - this.told < 1000 * LINE_EVERY) return;
    this.told = performance.now();
    const done = Math.round((100 * event.updates) / this.updates);
    this.options.note(`epoch ${event.epoch + 1}/${this.options.epochs}, ${done}%: ${this.words(event)}`);
  }

  clear(): void {
    this.told = performance.now();
  }
}

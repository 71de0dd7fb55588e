// A training as the commands run it: images and settings go to the host, progress is shown, states and checkpoint are written.
// What cannot be written where it should be is saved elsewhere, with a message. On a terminal progress is a bar for each epoch,
// elsewhere a line every few seconds; after each epoch one line stays. Everything but those lines goes to standard error.
import { basename, dirname } from 'node:path';
import process from 'node:process';
import { Presets, SingleBar } from 'cli-progress';
import type { AutotuneMode } from '../../src/densenet/autotune/autotune.ts';
import { readCheckpoint } from '../../src/densenet/train/checkpoint.ts';
import { epochShape } from '../../src/densenet/train/epoch-shape.ts';
import { hyperparametersOf } from '../../src/densenet/train/hyperparameters.ts';
import type { JobClient } from '../../src/jobs/define-job.ts';
import type { HostJobs } from '../../src/jobs/registry.ts';
import type { TrainEvent, TrainingSettings, TrainRequest } from '../../src/jobs/train-request.ts';
import { DenseNetError } from '../../src/runtime/errors.ts';
import type { SaveEvery, TrainReport } from '../../src/training/events.ts';
import { clock, duration, percent } from '../../ui/number-text.ts';
import { readAutotunes, saveAutotunes } from '../autotune-cache-file.ts';
import { EXIT, interruptCode, interruptSignal } from '../exit.ts';
import { type Check, realTarget, type Saved, writeFree, writeSomewhere } from '../files.ts';
import { note, print } from '../output.ts';
import { SAMPLE, type TrainingData } from './data.ts';
import { replyWithImages, requestImages } from './opened-data.ts';
import { isState, StateFile, shortPath } from './run-files.ts';
import type { RunRecorder } from './run-recorder.ts';

export type EpochEvent = Extract<TrainEvent, { kind: 'epoch' }>;

export interface TrainingResult {
  readonly report: TrainReport;
  /** The checkpoint's bytes; of an interrupted run, its state's. */
  readonly checkpoint: Uint8Array;
  /** Where they are, and why not where they should be. */
  readonly saved: Saved;
  readonly epochs: readonly EpochEvent[];
  /** Of the run's folder: whoever has the result closes it. */
  readonly recorder: RunRecorder | undefined;
}

export interface RunOptions {
  /** Where the checkpoint goes at the end; left out: nowhere but into the run's state, which is one. */
  readonly out?: string | undefined;
  /** What the run says and leaves in its folder as it goes on; called when its first step is next: a run that cannot begin leaves nothing. */
  readonly record?: ((request: TrainRequest) => Promise<RunRecorder>) | undefined;
  /** Networks of so many best epochs are recorded; default none. */
  readonly networks?: number;
  /** Kept in the state and the checkpoint: what is to be known of the run. */
  readonly about?: TrainRequest['about'];
  /** Standard output is for something else: the epochs' lines go to standard error. */
  readonly quiet?: boolean;
  readonly autotune?: AutotuneMode;
  /** Where the run's state is saved, and how often. */
  readonly state?: { readonly path: string; readonly every: SaveEvery };
  /** The safetensors file that a fine-tuning starts from. */
  readonly start?: Uint8Array | undefined;
  /** The state of the run to resume. */
  readonly resume?: Uint8Array | undefined;
}

/**
 * Trains and writes the checkpoint to `out`; where training fails, the last state that was saved is all there is. The first
 * interrupt ends the training after its step: then the run's state is written, to its file or beside `out`, and `out` is left
 * as it is.
 * @throws what the job throws; StorageError where what was trained cannot be written anywhere
 */
export async function trainAndSave(
  client: JobClient<Pick<HostJobs, 'train'>>,
  settings: TrainingSettings,
  data: TrainingData,
  { out, record, networks = 0, about, quiet = false, autotune = 'cached', state, start, resume }: RunOptions,
): Promise<TrainingResult> {
  const { training, validation } = data;
  const kept = autotune === 'off' ? {} : await readAutotunes();
  const request: TrainRequest = {
    ...settings,
    autotune,
    kept,
    training: await requestImages(training),
    validation: validation && (await requestImages(validation)),
    start,
    resume,
    reportSteps: record !== undefined,
    reportBest: networks,
    ...(about && { about: { ...settings.about, ...about } }),
    ...(state && { saveEvery: state.every }),
    ...(out !== undefined && { out: await realTarget(out) }),
  };
  let recording: Promise<RunRecorder> | undefined;
  const file = state && new StateFile(state.path, note, async () => (await recording)?.flush());
  const progress = trainingProgress({
    epochs: settings.epochs,
    images: epochShape(hyperparametersOf(settings), training.count).images,
    line: quiet ? note : print,
    note,
    terminal: process.stderr.isTTY === true,
  });
  const epochs: EpochEvent[] = [];
  let autotuned: Extract<TrainEvent, { kind: 'ready' }> | undefined;
  const onEvent = (event: TrainEvent) => {
    progress.tell(event);
    if (event.kind === 'ready') recording = record?.(request);
    recording = recording?.then((recorder) => {
      recorder.tell(event);
      return recorder;
    });
    if (event.kind === 'ready') {
      autotuned = event;
      epochs.push(...event.epochs.map((record, epoch): EpochEvent => ({ kind: 'epoch', epoch, ...record })));
    } else if (event.kind === 'epoch') epochs.push(event);
    else if (event.kind === 'state') file?.save(event.state, event.step);
    else if (event.kind === 'unsaved' && file)
      note(`the state after ${event.step} updates was not saved: ${event.why}`);
  };
  const signal = interruptSignal();
  const sayStopping = () => note('stopping after this step to save the state; interrupt again to end at once');
  signal.addEventListener('abort', sayStopping);
  try {
    const onAsk = replyWithImages(data);
    const { report, checkpoint } = await client.run('train', request, { onEvent, onAsk, signal });
    await file?.settle();
    const saved = await saveEnd(report, checkpoint, out, file);
    if (autotuned?.tiles === 'measured') await saveAutotunes(autotuned.kept);
    const recorder = await recording;
    await recorder?.ended(report);
    return { report, checkpoint, saved, epochs, recorder };
  } catch (error) {
    progress.end();
    await file?.settle();
    const recorder = await recording;
    await recorder?.ended(error instanceof Error ? error : new Error(String(error)));
    await recorder?.close();
    note(whatIsSaved(file, error));
    throw error;
  } finally {
    signal.removeEventListener('abort', sayStopping);
    progress.end();
  }
}

/** Saves what a run has come to: the network; of an interrupted run the state, in its file or beside the checkpoint that it does not write. */
async function saveEnd(
  { interrupted, updates }: TrainReport,
  bytes: Uint8Array,
  out: string | undefined,
  file: StateFile | undefined,
): Promise<Saved> {
  if (interrupted && file) return file.saveLast(bytes, updates);
  if (out === undefined) {
    if (!file || file.step === updates) return { path: file?.path ?? '' };
    const path = await writeFree([dirname(file.path)], 'network.safetensors', bytes, isCheckpoint);
    return { path, problem: `${file.path} does not have the run's last state: ${file.problem}` };
  }
  if (interrupted) return { path: await writeFree([dirname(out)], basename(stateBeside(out)), bytes, isState) };
  return writeSomewhere(out, [dirname(file?.path ?? out)], bytes, isCheckpoint);
}

const isCheckpoint: Check = (written) => void readCheckpoint(written, 'the network');

/** Where the state of an interrupted run is saved that was given no file for it. */
export const stateBeside = (out: string): string => `${out.replace(/\.safetensors$/, '')}.state.safetensors`;

/** What is saved of a run that failed, and what to do with it. Resumed, the same training fails at the same step. */
function whatIsSaved(file: StateFile | undefined, error: unknown): string {
  if (!file) return 'nothing of this run was saved: it had no --state FILE';
  const { path, step } = file;
  if (step === undefined) return `this run saved no state: ${path} is unchanged`;
  const saved = `the state after ${step} updates is saved in ${path}`;
  if (!(error instanceof DenseNetError) || error.code !== 'not-finite') return saved;
  return `${saved}; start again from its weights with a lower learning rate: densenet train --checkpoint ${quoted(shortPath(path))} --lr RATE`;
}

/** The command that resumes an interrupted training. */
export const howToResume = ({ saved, report }: TrainingResult, data: string): string =>
  `interrupted after ${report.updates} updates; resume with: densenet train --resume ${quoted(shortPath(saved.path))}` +
  `${data === SAMPLE ? '' : ` --data ${quoted(data)}`}`;

/** Quoted as one word for a shell. */
export const quoted = (path: string): string =>
  /^[\w./~:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

/** The command's exit code; a message says where the work is, if it is not where it should be. */
export function ended({ saved, report }: TrainingResult): number {
  const { interrupted } = report;
  if (saved.problem !== undefined) {
    note(`densenet: ${saved.problem}`);
    note(`${interrupted ? 'the state' : 'the checkpoint'} was saved to ${saved.path}`);
    return EXIT.checkFailed;
  }
  return interrupted ? interruptCode() : EXIT.done;
}

type EventOf<K extends TrainEvent['kind']> = Extract<TrainEvent, { kind: K }>;

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
      if (event.kind === 'compile') live.compile(event);
      else if (event.kind === 'ready') live.ready(event);
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
  { epoch, loss, accuracy, validationAccuracy: validation, imagesPerSecond }: EventOf<'epoch'>,
  epochs: number,
) =>
  `epoch ${epoch + 1}/${epochs}: loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}, ` +
  `${validation === null ? '' : `validation accuracy ${percent(validation)} `}(${Math.round(imagesPerSecond)} images/s)`;

/** What the bar and the lines in its place have in common. */
class Live {
  protected updates = 1;

  constructor(protected readonly options: ProgressOptions) {}

  ready({ updates, seconds, tiles, notes, epochs, into }: EventOf<'ready'>): void {
    this.updates = updates;
    if (tiles !== 'defaults')
      this.options.note(
        tiles === 'cache' ? 'tile configuration from the autotune cache' : 'tile configuration measured on this GPU',
      );
    for (const text of notes) this.options.note(text);
    this.options.note(`shaders compiled in ${duration(seconds)}`);
    if (epochs.length + into > 0)
      this.options.note(`resumes in epoch ${epochs.length + 1}, after ${into} of ${updates} updates`);
  }

  /** `waits`: the share of the epoch's time in which steps waited for their images. */
  protected status({ epoch, updates, loss, accuracy, imagesPerSecond, waiting }: EventOf<'progress'>): string {
    const { epochs, images } = this.options;
    const left = (epochs - epoch - updates / this.updates) * images;
    return (
      `loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}, ${Math.round(imagesPerSecond)} images/s, ` +
      `${clock(left / Math.max(imagesPerSecond, 1e-3))} left, waits ${Math.round(100 * waiting)}%`
    );
  }
}

class Bar extends Live {
  private bar: SingleBar | undefined;

  compile({ done, total }: EventOf<'compile'>): void {
    this.bar ??= this.started('compiling shaders {bar} {value}/{total}', total);
    this.bar.setTotal(total);
    this.bar.update(done);
  }

  override ready(event: EventOf<'ready'>): void {
    this.clear();
    super.ready(event);
  }

  progress(event: EventOf<'progress'>): void {
    const format = `epoch ${event.epoch + 1}/${this.options.epochs} {bar} {percentage}%  {status}`;
    this.bar ??= this.started(format, this.updates);
    this.bar.update(event.updates, { status: this.status(event) });
  }

  private started(format: string, total: number): SingleBar {
    // The text beside the bar takes 80 columns; in fewer its end is cut.
    const barsize = Math.min(30, Math.max(8, (process.stderr.columns ?? 80) - 80));
    const look = { format, barsize, clearOnComplete: true, hideCursor: true, gracefulExit: false };
    const bar = new SingleBar({ ...look, stream: process.stderr }, Presets.shades_classic);
    bar.start(total, 0, { status: '' });
    return bar;
  }

  clear(): void {
    this.bar?.stop();
    this.bar = undefined;
  }
}

class Lines extends Live {
  private lastLine = Number.NEGATIVE_INFINITY;
  private begun: number | undefined;

  compile({ done, total }: EventOf<'compile'>): void {
    const now = performance.now();
    this.begun ??= now;
    if (now - Math.max(this.begun, this.lastLine) < 1000 * LINE_EVERY) return;
    this.lastLine = now;
    this.options.note(`compiling shaders: ${done} of ${total}`);
  }

  progress(event: EventOf<'progress'>): void {
    if (performance.now() - this.lastLine < 1000 * LINE_EVERY) return;
    this.lastLine = performance.now();
    const done = Math.round((100 * event.updates) / this.updates);
    this.options.note(`epoch ${event.epoch + 1}/${this.options.epochs}, ${done}%: ${this.status(event)}`);
  }

  clear(): void {
    this.lastLine = performance.now();
  }
}

// A training run as the page sees it: what is to be trained on which data, its curves as they grow, what it makes of the
// validation images, how it ended. It runs on a device of its own in the engine's worker; the network in use goes on.

import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { gatherLabels, gatherPixels, permutation } from '../../src/data/batches.ts';
import { imageBytes, type LabelledImages } from '../../src/data/idx.ts';
import type { DenseNetConfig } from '../../src/densenet/config.ts';
import type { BlockReuse } from '../../src/densenet/explain/feature-reuse.ts';
import type { TrainEvent } from '../../src/jobs/train-request.ts';
import type { LoadedNetwork } from '../contract.ts';
import { DataChoice } from '../data/data-choice.ts';
import type { TrainingSet } from '../data/training-set.ts';
import type { Engine } from '../engine.ts';
import { type PageError, pageError } from '../errors/page-error.ts';
import type { Networks } from '../network/networks.ts';
import { runImages } from '../runs/run-store.ts';
import { Runs } from '../runs/runs.ts';
import { follow, newRunId, type RunTitle, type SavedRun } from '../runs/saved-run.ts';
import type { Undo } from '../undo/undo.ts';
import type { Trained } from '../worker/train.ts';
import type { Form, Settings } from './form.ts';
import { type Planned, Planner } from './planner.ts';
import type { Progress } from './progress.ts';
import { type OnTrainEvent, startTraining } from './start-training.ts';
import { evaluate, type ValidationResult, type ValidationShare, validationShare } from './validation.ts';
import { yieldToMain } from './yield-to-main.ts';

export type TrainingState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'preparing'; readonly what: 'images' | 'shaders'; readonly done?: number; readonly of?: number }
  | { readonly kind: 'running'; readonly ending: 'stop' | 'pause' | undefined }
  | { readonly kind: 'paused' }
  | { readonly kind: 'done'; readonly trained: Trained; readonly saved: SavedResult }
  | { readonly kind: 'failed'; readonly error: PageError };

/** What became of a finished network: the name that it is kept under, or why it is not kept. */
export type SavedResult = { readonly name: string } | { readonly error: PageError };

/** The run that the curves and results below the form are of, whatever the form says by now. */
export interface Subject {
  readonly title: RunTitle;
  readonly config: DenseNetConfig;
  readonly images: number;
  /** Once they are there. */
  readonly validation?: ValidationShare;
}

/** What the network makes of the validation images, after `epoch` whole epochs. */
export interface Evaluation {
  readonly epoch: number;
  readonly images: LabelledImages;
  readonly result: ValidationResult;
}

/** A run of another time or machine, as far as it can be looked at. */
export type PastRun = Pick<RunTitle, 'dataName' | 'started'> &
  Pick<Subject, 'config' | 'images'> & { readonly progress: Progress };

interface Owner {
  readonly engine: Engine;
  readonly network: ReadonlySignal<{ readonly loaded: LoadedNetwork } | undefined>;
  readonly networks: Pick<Networks, 'saveTrained'>;
  readonly undo: Undo;
}

/** Mistakes that are shown. */
const TOP_LOSSES = 12;

export class Training {
  readonly state: Signal<TrainingState> = signal({ kind: 'idle' });
  readonly progress: Signal<Progress | undefined> = signal();
  readonly evaluation: Signal<Evaluation | undefined> = signal();
  /** Of the network that is trained, after its last whole epoch. */
  readonly reuse: Signal<readonly BlockReuse[] | undefined> = signal();
  /** What the visitor changed of the form's defaults. */
  readonly changes: Signal<Partial<Form>> = signal({});
  readonly data: DataChoice;
  readonly planner: Planner;
  readonly subject: Signal<Subject | undefined> = signal();
  readonly runs: Runs;
  private abort: AbortController | undefined;
  private ending: 'stop' | 'pause' | undefined;
  private updatesPerEpoch = 1;

  constructor(private readonly owner: Owner) {
    this.data = new DataChoice(owner);
    this.runs = new Runs(owner.undo);
    this.planner = new Planner(owner);
  }

  get active(): boolean {
    const { kind } = this.state.value;
    return kind === 'preparing' || kind === 'running';
  }

  /** Trains as the settings say. Ends in state `done`, also when it was stopped, `paused` or `failed`. */
  async run(settings: Settings, set: TrainingSet): Promise<void> {
    const save: RunTitle = { id: newRunId(), started: Date.now(), dataName: set.name };
    const loaded = this.owner.network.peek()?.loaded;
    const planned = this.planner.planned.peek();
    const abort = this.begin('images', { title: save, config: settings.config, images: settings.images });
    await this.carryOut(save, abort, async () => {
      const made = await this.images(settings, set, abort.signal);
      this.state.value = { kind: 'preparing', what: 'shaders' };
      this.progress.value = { epochs: settings.epochs, points: [] };
      const autotuned = settings.start === 'fine-tune' ? loaded : undefined;
      const input = {
        settings,
        training: made.training,
        validation: made.validation,
        save,
        // A trained network keeps the normalisation that it was trained with.
        normalisation: autotuned ? meanAndStd(autotuned.preprocessing) : made.normalisation,
        fromInUse: autotuned && { network: autotuned.id, classNames: autotuned.classNames },
        about: { data: set.record(), gpu: loaded?.adapter.name ?? '', date: new Date().toISOString().slice(0, 10) },
      };
      const onEvent = this.follower(made.validation, abort);
      const trained = await startTraining(this.owner.engine.client, input, onEvent, abort.signal);
      this.learnRate(settings, planned);
      return trained;
    });
  }

  /** Goes on with a run that was kept, where its state stands. Ends as `run`. */
  async resume({ id, started, dataName, progress, request }: SavedRun): Promise<void> {
    const title = { id, started, dataName };
    const { config, training } = request;
    const abort = this.begin('shaders', { title, config, images: training.count }, progress);
    await this.carryOut(title, abort, async () => {
      const onEvent = this.follower(await runImages(id, 'validation'), abort);
      return this.owner.engine.client.run('train', { resumeRun: id }, { onEvent, signal: abort.signal });
    });
  }

  /** The curves of a run that is over, in place of what is shown of another; undefined: none. */
  show(run: PastRun | undefined): void {
    const title = run && { id: '', started: run.started, dataName: run.dataName };
    batch(() => {
      this.subject.value = run && title && { title, config: run.config, images: run.images };
      this.progress.value = run?.progress;
      this.evaluation.value = undefined;
      this.reuse.value = undefined;
      this.state.value = { kind: 'idle' };
    });
  }

  /** Ends the run after the step under way; what was learned so far is the result. */
  stop(): void {
    this.end('stop');
  }

  /** As `stop`, but the run is saved to be resumed. */
  pause(): void {
    this.end('pause');
  }

  private end(how: 'stop' | 'pause'): void {
    this.ending = how;
    this.abort?.abort();
    if (this.state.peek().kind === 'running') this.state.value = { kind: 'running', ending: how };
  }

  private begin(what: 'images' | 'shaders', subject: Subject, progress?: Progress): AbortController {
    this.abort = new AbortController();
    this.ending = undefined;
    batch(() => {
      this.subject.value = subject;
      this.progress.value = progress;
      this.evaluation.value = undefined;
      this.reuse.value = undefined;
      this.state.value = { kind: 'preparing', what };
    });
    return this.abort;
  }

  /** Works on a kept run, which is over where it was not paused. */
  private async carryOut(title: RunTitle, abort: AbortController, work: () => Promise<Trained>): Promise<void> {
    const { id } = title;
    try {
      const trained = await this.runs.hold(id, work);
      // Where its last state found no room, there is nothing to resume from: the result is all there is.
      const saved = this.runs.saving.peek()?.kind === 'stored';
      const paused = this.ending === 'pause' && trained.report.interrupted && saved;
      this.state.value = paused
        ? { kind: 'paused' }
        : { kind: 'done', trained, saved: await this.finish(title, trained) };
    } catch (error) {
      this.state.value = abort.signal.aborted && error === abort.signal.reason ? { kind: 'idle' } : failed(error);
    }
    await this.runs.look();
  }

  /** Saves what was learned at once, and only then gives up what the run could be resumed from. */
  private async finish(title: RunTitle, { checkpoint, size }: Trained): Promise<SavedResult> {
    const save = async () => ({ name: await this.owner.networks.saveTrained(networkName(title), checkpoint, size) });
    const saved = await save().catch(() => undefined);
    await this.runs.discard(title.id);
    // The room that the run took may do.
    return saved ?? save().catch((error) => ({ error: pageError(error) }));
  }

  private async images({ config, images, seed }: Settings, set: TrainingSet, signal: AbortSignal) {
    const channels = config.inputChannels === 1 ? 1 : 3;
    const size = { channels, height: config.height, width: config.width } as const;
    const onProgress = (done: number, of: number) => {
      this.state.value = { kind: 'preparing', what: 'images', done, of };
    };
    const made = await set.images(size, { signal, onProgress });
    return { ...made, training: await pickImages(made.training, images, seed) };
  }

  private follower(validation: LabelledImages, run: AbortController): OnTrainEvent {
    const subject = this.subject.peek();
    if (subject && this.abort === run)
      this.subject.value = { ...subject, validation: validationShare(validation.labels) };
    return (event) => {
      if (event.kind === 'stored' || event.kind === 'not-stored') this.runs.saving.value = event;
      else this.follow(event, validation, run);
    };
  }

  private follow(event: TrainEvent, validation: LabelledImages, run: AbortController) {
    const before = this.progress.peek();
    if (!before || this.abort !== run) return;
    if (event.kind === 'ready') {
      this.updatesPerEpoch = event.updates;
      this.state.value = { kind: 'running', ending: run.signal.aborted ? this.ending : undefined };
    }
    this.progress.value = follow(before, event, this.updatesPerEpoch);
    if (event.kind !== 'epoch') return;
    this.reuse.value = event.reuse;
    const { logits } = event;
    if (!logits) return;
    const classes = validation.classNames.length;
    evaluate(logits, validation.labels, classes, TOP_LOSSES, yieldToMain).then((result) => {
      const epoch = event.epoch + 1;
      if (this.abort === run && epoch > (this.evaluation.peek()?.epoch ?? 0))
        this.evaluation.value = { epoch, images: validation, result };
    });
  }

  /** What a step took, for the next plan's expectation. */
  private learnRate({ batch: images }: Settings, planned: Planned | undefined): void {
    const imagesPerSecond = this.progress.peek()?.points.at(-1)?.imagesPerSecond;
    if (imagesPerSecond && planned) this.planner.learn(planned.answer, images / imagesPerSecond);
  }
}

/** What a finished network is kept as: its data, and when it was begun. */
function networkName({ dataName, started }: RunTitle): string {
  const [day = '', time = ''] = new Date(started - new Date(started).getTimezoneOffset() * 60_000)
    .toISOString()
    .split('T');
  return `${dataName.slice(0, 40)} ${day} ${time.slice(0, 5).replace(':', '.')}`;
}

const meanAndStd = ({ mean, std }: LoadedNetwork['preprocessing']) => ({ mean, std });

const failed = (error: unknown): TrainingState => ({ kind: 'failed', error: pageError(error) });

// Some of a set's images, chosen by the seed: a set may be sorted by class. In pieces, so that the page answers between.

const PIECE = 4 * 2 ** 20;

/** All of them, as they are, where there are no more than `count`. */
export async function pickImages(images: LabelledImages, count: number, seed: number): Promise<LabelledImages> {
  if (count >= images.count) return images;
  const chosen = permutation(images.count, seed, 0).slice(0, count).sort();
  const bytes = imageBytes(images);
  const pixels = new Uint8Array(count * bytes);
  const labels = new Int32Array(count);
  const step = Math.max(1, Math.floor(PIECE / bytes));
  for (let from = 0; from < count; from += step) {
    if (from > 0) await yieldToMain();
    gatherPixels(images, chosen.subarray(from, from + step), pixels.subarray(from * bytes));
    gatherLabels(images, chosen.subarray(from, from + step), labels.subarray(from));
  }
  return { ...images, count, pixels, labels };
}

// A training run as the page sees it: what is to be trained on which data, its curves as they grow, what it makes of the
// held-out images, how it ended. It runs on a device of its own in the engine's worker; the network in use goes on.

import { type Signal, signal } from '@preact/signals';
import type { LabelledImages } from '../../src/data/idx.ts';
import type { BlockReuse } from '../../src/densenet/explain/feature-reuse.ts';
import type { TrainEvent } from '../../src/hosts/jobs/train-messages.ts';
import { DataChoice } from '../data/data-choice.ts';
import type { TrainingSet } from '../data/training-set.ts';
import type { Engine } from '../engine/engine.ts';
import type { LoadedNetwork } from '../engine/protocol.ts';
import { follow, type KeptRun, newRunId, type RunTitle } from '../runs/kept-run.ts';
import { runImages } from '../runs/run-store.ts';
import { Runs } from '../runs/runs.ts';
import { type Trouble, troubleHere } from '../trouble/advice.ts';
import { breathe } from './breathe.ts';
import type { Form, Settings } from './form.ts';
import { type HeldOutResult, judge } from './held-out.ts';
import { pickImages } from './pick-images.ts';
import { Planner } from './planner.ts';
import type { Progress } from './progress.ts';
import { goOn, type OnTrainEvent, type Trained, train } from './train-calls.ts';

export type TrainingState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'preparing'; readonly what: 'images' | 'shaders'; readonly done?: number; readonly of?: number }
  | { readonly kind: 'running'; readonly ending: 'stop' | 'pause' | undefined }
  | { readonly kind: 'paused' }
  | { readonly kind: 'done'; readonly trained: Trained }
  | { readonly kind: 'failed'; readonly trouble: Trouble };

/** What the network makes of the held-out images, after `epoch` whole epochs. */
export interface Judged {
  readonly epoch: number;
  readonly images: LabelledImages;
  readonly result: HeldOutResult;
}

interface Owner {
  readonly engine: Engine;
  readonly network: Signal<{ readonly loaded: LoadedNetwork } | undefined>;
}

/** Mistakes that are shown. */
const WORST = 12;

export class Training {
  readonly state: Signal<TrainingState> = signal({ kind: 'idle' });
  readonly progress: Signal<Progress | undefined> = signal();
  readonly judged: Signal<Judged | undefined> = signal();
  /** Of the network that is trained, after its last whole epoch. */
  readonly reuse: Signal<readonly BlockReuse[] | undefined> = signal();
  /** What the visitor changed of the form's defaults. */
  readonly changes: Signal<Partial<Form>> = signal({});
  readonly data: DataChoice;
  readonly planner: Planner;
  /** Of the last run. */
  readonly settings: Signal<Settings | undefined> = signal();
  readonly runs = new Runs();
  private abort: AbortController | undefined;
  private ending: 'stop' | 'pause' | undefined;
  private updatesPerEpoch = 1;

  constructor(private readonly owner: Owner) {
    this.data = new DataChoice(owner);
    this.planner = new Planner(owner);
  }

  get active(): boolean {
    const { kind } = this.state.value;
    return kind === 'preparing' || kind === 'running';
  }

  /** Trains as the settings say. Ends in state `done`, also when it was stopped, `paused` or `failed`. */
  async run(settings: Settings, set: TrainingSet): Promise<void> {
    this.settings.value = settings;
    const keep: RunTitle = { id: newRunId(), started: Date.now(), dataName: set.name };
    const abort = this.begin('images', undefined);
    await this.carryOut(keep.id, abort, async () => {
      const made = await this.images(settings, set, abort.signal);
      this.state.value = { kind: 'preparing', what: 'shaders' };
      this.progress.value = { epochs: settings.epochs, points: [] };
      const loaded = this.owner.network.peek()?.loaded;
      const tuned = settings.start === 'fine-tune' ? loaded : undefined;
      const input = {
        ...{ settings, training: made.training, heldOut: made.heldOut, keep },
        // A network that has learned goes on seeing what it learned from.
        normalisation: tuned ? meanAndDeviation(tuned.preprocessing) : made.normalisation,
        fromInUse: tuned && { classNames: tuned.classNames },
        about: { data: set.record(), gpu: loaded?.adapter.name ?? '', date: new Date().toISOString().slice(0, 10) },
      };
      const trained = await train(this.owner.engine.session, input, this.follower(made.heldOut, abort), abort.signal);
      this.learnRate(settings);
      return trained;
    });
  }

  /** Goes on with a run that was kept, where its state stands. Ends as `run`. */
  async goOn({ id, progress }: KeptRun): Promise<void> {
    this.settings.value = undefined;
    const abort = this.begin('shaders', progress);
    await this.carryOut(id, abort, async () => {
      const follower = this.follower(await runImages(id, 'heldOut'), abort);
      return goOn(this.owner.engine.session, id, follower, abort.signal);
    });
  }

  /** Ends the run after the step under way; what was learned so far is the result. */
  stop(): void {
    this.end('stop');
  }

  /** As `stop`, but the run is kept to go on with. */
  pause(): void {
    this.end('pause');
  }

  private end(how: 'stop' | 'pause'): void {
    this.ending = how;
    this.abort?.abort();
    if (this.state.peek().kind === 'running') this.state.value = { kind: 'running', ending: how };
  }

  private begin(what: 'images' | 'shaders', progress: Progress | undefined): AbortController {
    this.abort = new AbortController();
    this.ending = undefined;
    this.progress.value = progress;
    this.judged.value = undefined;
    this.reuse.value = undefined;
    this.state.value = { kind: 'preparing', what };
    return this.abort;
  }

  /** Works on a kept run, which is over where it was not paused. */
  private async carryOut(id: string, abort: AbortController, work: () => Promise<Trained>): Promise<void> {
    try {
      const trained = await this.runs.hold(id, work);
      // Where its last state found no room, there is nothing to go on from: the result is all there is.
      const kept = this.runs.keeping.peek()?.kind === 'kept';
      const paused = this.ending === 'pause' && trained.report.interrupted && kept;
      if (!paused) await this.runs.remove(id);
      this.state.value = paused ? { kind: 'paused' } : { kind: 'done', trained };
    } catch (error) {
      this.state.value = abort.signal.aborted && error === abort.signal.reason ? { kind: 'idle' } : failed(error);
    }
    await this.runs.look();
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

  private follower(heldOut: LabelledImages, run: AbortController): OnTrainEvent {
    return (event, logits) => {
      if (event.kind === 'kept' || event.kind === 'unkept') this.runs.keeping.value = event;
      else this.follow(event, logits, heldOut, run);
    };
  }

  private follow(event: TrainEvent, logits: Float32Array | undefined, heldOut: LabelledImages, run: AbortController) {
    const before = this.progress.peek();
    if (!before || this.abort !== run) return;
    if (event.kind === 'ready') {
      this.updatesPerEpoch = event.updates;
      this.state.value = { kind: 'running', ending: run.signal.aborted ? this.ending : undefined };
    }
    this.progress.value = follow(before, event, this.updatesPerEpoch);
    if (event.kind === 'epoch') this.reuse.value = event.reuse;
    if (event.kind !== 'epoch' || !logits) return;
    const classes = heldOut.classNames.length;
    judge(logits, heldOut.labels, classes, WORST, breathe).then((result) => {
      if (this.abort === run) this.judged.value = { epoch: event.epoch + 1, images: heldOut, result };
    });
  }

  /** What a step took, for the next plan's expectation. */
  private learnRate({ batch }: Settings): void {
    const imagesPerSecond = this.progress.peek()?.points.at(-1)?.imagesPerSecond;
    const answer = this.planner.planned.peek();
    if (imagesPerSecond && answer?.question.batch === batch) this.planner.learn(answer.answer, batch / imagesPerSecond);
  }
}

const meanAndDeviation = ({ mean, std }: LoadedNetwork['preprocessing']) => ({ mean, std });

const failed = (error: unknown): TrainingState => ({ kind: 'failed', trouble: troubleHere(error) });

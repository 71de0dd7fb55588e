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
import { type Trouble, troubleHere } from '../trouble/advice.ts';
import { breathe } from './breathe.ts';
import type { Form, Settings } from './form.ts';
import { type HeldOutResult, judge } from './held-out.ts';
import { pickImages } from './pick-images.ts';
import { Planner } from './planner.ts';
import { advance, type Progress } from './progress.ts';
import { type Trained, train } from './train-calls.ts';

export type TrainingState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'preparing'; readonly what: 'images' | 'shaders'; readonly done?: number; readonly of?: number }
  | { readonly kind: 'running'; readonly stopping: boolean }
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
  readonly data = new DataChoice();
  readonly planner: Planner;
  /** Of the last run. */
  readonly settings: Signal<Settings | undefined> = signal();
  private abort: AbortController | undefined;
  private updatesPerEpoch = 1;

  constructor(private readonly owner: Owner) {
    this.planner = new Planner(owner);
  }

  get active(): boolean {
    const { kind } = this.state.value;
    return kind === 'preparing' || kind === 'running';
  }

  /** Trains as the settings say. Ends in state `done`, also when it was stopped, or `failed`. */
  async run(settings: Settings, set: TrainingSet): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    this.settings.value = settings;
    this.progress.value = undefined;
    this.judged.value = undefined;
    this.reuse.value = undefined;
    this.state.value = { kind: 'preparing', what: 'images' };
    try {
      const made = await this.images(settings, set, abort.signal);
      this.state.value = { kind: 'preparing', what: 'shaders' };
      this.progress.value = { epochs: settings.epochs, points: [] };
      const loaded = this.owner.network.peek()?.loaded;
      const tuned = settings.start === 'fine-tune' ? loaded : undefined;
      const input = {
        ...{ settings, training: made.training, heldOut: made.heldOut },
        // A network that has learned goes on seeing what it learned from.
        normalisation: tuned ? meanAndDeviation(tuned.preprocessing) : made.normalisation,
        fromInUse: tuned && { classNames: tuned.classNames },
        about: { data: set.record(), gpu: loaded?.adapter.name ?? '', date: new Date().toISOString().slice(0, 10) },
      };
      const follow = (event: TrainEvent, logits: Float32Array | undefined) =>
        this.follow(event, logits, made.heldOut, abort);
      const trained = await train(this.owner.engine.session, input, follow, abort.signal);
      this.learnRate(settings);
      this.state.value = { kind: 'done', trained };
    } catch (error) {
      this.state.value = abort.signal.aborted && error === abort.signal.reason ? { kind: 'idle' } : failed(error);
    }
  }

  /** Ends the run after the step under way; what was learned so far is kept. */
  stop(): void {
    this.abort?.abort();
    if (this.state.peek().kind === 'running') this.state.value = { kind: 'running', stopping: true };
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

  private follow(event: TrainEvent, logits: Float32Array | undefined, heldOut: LabelledImages, run: AbortController) {
    const before = this.progress.peek();
    if (!before || this.abort !== run) return;
    if (event.kind === 'ready') {
      this.updatesPerEpoch = event.updates;
      this.state.value = { kind: 'running', stopping: run.signal.aborted };
      return;
    }
    this.progress.value = advance(before, event, this.updatesPerEpoch);
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

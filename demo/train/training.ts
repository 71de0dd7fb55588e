// A training run as the page sees it: its settings, its curves as they grow, how it ended. It runs on a device of its
// own in the engine's worker; the network that classifies goes on meanwhile.

import { type Signal, signal } from '@preact/signals';
import { FASHION_MNIST_NORMALIZATION } from '../../src/data/fashion-mnist.ts';
import type { LabelledImages } from '../../src/data/idx.ts';
import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { SGD } from '../../src/densenet/training/optimizers.ts';
import type { TrainEvent } from '../../src/hosts/jobs/train.ts';
import type { Engine, Trained } from '../engine/engine.ts';
import { fetchSample, firstImages } from '../files.ts';
import { type Trouble, troubleHere } from '../trouble/advice.ts';

/** The bundled network's own architecture: see data/models/README.md. */
export const NETWORK: DenseNetConfig = {
  stem: 'cifar',
  growthRate: 8,
  blockLayers: [1, 3, 4],
  initialChannels: 8,
  bottleneckWidth: 2,
  compression: 0.5,
  dropout: 0,
  classes: 10,
  inputChannels: 1,
  height: 28,
  width: 28,
};

export interface Settings {
  readonly images: number;
  readonly epochs: number;
  readonly learningRate: number;
}

/** What the form offers; software GPUs start with fewer images. */
export const IMAGE_COUNTS = [500, 1000, 2500, 5000] as const;
export const defaultSettings = (software: boolean): Settings => ({
  images: software ? 500 : 5000,
  epochs: software ? 3 : 10,
  learningRate: 0.1,
});

const BATCH = 32;

/** One place of the curves. Times are in epochs. */
export interface Point {
  readonly at: number;
  readonly loss: number;
  readonly accuracy: number;
}

export interface Progress {
  readonly settings: Settings;
  /** Mean over the epoch so far, at the end of each update that was told of. */
  readonly points: readonly Point[];
  readonly heldOut: readonly { readonly at: number; readonly accuracy: number }[];
  readonly imagesPerSecond: number;
}

export type TrainingState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'preparing'; readonly what: 'images' | 'shaders' }
  | { readonly kind: 'running'; readonly stopping: boolean }
  | { readonly kind: 'done'; readonly trained: Trained }
  | { readonly kind: 'failed'; readonly trouble: Trouble };

export class Training {
  readonly state: Signal<TrainingState> = signal({ kind: 'idle' });
  readonly progress: Signal<Progress | undefined> = signal();
  private abort: AbortController | undefined;
  private data: Promise<readonly [LabelledImages, LabelledImages]> | undefined;

  constructor(private readonly owner: { readonly engine: Engine }) {}

  /** Trains a fresh network. Ends in state `done`, also when it was stopped, or `failed`. */
  async run(settings: Settings): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    this.progress.value = undefined;
    this.state.value = { kind: 'preparing', what: 'images' };
    try {
      this.data ??= Promise.all([fetchSample('training'), fetchSample('test')]);
      const [training, test] = await this.data;
      this.state.value = { kind: 'preparing', what: 'shaders' };
      this.progress.value = { settings, points: [], heldOut: [], imagesPerSecond: 0 };
      const input = {
        request: requestOf(settings),
        training: firstImages(training, settings.images),
        heldOut: firstImages(test, Math.min(1000, Math.max(200, settings.images / 5))),
      };
      const trained = await this.owner.engine.train(input, (event) => this.follow(event), abort.signal);
      this.state.value = { kind: 'done', trained };
    } catch (error) {
      this.data = undefined;
      this.state.value = { kind: 'failed', trouble: troubleHere(error) };
    }
  }

  /** Ends the run after the step under way; what was learned so far is kept. */
  stop(): void {
    this.abort?.abort();
    this.state.value = { kind: 'running', stopping: true };
  }

  private follow(event: TrainEvent): void {
    const before = this.progress.peek();
    if (!before) return;
    if (event.kind === 'ready') {
      if (!this.abort?.signal.aborted) this.state.value = { kind: 'running', stopping: false };
      return;
    }
    const { loss, accuracy, imagesPerSecond } = event;
    const perEpoch = Math.floor(before.settings.images / BATCH);
    const at = event.kind === 'epoch' ? event.epoch + 1 : event.epoch + event.updates / perEpoch;
    const heldOut = event.kind === 'epoch' ? [...before.heldOut, { at, accuracy: event.heldOut }] : before.heldOut;
    this.progress.value = {
      ...before,
      points: [...before.points, { at, loss, accuracy }],
      heldOut,
      imagesPerSecond,
    };
  }
}

const requestOf = ({ epochs, learningRate }: Settings) => ({
  config: NETWORK,
  epochs,
  batch: BATCH,
  accumulate: 1,
  optimizer: { ...SGD, weightDecay: 5e-4 },
  learningRate,
  schedule: 'cosine' as const,
  warmup: 0.2,
  clip: 0,
  labelSmoothing: 0,
  recompute: false,
  mirror: true,
  shift: 1,
  seed: 1,
  normalisation: FASHION_MNIST_NORMALIZATION,
});

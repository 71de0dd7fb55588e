// Connections that are switched off, and how many images a copy of the network then gets right. Each change evaluates
// anew and ends what was under way; the network in use never changes.

import { batch, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { LabelledImages } from '../../src/data/idx.ts';
import type { Connection } from '../../src/densenet/explain/feature-reuse.ts';
import { isReplaced, type LoadedNetwork } from '../contract.ts';
import type { Engine } from '../engine.ts';
import type { AblationEvent, Outcome } from '../worker/inside.ts';

export const IMAGE_COUNTS = [100, 200, 500, 1000] as const;

/** So long after a change the evaluation starts, in milliseconds: several changes in a row are one. */
const SETTLE = 400;

export class Ablation {
  readonly disabled: Signal<readonly Connection[]> = signal([]);
  readonly images = signal<number>(IMAGE_COUNTS[1]);
  /** Of the network as it is, and without what is disabled. */
  readonly before: Signal<Outcome | undefined> = signal();
  readonly after: Signal<Outcome | undefined> = signal();
  readonly progress: Signal<AblationEvent | undefined> = signal();
  /** Whose connections they are. */
  of: LoadedNetwork | undefined;
  private abort: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly owner: InsideOwner) {}

  /** Another network: nothing of it is disabled. */
  forget(of: LoadedNetwork): void {
    this.stop();
    this.of = of;
    batch(() => {
      this.disabled.value = [];
      this.before.value = undefined;
      this.after.value = undefined;
    });
  }

  /** Validation images of the classes that the network knows; undefined where there are none. */
  get labelled(): LabelledImages | undefined {
    const images = this.owner.samples.value;
    const { of } = this;
    if (!images || !of) return undefined;
    const sizes = ['channels', 'height', 'width'] as const;
    const fits = sizes.every((size) => images[size] === of[size]);
    return fits && images.classNames.join('\n') === of.classNames.join('\n') ? images : undefined;
  }

  /** Switches connections: all on where all of them are off, else all off. */
  toggle(connections: readonly Connection[]): void {
    const disabled = this.disabled.peek();
    const [given, without] = [
      new Set(connections.map(key)),
      disabled.filter((c) => !connections.some((d) => key(d) === key(c))),
    ];
    const allOff = disabled.length - without.length === given.size;
    this.change(allOff ? without : [...without, ...connections]);
  }

  reset(): void {
    this.change([]);
  }

  evaluateOn(images: number): void {
    this.images.value = images;
    this.before.value = undefined;
    this.change(this.disabled.peek());
  }

  stop(): void {
    clearTimeout(this.timer);
    this.abort?.abort();
    this.abort = undefined;
    this.progress.value = undefined;
  }

  /** Of the network as it is where that is not known yet, then of the copy. */
  async evaluate(): Promise<void> {
    this.stop();
    const images = this.subject();
    const { of } = this;
    if (!images || !of) return;
    const abort = new AbortController();
    this.abort = abort;
    const disabled = this.disabled.peek();
    const { engine } = this.owner;
    const outcome = async (connections: readonly Connection[]): Promise<Outcome | undefined> => {
      this.progress.value = { done: 0, all: images.count };
      const onEvent = (event: AblationEvent) => {
        if (!abort.signal.aborted) this.progress.value = event;
      };
      // Copies: what is sent is handed over.
      const copies = { ...images, pixels: images.pixels.slice(), labels: images.labels.slice() };
      const request = { network: of.id, disabled: connections, images: copies };
      return engine.client.run('inside-ablation', request, { onEvent, signal: abort.signal });
    };
    try {
      const before = this.before.peek() ?? (await outcome([]));
      if (abort.signal.aborted) return;
      this.before.value = before;
      const after = disabled.length === 0 ? before : await outcome(disabled);
      if (!abort.signal.aborted) this.after.value = after;
    } catch (error) {
      if (!abort.signal.aborted && !isReplaced(error) && engine === this.owner.engine) this.owner.fail(error);
    } finally {
      if (this.abort === abort) this.stop();
    }
  }

  /** What is classified: validation images, or where there are none the current picture, whose label nobody asks for. */
  private subject(): LabelledImages | undefined {
    const { labelled, of, owner } = this;
    if (labelled) return firstImages(labelled, this.images.peek());
    const pixels = owner.shown.peek()?.picture.pixels;
    if (!of || pixels?.length !== of.channels * of.height * of.width) return undefined;
    const { channels, height, width, classNames } = of;
    return { count: 1, channels, height, width, pixels, labels: new Int32Array(1), classNames };
  }

  /** Another picture: where it is what is classified, what was known is of the old one. */
  pictureChanged(): void {
    if (this.labelled || !this.before.peek()) return;
    this.before.value = undefined;
    this.change(this.disabled.peek());
  }

  private change(disabled: readonly Connection[]): void {
    this.stop();
    batch(() => {
      this.disabled.value = disabled;
      this.after.value = undefined;
    });
    this.timer = setTimeout(() => this.evaluate(), SETTLE);
  }
}

/** The first `count` of the images, as views. */
function firstImages(images: LabelledImages, count: number): LabelledImages {
  const kept = Math.min(count, images.count);
  const bytes = images.channels * images.height * images.width;
  const [pixels, labels] = [images.pixels.subarray(0, kept * bytes), images.labels.subarray(0, kept)];
  return { ...images, count: kept, pixels, labels };
}

export const key = ({ block, reader, source }: Connection): string => `${block}/${reader}/${source}`;

/** What it needs of the page. */
export interface InsideOwner {
  readonly engine: Engine;
  readonly samples: Signal<LabelledImages | undefined>;
  readonly shown: ReadonlySignal<{ readonly picture: { readonly pixels: Uint8Array } } | undefined>;
  fail(error: unknown): void;
}

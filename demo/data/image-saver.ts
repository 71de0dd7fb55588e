// Keeps the visitor's own images over a reload: what changes is written a moment later. One tab keeps them at a time, the one
// that holds the lock; another says that it does not, and takes over when that one is closed.

import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type PageError, pageError } from '../errors/page-error.ts';
import { collectImages, readClasses, type SavedImages, type StoredClasses, writeClasses } from './saved-images.ts';

export type ImageSaving =
  | ({ readonly kind: 'saved' } & SavedImages)
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unsaved'; readonly error: PageError };

const LOCK = 'densenet own images';
/** Milliseconds after a change. */
const SOON = 300;

export class ImageSaver {
  readonly saving: Signal<ImageSaving | undefined> = signal();
  private readonly known = new Set<number>();
  private begun = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly current: ReadonlySignal<StoredClasses>,
    /** Takes in what was kept. */
    private readonly restore: (stored: StoredClasses) => void,
  ) {}

  /** Brings back what was kept, and keeps from then on. Resolves when the first is done, or another tab is in the way. */
  begin(): Promise<void> {
    if (this.begun) return this.writing;
    this.begun = true;
    const first = new Promise<void>((resolve) => {
      const hold = async () => {
        await this.take();
        resolve();
        // For as long as the page is there.
        return new Promise<never>(() => undefined);
      };
      this.isFree().then((free) => {
        if (!free) {
          this.saving.value = { kind: 'elsewhere' };
          resolve();
        }
        return navigator.locks.request(LOCK, hold);
      }, resolve);
    });
    this.writing = first;
    return first;
  }

  /** Removes what no class has any more. */
  async collect(): Promise<void> {
    const inUse = new Set(this.current.peek().classes.flatMap(({ examples }) => examples.map(({ id }) => id)));
    await this.trying(() => collectImages(inUse, this.known));
  }

  private async isFree(): Promise<boolean> {
    const { held = [] } = await navigator.locks.query();
    return !held.some(({ name }) => name === LOCK);
  }

  private async take(): Promise<void> {
    this.saving.value = undefined;
    await this.trying(async () => {
      const stored = await readClasses();
      for (const { examples } of stored.classes) for (const { id } of examples) this.known.add(id);
      this.restore(stored);
      await this.collect();
    });
    effect(() => {
      // What is written is read when it is written.
      void this.current.value;
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.writing = this.writing.then(() => this.write());
      }, SOON);
    });
  }

  private async write(): Promise<void> {
    const stored = this.current.peek();
    if (stored.classes.length === 0 && this.known.size === 0) return;
    await this.trying(async () => {
      const saved = await writeClasses(stored, this.known);
      this.saving.value = saved.images + saved.left > 0 ? { kind: 'saved', ...saved } : undefined;
    });
  }

  private async trying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.saving.value = { kind: 'unsaved', error: pageError(error) };
    }
  }
}

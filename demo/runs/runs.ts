// The kept runs as the page sees them: which there are, which of them another tab is training, and what can be done with
// them. A run is trained in one tab at a time: whoever trains it holds a lock of its name, which ends with the tab.

import { type Signal, signal } from '@preact/signals';
import { StorageError } from '../../src/runtime/errors.ts';
import { type PageError, pageError } from '../errors/page-error.ts';
import { download } from '../files.ts';
import type { Undo } from '../undo/undo.ts';
import type { SaveEvent } from '../worker/save-training.ts';
import { removeRun, type StoredRun, stateFile, storedRuns, strayRuns } from './run-store.ts';
import type { SavedRun } from './saved-run.ts';

export interface ShownRun extends StoredRun {
  /** Another tab, or this one, is training it. */
  readonly busy: boolean;
}

const LOCK = 'densenet run ';

export class Runs {
  /** Those that are not over, the last first; empty until `look` has found some. */
  readonly list: Signal<readonly ShownRun[]> = signal([]);
  readonly error: Signal<PageError | undefined> = signal();
  /** Whether the run under way is kept: since when its last state is, or why not. */
  readonly saving: Signal<SaveEvent | undefined> = signal();

  private readonly deleted = new Set<string>();

  constructor(private readonly undo: Undo) {}

  /** Looks what there is. Where the browser keeps nothing there is nothing, and no error. */
  async look(): Promise<void> {
    try {
      const held = await lockedRuns();
      for (const id of await strayRuns()) if (!held.has(id)) await removeRun(id);
      const stored = (await storedRuns()).filter(({ id }) => !this.deleted.has(id));
      this.list.value = stored.map((run) => ({ ...run, busy: held.has(run.id) }));
    } catch (error) {
      this.list.value = [];
      if (!(error instanceof StorageError && error.reason === 'unavailable')) this.error.value = pageError(error);
    }
  }

  /**
   * Works with a run that no other tab may touch meanwhile.
   * @throws StorageError where another tab holds it
   */
  async hold<T>(id: string, work: () => Promise<T>): Promise<T> {
    this.error.value = undefined;
    this.saving.value = undefined;
    return navigator.locks.request(`${LOCK}${id}`, { ifAvailable: true }, (lock) => {
      if (!lock) throw new StorageError('busy', 'another tab is training this run; resume it there, or close that tab');
      return work();
    });
  }

  /** Deletes a run, which can be undone for a while. */
  remove({ id, run }: ShownRun): void {
    this.deleted.add(id);
    this.list.value = this.list.peek().filter((shown) => shown.id !== id);
    this.undo.offer({
      name: run?.dataName ?? id,
      undo: () => {
        this.deleted.delete(id);
        return this.look();
      },
      commit: async () => {
        this.deleted.delete(id);
        await this.discard(id);
      },
    });
  }

  /** Deletes a run at once. */
  async discard(id: string): Promise<void> {
    await this.trying(() => this.hold(id, () => removeRun(id)));
    await this.look();
  }

  /** The run's state as a file: a network for any program, and a run for the command line's `train --resume`. */
  async download({ id, run }: StoredRun): Promise<void> {
    await this.trying(async () => download(fileName(run), await stateFile(id)));
  }

  private async trying(work: () => Promise<void>): Promise<void> {
    this.error.value = undefined;
    try {
      await work();
    } catch (error) {
      this.error.value = pageError(error);
    }
  }
}

const fileName = (run: SavedRun | undefined): string =>
  `densenet-run${run ? `-epoch-${run.place.epoch + 1}` : ''}.safetensors`;

/** Runs that some tab is training. */
async function lockedRuns(): Promise<Set<string>> {
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name }) => (name?.startsWith(LOCK) ? [name.slice(LOCK.length)] : [])));
}

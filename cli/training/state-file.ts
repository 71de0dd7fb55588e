// The file of a run's state while the run goes on: each state whole in place of the last, one write after another. Only
// what is read back from the disk as a whole state takes the last one's place.

import { dirname } from 'node:path';
import { readTrainingState } from '../../src/densenet/train/training-state.ts';
import { type Check, type Kept, writeSomewhere, writeWhole } from '../output-file.ts';

export class StateFile {
  private writing: Promise<void> = Promise.resolve();
  private next: { readonly bytes: Uint8Array; readonly step: number } | undefined;
  /** Updates of the state that is in the file; undefined while this run has put none there. */
  step: number | undefined;

  /** @param note for people: a state that cannot be written does not end the training */
  constructor(
    readonly path: string,
    private readonly note: (text: string) => void,
  ) {}

  /** Writes a state as soon as the one before it is written; of several that wait, the last. */
  keep(bytes: Uint8Array, step: number): void {
    const waiting = this.next !== undefined;
    this.next = { bytes, step };
    if (!waiting) this.writing = this.writing.then(() => this.write());
  }

  /** Writes the run's last state, behind those under way, elsewhere where its file cannot be. @throws StorageError */
  async keepLast(bytes: Uint8Array, step: number): Promise<Kept> {
    await this.settle();
    const kept = await writeSomewhere(this.path, [dirname(this.path)], bytes, isState);
    if (kept.problem === undefined) this.step = step;
    return kept;
  }

  /** Waits until nothing is being written. */
  settle(): Promise<void> {
    return this.writing;
  }

  private async write(): Promise<void> {
    const { next } = this;
    this.next = undefined;
    if (!next) return;
    try {
      await writeWhole(this.path, next.bytes, isState);
      this.step = next.step;
    } catch (error) {
      this.note(`the run's state was not kept: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** @throws DataError for what is not a whole state */
export const isState: Check = (written) => void readTrainingState(written, 'the state');

// What was deleted a moment ago, and how to have it back: everything that the page deletes can be undone for some seconds,
// and is gone for good after them. A page that is closed meanwhile has deleted nothing that it keeps.

import { type Signal, signal } from '@preact/signals';

export const UNDO_SECONDS = 10;

export interface Deletion {
  /** Of what was deleted, for people. */
  readonly name: string;
  /** Brings it back. */
  undo(): unknown;
  /** Deletes it for good. */
  commit?(): unknown;
}

export class Undo {
  /** The last one first. */
  readonly offers: Signal<readonly Deletion[]> = signal([]);

  offer(deletion: Deletion): void {
    this.offers.value = [deletion, ...this.offers.peek()];
    setTimeout(() => this.take(deletion) && deletion.commit?.(), UNDO_SECONDS * 1000);
  }

  undo(deletion: Deletion): void {
    if (this.take(deletion)) deletion.undo();
  }

  /** Whether it was still on offer. */
  private take(deletion: Deletion): boolean {
    const before = this.offers.peek();
    this.offers.value = before.filter((other) => other !== deletion);
    return this.offers.peek().length < before.length;
  }
}

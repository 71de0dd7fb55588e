// Tunings that travel with a job's message: what the caller has kept, by key, and what the job adds to it. The caller owns
// the file; a host need not be allowed to write one.

import type { TuningStore } from '../densenet/tune/stored-tuning.ts';

/** Texts of tunings by key. */
export type KeptTunings = Readonly<Record<string, string>>;

export interface MessageStore extends TuningStore {
  /** What was kept, and what was written since. */
  readonly kept: KeptTunings;
}

export function messageStore(kept: KeptTunings): MessageStore {
  const texts = new Map(Object.entries(kept));
  return {
    read: async (key) => texts.get(key),
    write: async (key, text) => {
      texts.set(key, text);
    },
    get kept() {
      return Object.fromEntries(texts);
    },
  };
}

/** A user agent with major versions only: a tuning outlives a small update. Node.js 20 has no `navigator`. */
export function agentOf(host: string): string {
  const agent = typeof navigator === 'undefined' ? '' : navigator.userAgent;
  return `${host} ${agent}`.trim().replace(/(\d+)(?:\.\d+)+/g, '$1');
}

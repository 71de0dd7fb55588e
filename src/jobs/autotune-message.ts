// Tunings that travel with a job's message: what the caller has kept, by key, and what the job adds to it. The caller owns
// the file; a host need not be allowed to write one.

import type { AutotuneCache } from '../densenet/autotune/cache.ts';

/** Texts of tunings by key. */
export type CachedAutotunes = Readonly<Record<string, string>>;

export interface MessageStore extends AutotuneCache {
  /** What was kept, and what was written since. */
  readonly kept: CachedAutotunes;
}

export function messageStore(kept: CachedAutotunes): MessageStore {
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
export function userAgentOf(host: string): string {
  const userAgent = typeof navigator === 'undefined' ? '' : navigator.userAgent;
  return `${host} ${userAgent}`.trim().replace(/(\d+)(?:\.\d+)+/g, '$1');
}

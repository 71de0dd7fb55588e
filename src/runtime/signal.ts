// What ends work that nobody wants any more.

import { DenseNetError } from './errors.ts';

/** An AbortSignal, as far as it is needed. */
export interface Signal {
  /** Whether it is aborted. */
  readonly aborted: boolean;
  /** Why it is aborted. */
  readonly reason?: unknown;
  /** As an EventTarget's. */
  addEventListener(type: 'abort', listener: () => void): void;
  /** As an EventTarget's. */
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** @throws the signal's reason, once it is aborted */
export function throwIfAborted(signal: Pick<Signal, 'aborted' | 'reason'> | undefined): void {
  if (signal?.aborted) throw signal.reason ?? new DenseNetError('config', 'it was aborted by its signal');
}

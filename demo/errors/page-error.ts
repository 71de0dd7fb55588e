// What is wrong, by kind, and which way to turn WebGPU on fits the browser. The sentences are in the page's texts; only the
// error's own message, for whoever reports it, is as it was thrown.

import {
  ConfigError,
  DataError,
  DenseNetError,
  NotFiniteError,
  StateError,
  StorageError,
  WeightsError,
} from '../../src/runtime/errors.ts';
import { type Browser, gpuProblemOf, type TurnOn, thisBrowser, turnOnFor } from '../../ui/gpu-problem.ts';
import { isNotFinite } from '../contract.ts';
import type { Text } from '../text/en.ts';

type Kind = keyof Text['errors']['kinds'];

export interface PageError {
  readonly kind: Kind;
  /** The error's own message. */
  readonly detail: string;
  /** How this browser gets WebGPU, where that may help. */
  readonly turnOn: TurnOn | undefined;
}

export interface ErrorText {
  readonly title: string;
  readonly help: readonly string[];
}

export function describeError(error: unknown, browser: Browser): PageError {
  const detail = error instanceof Error ? error.message : String(error);
  const kind = kindOf(error, browser);
  return { kind, detail, turnOn: turnOnFor(kind, browser) };
}

/** The same, in the browser that this runs in. */
export const pageError = (error: unknown): PageError => describeError(error, thisBrowser());

/** What people read, in the language of `words`. */
export function errorText({ kind, turnOn }: PageError, strings: Text['errors']): ErrorText {
  const { title, help } = strings.kinds[kind];
  return { title, help: [help, turnOn ? strings.turnOn[turnOn] : ''].filter((line) => line !== '') };
}

function kindOf(error: unknown, browser: Browser): Kind {
  if (error instanceof OldBrowserError) return 'oldBrowser';
  const problem = gpuProblemOf(error, browser);
  if (problem) return problem;
  if (error instanceof WeightsError) return 'weights';
  if (error instanceof StorageError) return 'storage';
  // Of a training's step, or of an answer.
  if (isNotFinite(error)) return error instanceof NotFiniteError && error.step !== undefined ? 'notFinite' : 'noNumber';
  if (error instanceof ConfigError) return 'config';
  if (error instanceof DataError) return 'data';
  if (error instanceof StateError) return 'state';
  if (error instanceof DenseNetError) return 'stopped';
  return 'unknown';
}

// What the page needs of a browser beside WebGPU, and that an old one lacks: better said at once than where it is used.

const NEEDED = ['OffscreenCanvas', 'createImageBitmap', 'DecompressionStream', 'structuredClone', 'ResizeObserver'];

/** The browser has no such interface. */
class OldBrowserError extends Error {
  override readonly name = 'OldBrowserError';

  constructor(readonly missing: readonly string[]) {
    super(`this browser has no ${missing.join(', no ')}; update it`);
  }
}

/** @throws OldBrowserError */
export function assertCurrentBrowser(): void {
  const missing = NEEDED.filter((name) => !(name in globalThis));
  if (missing.length > 0) throw new OldBrowserError(missing);
}

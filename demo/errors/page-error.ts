// What is wrong, by kind, and which way to turn WebGPU on fits the browser. The sentences are in the page's texts; only the
// error's own message, for whoever reports it, is as it was thrown.

import {
  ConfigError,
  DataError,
  DenseNetError,
  DeviceLostError,
  LimitError,
  NoGpuError,
  NotFiniteError,
  StateError,
  StorageError,
  WeightsError,
} from '../../src/runtime/errors.ts';
import { isNotFinite } from '../contract.ts';
import type { Text } from '../text/en.ts';

type Kind = keyof Text['errors']['kinds'];
type TurnOn = keyof Text['errors']['turnOn'];

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

export interface Browser {
  readonly userAgent: string;
  /** The page came over https or from localhost. */
  readonly secure: boolean;
  /** `navigator.gpu` is there. */
  readonly hasWebGpu: boolean;
}

export function describeError(error: unknown, browser: Browser): PageError {
  const detail = error instanceof Error ? error.message : String(error);
  const kind = kindOf(error, browser);
  const turnOn = kind === 'noWebGpu' || kind === 'noAdapter' ? turnOnIn(browser.userAgent) : undefined;
  return { kind, detail, turnOn };
}

/** The same, in the browser that this runs in. */
export const pageError = (error: unknown): PageError =>
  describeError(error, {
    userAgent: navigator.userAgent,
    secure: isSecureContext,
    hasWebGpu: Boolean(navigator.gpu),
  });

/** What people read, in the language of `words`. */
export function errorText({ kind, turnOn }: PageError, strings: Text['errors']): ErrorText {
  const { title, help } = strings.kinds[kind];
  return { title, help: [help, turnOn ? strings.turnOn[turnOn] : ''].filter((line) => line !== '') };
}

function kindOf(error: unknown, { secure, hasWebGpu }: Browser): Kind {
  if (error instanceof OldBrowserError) return 'oldBrowser';
  if (error instanceof NoGpuError) {
    // There was one: it was lost, or fell silent, while it was opened.
    if (error.reason !== 'unavailable') return 'lost';
    if (!secure) return 'insecure';
    return hasWebGpu ? 'noAdapter' : 'noWebGpu';
  }
  if (error instanceof DeviceLostError) return 'lost';
  if (error instanceof LimitError) return 'limit';
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

function turnOnIn(userAgent: string): TurnOn {
  const linux = /Linux/.test(userAgent) && !/Android/.test(userAgent);
  if (/Firefox\//.test(userAgent)) return 'firefox';
  if (/Edg\//.test(userAgent)) return linux ? 'edgeLinux' : 'edge';
  if (/Chrome\//.test(userAgent)) return linux ? 'chromeLinux' : 'chrome';
  return /Safari\//.test(userAgent) ? 'safari' : 'other';
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

// Opening a GPU in a page's worker. A browser may restart its GPU process while a page opens: what was asked of the old one
// fails, or is never answered. So opening is tried again, each time in a new worker, and silence counts as a loss. One that
// was in use is opened anew, too, unless that happens over and over.

import { DeviceLostError, GpuError, NoGpuError } from '../runtime/errors.ts';

/** Milliseconds that a worker has for its first message, and a GPU for an adapter and a device; longer each time. */
export const SILENCE = [10_000, 15_000, 20_000] as const;
/** Milliseconds before the second and the third attempt. */
const PAUSES = [300, 1_000] as const;

/**
 * Whether another attempt may help: the GPU was lost, did not answer, or refused; also where the browser's GPU process was
 * just then starting anew, which it tells as no adapter or in errors of its own. Not where the page has no WebGPU at all.
 */
export function isLoss(error: unknown): boolean {
  if (error instanceof NoGpuError) return Boolean(navigator.gpu);
  if (error instanceof DeviceLostError || error instanceof GpuError) return true;
  return error instanceof Error && /external Instance|OperationError|AbortError/.test(`${error.name} ${error.message}`);
}

export interface OpeningOptions {
  /** Told of a loss before the next attempt: the first is 1. */
  readonly onAgain?: (attempt: number) => void;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/**
 * Runs `open` until it succeeds, three times at most. What is no loss fails at once.
 * @param open makes a new worker each time
 * @throws what the last attempt threw
 */
export async function openAgain<T>(
  open: (attempt: number) => Promise<T>,
  { onAgain = () => undefined, wait = sleep }: OpeningOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open(attempt);
    } catch (error) {
      const pause = PAUSES[attempt - 1];
      if (pause === undefined || !isLoss(error)) throw error;
      onAgain(attempt + 1);
      await wait(pause);
    }
  }
}

/**
 * As `answer`, unless it takes too long.
 * @param what was asked, for the error
 * @throws DeviceLostError after `milliseconds` without an answer
 */
export function answered<T>(what: string, answer: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new DeviceLostError(`${what}: no answer within ${milliseconds / 1000} s`));
    const timer = setTimeout(late, milliseconds);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const MOST_RESTARTS = 3;
const RESTARTS_WITHIN = 120_000;

/** Restarts of an engine that was in use: at most three in two minutes. */
export class Restarts {
  private times: number[] = [];

  /** @param now milliseconds; counts as a restart where it may be one */
  mayAgain(now: number): boolean {
    this.times = this.times.filter((time) => now - time < RESTARTS_WITHIN);
    if (this.times.length >= MOST_RESTARTS) return false;
    this.times.push(now);
    return true;
  }
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Which errors a new engine may help against, and how often one is made without asking.

import { DeviceLostError, GpuError, NoGpuError } from '../../src/runtime/errors.ts';

/**
 * While the engine is opened: the GPU was lost, said nothing, or refused; also where the browser's GPU process was just
 * then starting anew, which it tells as no adapter or in errors of its own. Not where the page has no WebGPU at all.
 */
export function isLoss(error: unknown): boolean {
  if (error instanceof NoGpuError) return Boolean(navigator.gpu);
  if (error instanceof DeviceLostError || error instanceof GpuError) return true;
  return error instanceof Error && /external Instance|OperationError|AbortError/.test(`${error.name} ${error.message}`);
}

const MOST = 3;
const WITHIN = 120_000;

/** Restarts of an engine that was in use: at most three in two minutes. */
export class Restarts {
  private times: number[] = [];

  /** @param now milliseconds; counts as a restart where it may be one */
  mayAgain(now: number): boolean {
    this.times = this.times.filter((time) => now - time < WITHIN);
    if (this.times.length >= MOST) return false;
    this.times.push(now);
    return true;
  }
}

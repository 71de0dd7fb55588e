// What may fail for a moment while a GPU is opened, and is then tried again: a browser that restarts its GPU process as the
// page opens loses the first device, or never answers. Used for devices, and for workers and host processes that open one.

import { DenseNetError, GpuError, NoGpuError } from './errors.ts';
import type { Signal } from './signal.ts';
import { COPY_DST } from './usage.ts';

// Every host has timers; the types of the core know no host.
declare function setTimeout(run: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;

export interface RetryOptions<Failure = DenseNetError> {
  /** Further tries after the first, where what failed may be over in a moment. Default 3. */
  readonly retries?: number;
  /** Ends the opening: it is rejected with a NoGpuError of reason 'aborted'. */
  readonly signal?: Signal;
  /** Called for a failure that is followed by another try, with that try's number, from 2. */
  readonly onRetry?: (error: Failure, attempt: number) => void;
}

/** What is tried again, and after how long. */
export interface RetryPolicy<Failure> {
  /** Whether another try may succeed. */
  readonly mayRetry: (error: unknown) => error is Failure;
  /** Milliseconds before the next try, after so many failures. */
  readonly pauseMs: (failures: number) => number;
}

export const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, milliseconds);
  });

export const RETRIES = 3;
/** Milliseconds that each step of opening may take. */
export const TIMEOUT_MS = 10_000;
/** Milliseconds before the second try; twice as many before each that follows. */
const FIRST_PAUSE = 250;

/** Whether another try may succeed: a device or host that was lost, or did not answer in time. */
export const isTransient = (error: unknown): error is DenseNetError =>
  error instanceof DenseNetError &&
  (error.code === 'device-lost' ||
    (error instanceof NoGpuError && (error.reason === 'lost' || error.reason === 'timeout')));

const TRANSIENT: RetryPolicy<DenseNetError> = {
  mayRetry: isTransient,
  pauseMs: (failures) => FIRST_PAUSE * 2 ** (failures - 1),
};

/**
 * The result of the first try that succeeds; a little longer is waited before each that follows.
 * @param attempt is given its number, from 1
 * @throws what the last try throws, or the first that no other try would mend; NoGpuError of reason 'aborted'
 */
export const retried = <T>(attempt: (number: number) => Promise<T>, options?: RetryOptions): Promise<T> =>
  retriedUnder(TRANSIENT, attempt, options);

/** As `retried`, under a policy of one's own. */
export async function retriedUnder<T, Failure>(
  { mayRetry, pauseMs }: RetryPolicy<Failure>,
  attempt: (number: number) => Promise<T>,
  { retries = RETRIES, signal, onRetry }: RetryOptions<Failure> = {},
): Promise<T> {
  for (let number = 1; ; number++) {
    if (signal?.aborted) throw aborted();
    try {
      return await attempt(number);
    } catch (error) {
      if (number > retries || !mayRetry(error)) throw error;
      onRetry?.(error, number + 1);
      await unlessAborted(pause(pauseMs(number)), signal);
    }
  }
}

/**
 * The answer, where it comes in time.
 * @param what is waited for: 'requestAdapter'
 * @throws NoGpuError of reason 'timeout' or 'aborted'; what `answer` rejects with
 */
export const inTime = <T>(
  what: string,
  answer: Promise<T>,
  milliseconds: number,
  signal?: Signal | undefined,
): Promise<T> => {
  const problem = `no answer from ${what} within ${milliseconds / 1000} s; reload, or restart the browser or driver`;
  return within(milliseconds, answer, () => new NoGpuError(problem, { reason: 'timeout' }), signal);
};

/** The answer, or the error `late()` where it takes longer. @throws also NoGpuError of reason 'aborted' */
export async function within<T>(
  milliseconds: number,
  answer: Promise<T>,
  late: () => Error,
  signal?: Signal | undefined,
): Promise<T> {
  let timer: unknown;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
  });
  try {
    return await unlessAborted(Promise.race([answer, timeout]), signal);
  } finally {
    clearTimeout(timer);
  }
}

async function unlessAborted<T>(answer: Promise<T>, signal: Signal | undefined): Promise<T> {
  if (!signal) return answer;
  let stop = () => {};
  const ended = new Promise<never>((_, reject) => {
    stop = () => reject(aborted());
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([answer, ended]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const aborted = () => new NoGpuError('opening the GPU was aborted by its signal', { reason: 'aborted' });

export interface AdapterRequest {
  readonly powerPreference?: GPUPowerPreference;
  readonly timeoutMs?: number;
  readonly signal?: Signal;
}

/**
 * An adapter, in time.
 * @param again where a try before this one lost its GPU: a browser may then have none for a moment
 * @throws NoGpuError
 */
export async function requestAdapter(
  gpu: GPU,
  { powerPreference = 'high-performance', timeoutMs = TIMEOUT_MS, signal }: AdapterRequest = {},
  again = false,
): Promise<GPUAdapter> {
  const answer = gpu.requestAdapter({ powerPreference }).catch((cause) => {
    throw failed('requestAdapter failed', cause);
  });
  const adapter = await inTime('requestAdapter', answer, timeoutMs, signal);
  if (adapter) return adapter;
  const reason = again ? 'lost' : 'unavailable';
  throw new NoGpuError('WebGPU found no adapter: no GPU driver that it can use', { reason });
}

/**
 * A device that works: it has answered once, and was not lost.
 * @param prepare what else must succeed on it before it counts as opened
 * @throws NoGpuError; nothing is left open then
 */
export async function requestDevice<T>(
  adapter: GPUAdapter,
  descriptor: GPUDeviceDescriptor,
  { timeoutMs = TIMEOUT_MS, signal }: AdapterRequest,
  prepare: (device: GPUDevice) => Promise<T>,
): Promise<{ readonly device: GPUDevice; readonly prepared: T }> {
  let isLate = false;
  const answer = adapter.requestDevice(descriptor).catch((cause) => {
    throw failed('the adapter gave no device', cause);
  });
  answer.then((late) => isLate && late.destroy()).catch(() => undefined);
  const device = await inTime('requestDevice', answer, timeoutMs, signal).catch((error) => {
    isLate = true;
    throw error;
  });
  const lost = device.lost.then(({ message, reason }): never => {
    throw new NoGpuError(`the device was lost while it was opened: ${message || reason}`, { reason: 'lost' });
  });
  lost.catch(() => undefined); // it may also be lost long after
  try {
    const first = firstAnswer(device).catch((cause) => {
      throw failed('the device does not answer', cause);
    });
    await inTime('the device', Promise.race([lost, first]), timeoutMs, signal);
    const prepared = await inTime('the device', Promise.race([lost, prepare(device)]), timeoutMs, signal);
    // A loss that came with the last answer is reported after it: Deno does so in a later turn of its event loop.
    await Promise.race([lost, pause(0)]);
    return { device, prepared };
  } catch (error) {
    device.destroy();
    throw error;
  }
}

/** A device that is lost refuses to write a buffer in Firefox, before it says that it is lost. */
async function firstAnswer(device: GPUDevice): Promise<void> {
  device.pushErrorScope('validation');
  const buffer = device.createBuffer({ label: 'first', size: 4, usage: COPY_DST });
  device.queue.writeBuffer(buffer, 0, new Uint32Array(1));
  buffer.destroy();
  const refused = await device.popErrorScope();
  if (refused) throw new GpuError(refused.message);
}

/** Programming errors are final; whatever else a browser gives as the reason may be its GPU process that restarts. */
function failed(what: string, cause: unknown): NoGpuError {
  const reason = cause instanceof TypeError ? 'unavailable' : 'lost';
  return new NoGpuError(`${what}: ${cause instanceof Error ? cause.message : cause}`, { cause, reason });
}

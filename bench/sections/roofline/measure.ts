// The roofline of a GPU: what it can do at most, measured in the same run as what is compared with it. Each figure comes with
// its result checked; a wrong or impossible one is a sentence, and the others stand. The job `roofline` measures on a device
// of its own, opened with timestamps and float16 where the adapter has them.

import { defineJob, type JobContext } from '../../../src/jobs/define-job.ts';
import { Device } from '../../../src/runtime/device.ts';
import { DeviceLostError } from '../../../src/runtime/errors.ts';
import { Stopwatch, type TimeOptions } from '../../../src/runtime/stopwatch.ts';
import { measureCopy } from './copy.ts';
import { measureMultiplyAdd } from './multiply-add.ts';
import type { Missing, PeakRate, RooflineSection } from './schema.ts';

export type RooflineRequest = {
  /** Time by the host's clock, whatever the GPU has. */
  readonly wallClock?: boolean;
  readonly time?: TimeOptions;
  /** Bytes of the copy; left out: past every cache. */
  readonly copyBytes?: number;
};

export type RooflineEvent = { readonly phase: string };

export const rooflineJob = defineJob('roofline', roofline);

async function roofline(request: RooflineRequest, context: JobContext<RooflineEvent>): Promise<RooflineSection> {
  const { wallClock = false, time = ROOFLINE_TIME, copyBytes } = request;
  const { gpu, now, signal, report } = context;
  const device = await Device.open(gpu, { now, features: wallClock ? ['shader-f16'] : ROOFLINE_FEATURES });
  try {
    const stopwatch = await Stopwatch.create(device);
    const onPhase = (phase: string) => report({ phase });
    return await measureRoofline(device, stopwatch, { time, copyBytes, signal, onPhase });
  } finally {
    device.destroy();
  }
}

/** Features to open a device with, where its adapter has them, to have every figure of peak. */
export const ROOFLINE_FEATURES: readonly GPUFeatureName[] = ['timestamp-query', 'shader-f16'];

export interface RooflineOptions {
  /** For each of the ways that are tried. */
  readonly time: TimeOptions;
  /** Of the copy; left out: past every cache. */
  readonly copyBytes?: number | undefined;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: string) => void;
}

export const ROOFLINE_TIME: TimeOptions = { samples: 9, milliseconds: 1500 };

/** @throws DeviceLostError, and the signal's reason */
export async function measureRoofline(
  device: Device,
  stopwatch: Stopwatch,
  { time, copyBytes, signal, onPhase }: RooflineOptions,
): Promise<RooflineSection> {
  const figure = async (phase: string, measure: () => Promise<PeakRate>): Promise<PeakRate | Missing> => {
    signal.throwIfAborted();
    onPhase(phase);
    try {
      return await measure();
    } catch (error) {
      if (error instanceof DeviceLostError) throw error;
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  };
  const noHalf = { problem: 'this device has no shader-f16' };
  const half = device.gpu.features.has('shader-f16');
  return {
    clock: stopwatch.clock,
    f32: await figure('multiply-adds, float32', () => measureMultiplyAdd(device, stopwatch, 'f32', time)),
    f16: half
      ? await figure('multiply-adds, float16', () => measureMultiplyAdd(device, stopwatch, 'f16', time))
      : noHalf,
    copy: await figure('copy', () => measureCopy(device, stopwatch, { ...time, bytes: copyBytes })),
  };
}

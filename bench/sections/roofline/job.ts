// The job `roofline`: a device of its own, opened with timestamps and float16 where the adapter has them.

import { defineJob, type JobContext } from '../../../src/jobs/define-job.ts';
import { Device } from '../../../src/runtime/device.ts';
import { Stopwatch, type TimeOptions } from '../../../src/runtime/stopwatch.ts';
import { measureRoofline, ROOFLINE_FEATURES, ROOFLINE_TIME } from './measure.ts';
import type { RooflineSection } from './schema.ts';

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

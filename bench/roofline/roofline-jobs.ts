// The job `roofline`: a device of its own, opened with timestamps and float16 where the adapter has them.

import type { Jobs } from '../../src/jobs/job.ts';
import { message } from '../../src/jobs/message.ts';
import { Device } from '../../src/runtime/device.ts';
import { Stopwatch, type TimeOptions } from '../../src/runtime/stopwatch.ts';
import { measureRoofline, ROOFLINE_FEATURES, ROOFLINE_TIME } from './roofline.ts';

export type RooflineRequest = {
  /** Time by the host's clock, whatever the GPU has. */
  readonly wallClock?: boolean;
  readonly time?: TimeOptions;
  /** Bytes of the copy; left out: past every cache. */
  readonly copyBytes?: number;
};

export type RooflineEvent = { readonly phase: string };

export const rooflineJobs = (): Jobs => ({
  /** Takes a RooflineRequest, tells RooflineEvents, answers with a RooflineSection. */
  roofline: async (input, { gpu, now, signal, report }) => {
    const { wallClock = false, time = ROOFLINE_TIME, copyBytes } = input.head as unknown as RooflineRequest;
    const device = await Device.open(gpu, { now, features: wallClock ? ['shader-f16'] : ROOFLINE_FEATURES });
    try {
      const stopwatch = await Stopwatch.create(device);
      const onPhase = (phase: string) => report({ phase });
      return message(await measureRoofline(device, stopwatch, { time, copyBytes, signal, onPhase }));
    } finally {
      device.destroy();
    }
  },
});

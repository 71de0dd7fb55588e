// The job `roof`: a device of its own, opened with timestamps and float16 where the adapter has them.

import type { Jobs } from '../../src/hosts/job.ts';
import { message } from '../../src/hosts/message.ts';
import { Device } from '../../src/runtime/device.ts';
import { Stopwatch, type TimeOptions } from '../../src/runtime/stopwatch.ts';
import { measureRoof, ROOF_FEATURES, ROOF_TIME } from './roof.ts';

export type RoofRequest = {
  /** Time by the host's clock, whatever the GPU has. */
  readonly wallClock?: boolean;
  readonly time?: TimeOptions;
  /** Bytes of the copy; left out: past every cache. */
  readonly copyBytes?: number;
};

export type RoofEvent = { readonly phase: string };

export const roofJobs = (): Jobs => ({
  /** Takes a RoofRequest, tells RoofEvents, answers with a RoofSection. */
  roof: async (input, { gpu, now, signal, report }) => {
    const { wallClock = false, time = ROOF_TIME, copyBytes } = input.head as unknown as RoofRequest;
    const device = await Device.open(gpu, { now, features: wallClock ? ['shader-f16'] : ROOF_FEATURES });
    try {
      const stopwatch = await Stopwatch.create(device);
      const onPhase = (phase: string) => report({ phase });
      return message(await measureRoof(device, stopwatch, { time, copyBytes, signal, onPhase }));
    } finally {
      device.destroy();
    }
  },
});

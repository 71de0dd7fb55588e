// GPU memory as a plan forecasts it and as it was counted when the plan was made real: equal to the byte, or there is
// something to find out.

import type { PlanDescription } from '../../../src/densenet/plan/plan.ts';
import type { GpuBytes } from './measure.ts';

export type MemoryReport = {
  /** Bytes by what they are for. */
  readonly forecast: Readonly<Record<string, number>>;
  readonly forecastBytes: number;
  /** Bytes of all buffers on the device, counted. */
  readonly measuredBytes: number;
  readonly buffers: number;
};

export const memoryReport = ({ bytes, total }: PlanDescription, measured: GpuBytes): MemoryReport => ({
  forecast: bytes,
  forecastBytes: total,
  measuredBytes: measured.bytes,
  buffers: measured.buffers,
});

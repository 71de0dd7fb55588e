// GPU memory as a plan forecasts it and as it was counted when the plan was made real: equal to the byte, or there is
// something to find out. Counted at the one place where buffers are made, `createBuffer` of this very device, and `destroy`
// of what it gave: independent of every plan.

import type { PlanDescription } from '../../../src/densenet/plan/plan.ts';
import type { MemoryReport } from '../throughput/schema.ts';

export interface GpuBytes {
  /** Bytes of the buffers that are there now. */
  readonly bytes: number;
  readonly buffers: number;
}

/** Counts from now on; the function returned says how many there are. */
export function countBuffers(gpu: GPUDevice): () => GpuBytes {
  const alive = new Map<GPUBuffer, number>();
  const create = gpu.createBuffer;
  const counted = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    const buffer = create.call(gpu, descriptor);
    alive.set(buffer, descriptor.size);
    const { destroy } = buffer;
    Object.defineProperty(buffer, 'destroy', {
      configurable: true,
      value: () => {
        alive.delete(buffer);
        return destroy.call(buffer);
      },
    });
    return buffer;
  };
  Object.defineProperty(gpu, 'createBuffer', { configurable: true, value: counted });
  return () => ({ bytes: [...alive.values()].reduce((sum, size) => sum + size, 0), buffers: alive.size });
}

export const memoryReport = ({ bytes, total }: PlanDescription, measured: GpuBytes): MemoryReport => ({
  forecast: bytes,
  forecastBytes: total,
  measuredBytes: measured.bytes,
  buffers: measured.buffers,
});

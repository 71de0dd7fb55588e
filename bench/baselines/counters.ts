// What a library asks of WebGPU, counted by standing between it and the GPU's objects: in this realm, for everything that
// is made after `countGpu`. Works for any library, because all of them end at the same few calls.

import type { GpuCounts } from '../sections/baselines/schema.ts';

export interface GpuCounter {
  /** Since the beginning. */
  counts(): GpuCounts;
  /** Bytes of buffers that are not destroyed. */
  readonly liveBytes: number;
  /** The most there were at any time. */
  readonly peakBytes: number;
  /** Waits until every device has done all that was submitted. */
  idle(): Promise<void>;
}

/** Changes the prototypes of this realm's WebGPU objects, for good. */
export function countGpu(): GpuCounter {
  const counts = { dispatches: 0, submits: 0, buffers: 0, bindGroups: 0, pipelines: 0 };
  const sizes = new WeakMap<GPUBuffer, number>();
  const queues = new Set<GPUQueue>();
  const bytes = { live: 0, peak: 0 };
  const add = (key: keyof typeof counts) => () => {
    counts[key]++;
  };
  after(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', add('dispatches'));
  after(GPUComputePassEncoder.prototype, 'dispatchWorkgroupsIndirect', add('dispatches'));
  after(GPUQueue.prototype, 'submit', add('submits'));
  after(GPUDevice.prototype, 'createBindGroup', add('bindGroups'));
  after(GPUDevice.prototype, 'createComputePipeline', add('pipelines'));
  after(GPUDevice.prototype, 'createComputePipelineAsync', add('pipelines'));
  after(GPUDevice.prototype, 'createBuffer', (buffer, device) => {
    counts.buffers++;
    queues.add(device.queue);
    sizes.set(buffer, buffer.size);
    bytes.live += buffer.size;
    bytes.peak = Math.max(bytes.peak, bytes.live);
  });
  after(GPUBuffer.prototype, 'destroy', (_, buffer) => {
    bytes.live -= sizes.get(buffer) ?? 0;
    sizes.delete(buffer);
  });
  after(GPUDevice.prototype, 'destroy', (_, device) => {
    queues.delete(device.queue);
  });
  return {
    counts: () => ({ ...counts }),
    get liveBytes() {
      return bytes.live;
    },
    get peakBytes() {
      return bytes.peak;
    },
    idle: async () => {
      await Promise.all([...queues].map((queue) => queue.onSubmittedWorkDone()));
    },
  };
}

type Method = (...args: never[]) => unknown;

/** Calls `onCall` after each call of a method: with what it returned, and on what it was called. */
function after<T extends object, K extends keyof T>(
  prototype: T,
  name: K,
  onCall: (result: T[K] extends (...args: never[]) => infer R ? R : never, self: T) => void,
): void {
  const original = prototype[name] as Method;
  const counted = function (this: T, ...args: never[]) {
    const result = original.apply(this, args);
    onCall(result as Parameters<typeof onCall>[0], this);
    return result;
  };
  prototype[name] = counted as T[K];
}

export const countsBetween = (before: GpuCounts, now: GpuCounts): GpuCounts => ({
  dispatches: now.dispatches - before.dispatches,
  submits: now.submits - before.submits,
  buffers: now.buffers - before.buffers,
  bindGroups: now.bindGroups - before.bindGroups,
  pipelines: now.pipelines - before.pipelines,
});

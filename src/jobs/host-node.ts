// Node as a host: WebGPU from the npm package `webgpu`, which is Dawn. The process is started by the command line,
// which has set the variables that choose a Vulkan driver; what it needs to know comes in its own two.

import process from 'node:process';
import { isSoftware } from '../runtime/adapter-name.ts';
import { NoGpuError } from '../runtime/errors.ts';
import { inTime, TIMEOUT_MS } from '../runtime/opening.ts';
import type { AnyJob } from './define-job.ts';
import { serveJobs } from './host.ts';

/** Serves `jobs` until the command line ends this process. */
export const serveUnderNode = (jobs: Readonly<Record<string, AnyJob>>): Promise<void> =>
  serveJobs({
    host: 'node',
    gpu: createGpu,
    jobs,
    url: process.env.DENSENET_HOST_URL ?? '',
    end: () => process.exit(),
  });

async function createGpu(): Promise<GPU> {
  const { create, globals } = await import('webgpu').catch((cause) => {
    throw new NoGpuError(`host node needs the npm package webgpu (npm install webgpu): ${cause}`, { cause });
  });
  Object.assign(globalThis, globals);
  // No kernel relies on workgroup memory that starts as zeros; clearing it costs every workgroup stores, and SwiftShader
  // more than half of its compile time.
  const features = ['allow_unsafe_apis', 'disable_workgroup_init'];
  if (process.env.DENSENET_DAWN_FEATURES) features.push(process.env.DENSENET_DAWN_FEATURES);
  // Dawn rounds timestamps to 100 microseconds for the web's sake; that is longer than most kernels run.
  const gpu = create(['disable-dawn-features=timestamp_quantization', `enable-dawn-features=${features}`]);
  const adapter = await inTime('requestAdapter', gpu.requestAdapter(), TIMEOUT_MS);
  if (adapter && isSoftware(adapter.info)) throttleEventLoop();
  return gpu;
}

/**
 * Rests for a millisecond at every turn of the event loop; keeps no process alive. npm's webgpu (Dawn) polls the GPU at every
 * turn of Node's event loop while anything is awaited, as fast as the loop turns. On a software GPU that takes a processor
 * from the GPU itself. Measured with webgpu 0.6.2 and SwiftShader on two busy cores, 25 training steps of a small network:
 * 21.4 s of processor time and 93 s in all without this, 13.1 and 45 with it, the results bit for bit the same. It may go when
 * Dawn waits for its events instead of polling.
 */
function throttleEventLoop(): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  const rest = () => {
    Atomics.wait(never, 0, 0, 1);
    setImmediate(rest).unref();
  };
  setImmediate(rest).unref();
}

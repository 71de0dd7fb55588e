// Node as a host: WebGPU from the npm package `webgpu`, which is Dawn. The process is started by the command line,
// which has set the variables that choose a Vulkan driver; what it needs to know comes in its own two.
import process from 'node:process';
import { isSoftware } from '../runtime/adapter-name.ts';
import { NoGpuError } from '../runtime/errors.ts';
import { inTime, TIMEOUT_MS } from '../runtime/opening.ts';
import type { AnyJob } from './define-job.ts';
import { serveJobs } from './http-host.ts';
import { throttleEventLoop } from './throttle.ts';

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

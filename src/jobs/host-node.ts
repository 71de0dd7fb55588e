// Node as a host, with Dawn as its WebGPU (src/node/dawn.ts). The process is started by the command line,
// which has set the variables that choose a Vulkan driver; what it needs to know comes in its own two.

import process from 'node:process';
import { createGpu, throttleEventLoop } from '../node/dawn.ts';
import { isSoftware } from '../runtime/adapter.ts';
import { inTime, TIMEOUT_MS } from '../runtime/opening.ts';
import type { AnyJob } from './define-job.ts';
import { serveJobs } from './host.ts';

/** Serves `jobs` until the command line ends this process. */
export const serveUnderNode = (jobs: Readonly<Record<string, AnyJob>>): Promise<void> =>
  serveJobs({
    host: 'node',
    gpu: hostGpu,
    jobs,
    url: process.env.DENSENET_HOST_URL ?? '',
    end: () => process.exit(),
  });

async function hostGpu(): Promise<GPU> {
  const gpu = await createGpu(process.env.DENSENET_DAWN_FEATURES);
  const adapter = await inTime('requestAdapter', gpu.requestAdapter(), TIMEOUT_MS);
  if (adapter && isSoftware(adapter.info)) throttleEventLoop();
  return gpu;
}

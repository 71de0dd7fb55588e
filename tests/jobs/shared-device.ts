// One device for jobs that ask for nothing else than WebGPU's default limits: its pipelines stay, and networks and kernels
// share many of them. A host runs one job at a time.

import { Device } from '../../src/runtime/device.ts';

let shared: { readonly device: Device; readonly complaints: string[] } | undefined;

/** What the GPU complains of belongs to the job that runs. It stays open: nothing but the host's end destroys it. */
export async function sharedDevice(
  gpu: GPU,
  now: () => number,
): Promise<{ readonly device: Device; readonly complaints: string[] }> {
  if (!shared) {
    const complaints: string[] = [];
    const device = await Device.open(gpu, {
      now,
      defaultLimits: true,
      onError: (error) => complaints.push(error.message),
    });
    shared = { device, complaints };
  }
  shared.complaints.splice(0);
  return shared;
}

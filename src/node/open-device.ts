// A GPU under Node.js in one call.

import process from 'node:process';
import { Device, type DeviceOptions } from '../runtime/device.ts';
import { NoGpuError } from '../runtime/errors.ts';
import { createGpu, throttleEventLoop } from './dawn.ts';

/**
 * Opens the system's GPU through Dawn (the npm package `webgpu`, an optional peer dependency), as the command line's host does. A
 * process that has ended its device (`destroy`) ends by itself; one that has not, stays.
 * @throws NoGpuError without the package, without a driver that it can use, and where the GPU does not answer; ConfigError for an
 * option that cannot be
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const gpu = await createGpu();
  const device = await Device.open(gpu, { now: () => performance.now(), ...options }).catch((cause: unknown) => {
    if (!(cause instanceof NoGpuError) || cause.reason !== 'unavailable' || process.platform !== 'linux') throw cause;
    throw new NoGpuError(
      `${cause.message}; install the Vulkan driver of the GPU (vulkaninfo lists those that are found)`,
      {
        cause,
      },
    );
  });
  if (device.adapter.software) device.whenLost.then(throttleEventLoop());
  return device;
}

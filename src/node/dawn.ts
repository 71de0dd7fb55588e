// WebGPU under Node.js: the npm package `webgpu`, which is Dawn. The same for `openDevice` and for the host process that the
// command line starts.

import { NoGpuError } from '../runtime/errors.ts';
import { errnoOf } from './file-errors.ts';

/**
 * Features of Dawn that are on. No kernel relies on workgroup memory that starts as zeros; clearing it costs every workgroup
 * stores, and SwiftShader more than half of its compile time. Browsers clear it: a speed measured here is not a browser's.
 */
export const DAWN_FEATURES: readonly string[] = ['allow_unsafe_apis', 'disable_workgroup_init'];

/**
 * @param more features of Dawn to enable besides, separated by commas
 * @throws NoGpuError without the npm package `webgpu`
 */
export async function createGpu(more?: string): Promise<GPU> {
  const { create, globals } = await import('webgpu').catch((cause: unknown) => {
    const isMissing = errnoOf(cause) === 'ERR_MODULE_NOT_FOUND';
    const problem = isMissing ? 'which is not installed' : `which cannot be loaded here: ${cause}`;
    throw new NoGpuError(`WebGPU under Node.js is the npm package webgpu, ${problem} (npm install webgpu)`, { cause });
  });
  Object.assign(globalThis, globals);
  const features = [...DAWN_FEATURES, ...(more ? [more] : [])];
  // Dawn rounds timestamps to 100 microseconds for the web's sake; that is longer than most kernels run.
  return create(['disable-dawn-features=timestamp_quantization', `enable-dawn-features=${features}`]);
}

/**
 * Rests for a millisecond at every turn of the event loop, until the returned function is called; keeps no process alive. npm's
 * webgpu (Dawn) polls the GPU at every turn of Node's event loop while anything is awaited, as fast as the loop turns. On a
 * software GPU that takes a processor from the GPU itself. Measured with webgpu 0.6.2 and SwiftShader on two busy cores, 25
 * training steps of a small network: 21.4 s of processor time and 93 s in all without this, 13.1 and 45 with it, the results bit
 * for bit the same. It may go when Dawn waits for its events instead of polling.
 */
export function throttleEventLoop(): () => void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  let next: NodeJS.Immediate | undefined;
  const rest = () => {
    Atomics.wait(never, 0, 0, 1);
    next = setImmediate(rest).unref();
  };
  next = setImmediate(rest).unref();
  return () => clearImmediate(next);
}

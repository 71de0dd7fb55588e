// Every variant of every preset becomes a valid pipeline of a device with WebGPU's default limits: its workgroup's memory
// and size fit, and its bindings match their layout. On Dawn's null backend, which checks everything and runs nothing.
import { expect, it } from 'vitest';
import { create, globals } from 'webgpu';
import { PipelineCache } from '../../src/runtime/pipelines.ts';
import { presetVariants } from './preset-variants.ts';

it('every variant of every preset fits the default limits', { timeout: 120_000 }, async () => {
  Object.assign(globalThis, globals);
  // Kept to the end: Dawn crashes when its instance is collected before its devices.
  const instance = create(['backend=null']);
  const device = await (await instance.requestAdapter())?.requestDevice();
  if (!device) throw new Error('Dawn has no null backend');
  expect(device.limits).toMatchObject({
    maxComputeWorkgroupStorageSize: 16_384,
    maxComputeInvocationsPerWorkgroup: 256,
    maxStorageBuffersPerShaderStage: 8,
  });
  const pipelines = new PipelineCache(device, () => performance.now());
  const problems: string[] = [];
  for (const { kernel, parameters, promoted, packedF16 } of presetVariants()) {
    await pipelines.get(kernel, parameters, promoted, packedF16).catch((error: Error) => problems.push(error.message));
  }
  device.destroy();
  expect(instance).toBeDefined();
  expect(pipelines.size).toBeGreaterThan(100);
  expect(problems).toEqual([]);
});

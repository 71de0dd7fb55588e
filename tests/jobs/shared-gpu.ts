// A GPU for jobs whose devices may be one: nearly all of a small network's time goes into compiling, and most jobs ask for
// pipelines that another had. Whoever opens a device gets the one that an earlier job left, with what it has compiled; it
// outlives them. A host runs one job at a time. Jobs that lose devices or time them take the host's own GPU; one that counts their
// calls gives them back as they were.

import type { Job } from '../../src/jobs/define-job.ts';

/** By what was asked of the adapter: limits and features stay those of a device of the job's own. */
const devices = new Map<string, Promise<GPUDevice>>();

export function sharedGpu(gpu: GPU): GPU {
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await gpu.requestAdapter(options);
    if (!adapter) return null;
    const { info, features, limits } = adapter;
    const requestDevice = async (descriptor: GPUDeviceDescriptor = {}) => {
      const key = JSON.stringify([[...(descriptor.requiredFeatures ?? [])], descriptor.requiredLimits]);
      const made = devices.get(key) ?? adapter.requestDevice(descriptor).then(keepPipelines);
      devices.set(key, made);
      const device = await made;
      device.lost.then(() => devices.delete(key));
      return device;
    };
    return { info, features, limits, requestDevice } as object as GPUAdapter;
  };
  return { requestAdapter } as object as GPU;
}

/** The same job on that GPU. */
export const onSharedGpu = <Name extends string, Request, Answer, Event>({
  name,
  run,
}: Job<Name, Request, Answer, Event>): Job<Name, Request, Answer, Event> => ({
  name,
  run: (request, context) => run(request, { ...context, gpu: sharedGpu(context.gpu) }),
});

/** From now on a shader that was compiled for the same bindings is not compiled again, and nobody destroys the device. */
function keepPipelines(device: GPUDevice): GPUDevice {
  const texts = new WeakMap<object, string>();
  const pipelines = new Map<string, Promise<GPUComputePipeline>>();
  const { createShaderModule, createBindGroupLayout, createPipelineLayout, createComputePipelineAsync } = device;
  const textOf = (object: object) => texts.get(object) ?? '';
  const noted = <T extends object>(object: T, text: string): T => {
    texts.set(object, text);
    return object;
  };
  const methods = {
    createShaderModule: (given: GPUShaderModuleDescriptor) => noted(createShaderModule.call(device, given), given.code),
    createBindGroupLayout: (given: GPUBindGroupLayoutDescriptor) =>
      noted(createBindGroupLayout.call(device, given), JSON.stringify([...given.entries])),
    createPipelineLayout: (given: GPUPipelineLayoutDescriptor) => {
      const layouts = [...given.bindGroupLayouts].map((layout) => (layout ? textOf(layout) : ''));
      return noted(createPipelineLayout.call(device, given), layouts.join());
    },
    createComputePipelineAsync: (given: GPUComputePipelineDescriptor) => {
      const layout = given.layout === 'auto' ? given.layout : textOf(given.layout);
      const key = `${layout} ${textOf(given.compute.module)}`;
      const made = pipelines.get(key) ?? createComputePipelineAsync.call(device, given);
      pipelines.set(key, made);
      made.catch(() => pipelines.delete(key));
      return made;
    },
    destroy: () => undefined,
  };
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(device, name, { value, configurable: true });
  return device;
}

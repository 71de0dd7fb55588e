// Which GPU a host has: the adapter's own words, its features and limits, and whether it is one at all. An adapter
// that runs on the processor is called software wherever it is named, because its speed says nothing about a GPU.
import { NoGpuError } from '../runtime/errors.ts';
import type { Job } from './job.ts';
import { message } from './message.ts';

/** What the job `adapter` answers with, as its message's head. */
export type AdapterReport = {
  /** A name for people: "software WebGPU: SwiftShader driver 5.0.0". */
  readonly name: string;
  readonly software: boolean;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
};

export type AdapterWords = Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'> & {
  readonly isFallbackAdapter?: boolean;
};

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b|\bcpu\b/i;

/** Whether the adapter computes on the processor. */
export const isSoftware = (info: AdapterWords): boolean =>
  info.isFallbackAdapter === true ||
  SOFTWARE.test([info.vendor, info.architecture, info.device, info.description].join(' '));

/** The adapter in words, and "software" said where it is. Browsers leave most fields empty. */
export function adapterName(info: AdapterWords): string {
  const words = info.description || [info.vendor, info.architecture].filter(Boolean).join(' ') || info.device;
  return `${isSoftware(info) ? 'software WebGPU' : 'WebGPU'}: ${words || 'an adapter that does not name itself'}`;
}

/** @throws NoGpuError where WebGPU has no adapter. */
export const adapterJob: Job = async (_input, { gpu, host }) => {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new NoGpuError(`WebGPU under ${host} has no adapter`);
  return message(reportAdapter(adapter));
};

export function reportAdapter(adapter: GPUAdapter): AdapterReport {
  const { info } = adapter;
  const limits: Record<string, number> = {};
  for (const key in adapter.limits) {
    const value: unknown = Reflect.get(adapter.limits, key);
    if (typeof value === 'number') limits[key] = value;
  }
  return {
    name: adapterName(info),
    software: isSoftware(info),
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    features: [...adapter.features].sort(),
    limits,
  };
}

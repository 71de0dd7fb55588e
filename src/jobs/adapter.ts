// The job `adapter`: which GPU a host has, in the adapter's own words, with its features and limits.
import { adapterName, isSoftware } from '../runtime/adapter.ts';
import { requestAdapter } from '../runtime/opening.ts';
import { defineJob } from './define-job.ts';

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

/** @throws NoGpuError where WebGPU has no adapter, or does not answer in time */
export const adapterJob = defineJob('adapter', async (_request, { gpu }) => reportAdapter(await requestAdapter(gpu)));

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

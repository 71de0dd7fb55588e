// What an adapter is called, for people, and whether it is a GPU at all: one that runs on the processor is called
// software wherever it is named, because its speed says nothing about a GPU.

export type AdapterWords = Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'> & {
  readonly isFallbackAdapter?: boolean;
};

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b|\bcpu\b/i;

/** Whether the adapter computes on the processor. */
export const isSoftware = (info: AdapterWords): boolean =>
  info.isFallbackAdapter === true ||
  SOFTWARE.test([info.vendor, info.architecture, info.device, info.description].join(' '));

/** The adapter for people, with "software" where it is. Browsers leave most fields empty. */
export function adapterName(info: AdapterWords): string {
  const words = info.description || [info.vendor, info.architecture].filter(Boolean).join(' ') || info.device;
  return `${isSoftware(info) ? 'software WebGPU' : 'WebGPU'}: ${words || 'an adapter that does not name itself'}`;
}

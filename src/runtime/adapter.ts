// Which GPU an adapter is: what it is called, for people, whose it is, and whether it is a GPU at all. One that runs on the
// processor is called software wherever it is named, because its speed says nothing about a GPU.

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

/** Vendors that are told apart, by WebGPU's names; `software`: no GPU at all. */
export const VENDORS = ['nvidia', 'amd', 'apple', 'intel', 'qualcomm', 'arm', 'software', 'unknown'] as const;
/** Whose GPU, or `software`. */
export type Vendor = (typeof VENDORS)[number];

/** PCI's numbers, which some hosts give instead of a name, in hexadecimal or decimal. */
const PCI: Readonly<Record<number, Vendor>> = {
  4318: 'nvidia',
  4098: 'amd',
  4203: 'apple',
  32902: 'intel',
  20803: 'qualcomm',
  5045: 'arm',
};

const NAMES: readonly (readonly [RegExp, Vendor])[] = [
  [/nvidia|geforce/i, 'nvidia'],
  [/\bamd\b|radeon/i, 'amd'],
  [/apple/i, 'apple'],
  [/intel/i, 'intel'],
  [/qualcomm|adreno/i, 'qualcomm'],
  [/\barm\b|\bmali\b/i, 'arm'],
];

/** Whose GPU an adapter is; browsers leave most of its fields empty, and hosts differ in what they put there. */
export function vendorOf(info: AdapterWords): Vendor {
  const { vendor, description } = info;
  if (isSoftware(info)) return 'software';
  const words = `${vendor} ${description}`;
  return PCI[Number(vendor)] ?? NAMES.find(([name]) => name.test(words))?.[1] ?? 'unknown';
}

/** Which GPU a device is. */
export interface AdapterDescription {
  /** One line for people; a software adapter is called so. */
  readonly name: string;
  /** A GPU emulated on the processor: right, and hundreds of times slower. */
  readonly software: boolean;
  /** Whose it is, as far as it tells: which decides the default tiles. */
  readonly vendor: Vendor;
}

export const describeAdapter = (info: AdapterWords): AdapterDescription => ({
  name: adapterName(info),
  software: isSoftware(info),
  vendor: vendorOf(info),
});

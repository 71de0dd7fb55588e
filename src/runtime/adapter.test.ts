import { expect, it } from 'vitest';
import { adapterName, isSoftware } from './adapter.ts';

const words = { vendor: '', architecture: '', device: '', description: '' };

it.each([
  { ...words, vendor: 'google', architecture: 'swiftshader' },
  { ...words, description: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
  { ...words, description: 'Microsoft Basic Render Driver' },
  { ...words, vendor: 'intel', isFallbackAdapter: true },
])('calls $vendor $architecture $description software', (info) => {
  expect(isSoftware(info)).toBe(true);
  expect(adapterName(info)).toMatch(/^software WebGPU: /);
});

it.each([
  { ...words, vendor: 'apple', architecture: 'metal-3' },
  { ...words, vendor: 'nvidia', description: 'NVIDIA H100 PCIe', isFallbackAdapter: false },
  { ...words, vendor: 'intel', description: 'Intel(R) UHD Graphics 620 (KBL GT2)' },
])('calls $vendor $description hardware', (info) => {
  expect(isSoftware(info)).toBe(false);
});

it('names an adapter by its description, else by vendor and architecture', () => {
  expect(adapterName({ ...words, vendor: 'nvidia', description: 'NVIDIA H100' })).toBe('WebGPU: NVIDIA H100');
  expect(adapterName({ ...words, vendor: 'apple', architecture: 'metal-3' })).toBe('WebGPU: apple metal-3');
  expect(adapterName(words)).toBe('WebGPU: an adapter that does not name itself');
});

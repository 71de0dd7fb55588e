// Files of weights for tests: those that lie in tests/golden/weights, and variations of them.
import { readFileSync } from 'node:fs';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.ts';
import { float32Tensor, type Tensor } from '../../src/data/tensor.ts';
import type { ImportOptions } from '../../src/densenet/weights/import-weights.ts';
import { importWeights } from '../../src/densenet/weights/import-weights.ts';
import { WeightsError } from '../../src/runtime/errors.ts';

const folder = new URL('../golden/weights', import.meta.url);
export const golden = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
export const TIMM = { name: 'config.json', text: readFileSync(new URL('timm-config.json', folder), 'utf8') };

export const SHAPE = {
  stem: 'imagenet',
  growthRate: 4,
  initialChannels: 8,
  blockLayers: [2, 3],
  bottleneckWidth: 4,
} as const;

export type Tensors = Map<string, Tensor>;
export const file = (change: (tensors: Tensors) => Tensors | undefined, of = 'torchvision.safetensors') => {
  const tensors = new Map(readSafetensors(golden(of), of).tensors);
  return writeSafetensors(change(tensors) ?? tensors);
};
export const renamed = (rename: (name: string) => string, of?: string) =>
  file((tensors) => new Map([...tensors].map(([name, tensor]) => [rename(name), tensor])), of);
export const read = (bytes: Uint8Array, options?: ImportOptions) => importWeights(bytes, 'w.safetensors', options);
export const filled = (shape: number[], value = 1) =>
  float32Tensor(shape, new Float32Array(shape.reduce((n, s) => n * s, 1)).fill(value));

export function refusal(bytes: Uint8Array, options?: ImportOptions): WeightsError {
  try {
    read(bytes, options);
  } catch (error) {
    if (error instanceof WeightsError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

// Inputs that are tensors already, [N,C,H,W], normalised as the network wants them: to compare logits with another
// program's, number for number.
import { isNpy, readNpy } from '../src/data/npy.ts';
import { readSafetensors } from '../src/data/safetensors.ts';
import { imagesShape, type Tensor, toFloat32 } from '../src/data/tensor.ts';
import { ConfigError, DataError } from '../src/runtime/errors.ts';
import { readInputFile } from './input-file.ts';

export interface TensorInput {
  readonly file: string;
  /** As it was stored. */
  readonly shape: readonly number[];
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array<ArrayBuffer>;
}

export const isTensorFile = (name: string): boolean => /\.(npy|safetensors)$/i.test(name);

/**
 * A `.npy`, or a safetensors file with one tensor (or one called `input`).
 * @throws DataError where it is damaged or no such tensor, ConfigError where there is no such file
 */
export async function readTensorInput(file: string): Promise<TensorInput> {
  const bytes = await readInputFile(file);
  const { shape, ...tensor } = isNpy(bytes) ? readNpy(bytes, file) : onlyTensor(bytes, file);
  return { file, shape, ...imagesShape(shape, file), values: toFloat32({ shape, ...tensor }) };
}

/** @throws DataError, ConfigError where a tensor's channels are not the network's: where they lie last, or there are others */
export function checkChannels({ file, shape }: Pick<TensorInput, 'file' | 'shape'>, channels: number): void {
  const found = imagesShape(shape, file, channels);
  if (found.channels === channels) return;
  throw new ConfigError('image', file, `has ${found.channels} channels, the network takes ${channels}`);
}

function onlyTensor(bytes: Uint8Array, file: string): Tensor {
  const { tensors } = readSafetensors(bytes, file);
  const only = tensors.get('input') ?? (tensors.size === 1 ? [...tensors.values()][0] : undefined);
  if (only) return only;
  throw new DataError(file, 0, `holds ${tensors.size} tensors and none is called input`);
}

/** @throws ConfigError where the tensors differ in size: a network has one */
export function commonSize(inputs: readonly TensorInput[]): { readonly height: number; readonly width: number } {
  const [first, ...others] = inputs;
  const size = ({ channels, height, width }: TensorInput) => `${channels}x${height}x${width}`;
  const other = first && others.find((input) => size(input) !== size(first));
  if (first && other) throw new ConfigError('image', other.file, `is ${size(other)}, and ${first.file} ${size(first)}`);
  return { height: first?.height ?? 0, width: first?.width ?? 0 };
}

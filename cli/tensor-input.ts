// Inputs that are tensors already, [N,C,H,W], normalised as the network wants them: to compare logits with another
// program's, number for number.
import { isNpy, readNpy } from '../src/data/npy.ts';
import { readSafetensors } from '../src/data/safetensors.ts';
import { type Dtype, type Tensor, toFloat32 } from '../src/data/tensor.ts';
import { ConfigError, DataError, DenseNetError } from '../src/runtime/errors.ts';
import { readInputFile } from './input-file.ts';

export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export interface TensorInput extends ImageShape {
  readonly file: string;
  readonly count: number;
  /** [count][C][H][W] */
  readonly values: Float32Array<ArrayBuffer>;
}

export const isTensorFile = (name: string): boolean => /\.(npy|safetensors)$/i.test(name);

const FRACTIONS: readonly Dtype[] = ['F32', 'F64', 'F16', 'BF16'];

/**
 * A `.npy`, or a safetensors file with one tensor (or one called `input`).
 * @throws DataError where it is damaged or no such tensor, ConfigError where there is no such file
 */
export async function readTensorInput(file: string): Promise<TensorInput> {
  const bytes = await readInputFile(file);
  const { shape, ...tensor } = isNpy(bytes) ? readNpy(bytes, file) : onlyTensor(bytes, file);
  const [count = 0, channels = 0, height = 0, width = 0] = shape.length === 3 ? [1, ...shape] : shape;
  if ((shape.length !== 4 && shape.length !== 3) || count * channels * height * width === 0) {
    throw new DataError(file, 0, `a tensor of shape [${shape}]; expected are images, [N,C,H,W] or [C,H,W]`);
  }
  if (!FRACTIONS.includes(tensor.dtype)) {
    const problem = `elements of type ${tensor.dtype}; expected are normalised values of type float32, float64 or float16`;
    throw new DataError(file, 0, `${problem}: (pixels / 255 - mean) / std, or give the pictures themselves`);
  }
  return { file, count, channels, height, width, values: toFloat32({ shape, ...tensor }) };
}

function onlyTensor(bytes: Uint8Array, file: string): Tensor {
  const { tensors } = readSafetensors(bytes, file);
  const only = tensors.get('input') ?? (tensors.size === 1 ? [...tensors.values()][0] : undefined);
  if (only) return only;
  throw new DataError(file, 0, `holds ${tensors.size} tensors and none is called input`);
}

/** The same input. @throws ConfigError where its images are not of the size that is wanted */
export function checkShape(input: TensorInput, wanted: ImageShape): TensorInput {
  const { file, channels, height, width } = input;
  const size = (shape: ImageShape) => `[${shape.channels},${shape.height},${shape.width}]`;
  if (channels === wanted.channels && height === wanted.height && width === wanted.width) return input;
  const nhwc = channels !== wanted.channels && width === wanted.channels;
  const advice = nhwc ? '; this looks like NHWC: array.transpose(0, 3, 1, 2) makes it NCHW' : '';
  throw new ConfigError('image', file, `holds images [C,H,W] of ${size(input)}, expected ${size(wanted)}${advice}`);
}

/** @throws DenseNetError ('not-finite') naming the first value of an image, [C][H][W], that is NaN or infinite */
export function checkFinite(values: Float32Array, { height, width }: ImageShape, image: string): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const place = [Math.floor(at / (height * width)), Math.floor(at / width) % height, at % width];
  const problem = `${image}: the value at [${place.join(', ')}] (channel, row, column) is ${values[at]}`;
  throw new DenseNetError('not-finite', `${problem}: the input is not finite, so neither would the logits be`);
}

/** What messages call an image of a file. */
export const imageName = ({ file, count }: TensorInput, index: number): string =>
  count === 1 ? file : `image ${index} of ${file}`;

// The images that `predict` and `explain` are given: pictures, or tensors [N,C,H,W] that are normalised already, whose logits can be
// compared with another program's number for number. Of several, each is read when it is its turn, and pictures a few ahead; one
// that cannot be read, does not fit the network or is not finite yields its error, and the next one follows.

import { availableParallelism } from 'node:os';
import type { DeepOptions, FileNote } from '../src/data/deep-image.ts';
import { mapInOrder } from '../src/data/map-in-order.ts';
import { isNpy, readNpy } from '../src/data/npy.ts';
import { PICTURE_DEFAULTS } from '../src/data/picture-options.ts';
import { type InputSize, type Preprocessing, prepareImage } from '../src/data/preprocess.ts';
import { readSafetensors } from '../src/data/safetensors.ts';
import { type Dtype, type Tensor, toFloat32 } from '../src/data/tensor.ts';
import { loadSharp } from '../src/node/decode-image.ts';
import { ConfigError, DataError, DenseNetError } from '../src/runtime/errors.ts';
import { readImage } from './decode-image.ts';
import { readInputFile } from './files.ts';
import type { FoundFile } from './input-files.ts';
import type { FailedImage, PreparedImage } from './prediction.ts';

export interface InputImage extends PreparedImage {
  readonly notes: readonly FileNote[];
}

/** Whether the files are tensors. @throws ConfigError where some are and some are not */
export function areTensors(files: readonly string[]): boolean {
  const tensor = files.find(isTensorFile);
  const picture = files.find((file) => !isTensorFile(file));
  if (tensor === undefined || picture === undefined) return tensor !== undefined;
  throw new ConfigError('image', tensor, `is a tensor and ${picture} a picture; give them one after another`);
}

/** Pictures that are decoded at a time: libvips has a thread for each. A decoded one has at most 300 MB. */
const DECODED_AT_ONCE = Math.min(4, availableParallelism());

/**
 * Pictures in the files' order; the next few are decoded meanwhile.
 * @throws ConfigError for preprocessing that no picture fits; DenseNetError without sharp
 */
export async function* pictures(
  files: AsyncIterable<FoundFile>,
  input: Preprocessing,
  options: DeepOptions = PICTURE_DEFAULTS,
): AsyncGenerator<InputImage | FailedImage> {
  checkInput(input);
  await loadSharp();
  yield* mapInOrder(files, DECODED_AT_ONCE, (file) =>
    orError(file, async (name) => {
      if (isTensorFile(name)) throw new ConfigError('image', name, OTHER_KIND);
      return { name, ...(await readImage(name, input, options)) };
    }),
  );
}

/** Tries a blank picture of the input's own size: if that does not fit, none does. @throws ConfigError */
export function checkInput(input: InputSize): void {
  const { width, height } = input;
  prepareImage({ width, height, channels: 1, pixels: new Uint8Array(width * height) }, input);
}

/** Files of tensors: the first one that can be read determines the network's input size. */
export class TensorFiles {
  private constructor(
    private readonly files: AsyncIterator<FoundFile>,
    /** Of the first files, up to the first that could be read. */
    private readonly opened: (TensorInput | FailedImage)[],
  ) {}

  static async open(files: AsyncIterable<FoundFile>): Promise<TensorFiles> {
    const iterator = files[Symbol.asyncIterator]();
    const opened: (TensorInput | FailedImage)[] = [];
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      const one = await orError(next.value, readTensorInput);
      opened.push(one);
      if (!('error' in one)) break;
    }
    return new TensorFiles(iterator, opened);
  }

  /** Of the first image; undefined where no file can be read. */
  get shape(): ImageShape | undefined {
    const last = this.opened.at(-1);
    return last && !('error' in last) ? last : undefined;
  }

  /** @param wanted the network's input shape */
  async *images(wanted: ImageShape): AsyncGenerator<InputImage | FailedImage> {
    for (const input of this.opened.splice(0)) yield* imagesIn(input, wanted);
    for (let next = await this.files.next(); !next.done; next = await this.files.next()) {
      const read = async (name: string) => {
        if (!isTensorFile(name)) throw new ConfigError('image', name, OTHER_KIND);
        return readTensorInput(name);
      };
      yield* imagesIn(await orError(next.value, read), wanted);
    }
  }
}

const OTHER_KIND = 'is not of the kind of the first file: give pictures and tensors one after another';

async function* imagesIn(
  input: TensorInput | FailedImage,
  wanted: ImageShape,
): AsyncGenerator<InputImage | FailedImage> {
  const checked = 'error' in input ? input : await orError(input.file, async () => checkShape(input, wanted));
  if ('error' in checked) yield checked;
  else yield* imagesOf(checked);
}

async function* imagesOf(input: TensorInput): AsyncGenerator<InputImage | FailedImage> {
  const { file, count, values, channels, height, width } = input;
  const length = channels * height * width;
  for (let i = 0; i < count; i++) {
    const name = count === 1 ? file : `${file}[${i}]`;
    yield await orError(name, async () => {
      const pixels = values.slice(i * length, (i + 1) * length);
      checkFinite(pixels, input, imageName(input, i));
      return { name, pixels, notes: [] };
    });
  }
}

/** What is wrong with one image, as its result. */
async function orError<T>(file: FoundFile, make: (name: string) => Promise<T>): Promise<T | FailedImage> {
  if (typeof file !== 'string') return file;
  try {
    return await make(file);
  } catch (error) {
    if (!(error instanceof DenseNetError)) throw error;
    return { name: file, error };
  }
}

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

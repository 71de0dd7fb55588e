// The images that `predict` is given, one after another as they are wanted: pictures, or every image of every tensor. One that
// cannot be read, does not fit the network or is not finite comes as its error, and the next one follows.
import { PICTURE_DEFAULTS, type PictureNote, type PictureOptions } from '../src/data/picture-options.ts';
import { type InputSize, prepareImage } from '../src/data/preprocess.ts';
import { ConfigError, DenseNetError } from '../src/runtime/errors.ts';
import { loadSharp, readImage } from './decode-image.ts';
import type { FailedImage, PreparedImage } from './prediction.ts';
import {
  checkFinite,
  checkShape,
  type ImageShape,
  imageName,
  isTensorFile,
  readTensorInput,
  type TensorInput,
} from './tensor-input.ts';

export interface InputImage extends PreparedImage {
  readonly notes: readonly PictureNote[];
}

/** Whether the files are tensors. @throws ConfigError where some are and some are not */
export function areTensors(files: readonly string[]): boolean {
  const tensor = files.find(isTensorFile);
  const picture = files.find((file) => !isTensorFile(file));
  if (tensor === undefined || picture === undefined) return tensor !== undefined;
  throw new ConfigError('image', tensor, `is a tensor and ${picture} a picture; give them one after another`);
}

/** @throws ConfigError for pre-processing that no picture fits; DenseNetError without sharp */
export async function* pictures(
  files: readonly string[],
  input: InputSize,
  options: PictureOptions = PICTURE_DEFAULTS,
): AsyncGenerator<InputImage | FailedImage> {
  checkInput(input);
  await loadSharp();
  for (const name of files)
    yield await orError(name, async () => ({ name, ...(await readImage(name, input, options)) }));
}

/** A blank picture of the input's own size: where that does not fit, none does. */
export function checkInput(input: InputSize): void {
  const { width, height } = input;
  prepareImage({ width, height, channels: 1, pixels: new Uint8Array(width * height) }, input);
}

/** Files of tensors: the first one that can be read says for which size the network is to be made. */
export class TensorFiles {
  private constructor(
    private readonly files: readonly string[],
    /** Of the first files, up to the first that could be read. */
    private readonly opened: (TensorInput | FailedImage)[],
  ) {}

  static async open(files: readonly string[]): Promise<TensorFiles> {
    const opened: (TensorInput | FailedImage)[] = [];
    for (const file of files) {
      const one = await orError(file, () => readTensorInput(file));
      opened.push(one);
      if (!('error' in one)) break;
    }
    return new TensorFiles(files, opened);
  }

  /** Of the first image; undefined where no file can be read. */
  get shape(): ImageShape | undefined {
    const last = this.opened.at(-1);
    return last && !('error' in last) ? last : undefined;
  }

  /** @param wanted what the network takes */
  async *images(wanted: ImageShape): AsyncGenerator<InputImage | FailedImage> {
    const opened = this.opened.splice(0);
    for (const file of this.files) {
      const input = opened.shift() ?? (await orError(file, () => readTensorInput(file)));
      const checked = 'error' in input ? input : await orError(file, async () => checkShape(input, wanted));
      if ('error' in checked) yield checked;
      else yield* imagesOf(checked);
    }
  }
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
async function orError<T>(name: string, make: () => Promise<T>): Promise<T | FailedImage> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof DenseNetError)) throw error;
    return { name, error };
  }
}

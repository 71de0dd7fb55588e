// The pictures that commands are given: their options, and a network's input from an image file (src/node/decode-image.ts
// decodes it).

import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEPTHS, type DeepOptions, type FileNote, type WindowChoice } from '../src/data/deep-image.ts';
import { COLOUR_PROFILES, EXIF_ORIENTATIONS, PICTURE_DEFAULTS } from '../src/data/picture-options.ts';
import { deepBytes, normalisedDeep, prepareDeep } from '../src/data/prepare-deep.ts';
import { type Preprocessing, prepareImage } from '../src/data/preprocess.ts';
import { decodeFile } from '../src/node/decode-image.ts';
import { readInputFile } from './files.ts';
import { whole } from './options.ts';

/** Reads `range`, `file` or a centre and a width, 40,400. */
export function windowChoice(text: string): WindowChoice {
  if (text === 'range' || text === 'file') return text;
  const [centre, width, ...more] = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (
    centre === undefined ||
    width === undefined ||
    more.length > 0 ||
    !Number.isFinite(centre) ||
    !(width > 0 && width < 1e12)
  )
    throw new InvalidArgumentError('It must be range, file, or a centre and a width above 0: 40,400.');
  return { centre, width };
}

/** Adds the options of images of more than 8 bits to a command. */
export const addDeepOptions = (command: Command): Command =>
  command
    .option(
      '--dicom-window <what>',
      "black to white by the range of the stored bits, as torchxrayvision; by the file's own window; or centre,width (default: range)",
      windowChoice,
    )
    .option('--dicom-frame <n>', 'of several frames: which, from 1 (default: 1)', whole(1))
    .addOption(
      new Option(
        '--depth <bits>',
        "16-bit PNG and TIFF: all bits, or the 8 of Pillow's convert('RGB') (default: full)",
      ).choices(DEPTHS),
    );

/** Adds the options of pictures to a command. */
export const addPictureOptions = (command: Command): Command =>
  addDeepOptions(command)
    .addOption(
      new Option(
        '--colour-profile <what>',
        'ICC profiles: ignore them, as Pillow and torchvision do, or apply them (convert to sRGB)',
      )
        .choices(COLOUR_PROFILES)
        .default(PICTURE_DEFAULTS.colourProfile),
    )
    .addOption(
      new Option(
        '--exif-orientation <what>',
        "apply it (photographs upright), or ignore it, as torchvision's loaders do",
      )
        .choices(EXIF_ORIENTATIONS)
        .default(PICTURE_DEFAULTS.exifOrientation),
    );

/** A network's input for an image file. */
export interface ReadImage {
  /** [C][H][W]: bytes; of an image of more than 8 bits float32, normalised already. */
  readonly pixels: Uint8Array | Float32Array<ArrayBuffer>;
  /** The same as bytes, to be drawn. */
  readonly shown: Uint8Array;
  readonly notes: readonly FileNote[];
}

/**
 * The network's input for an image file.
 * @throws ConfigError where there is no such file, DataError where it is no image that can be decoded
 */
export async function readImage(
  file: string,
  input: Preprocessing,
  options: DeepOptions = PICTURE_DEFAULTS,
): Promise<ReadImage> {
  const decoded = await decodeFile(await readInputFile(file), file, options);
  const { notes } = decoded;
  if ('image' in decoded) {
    const pixels = prepareImage(decoded.image, input);
    return { pixels, shown: pixels, notes };
  }
  const prepared = prepareDeep(decoded.deep, input);
  return { pixels: normalisedDeep(prepared, input, input.channels), shown: deepBytes(prepared), notes };
}

// The pictures that commands are given: their options, and a network's input from an image file (src/node/decode-image.ts
// decodes it).

import { type Command, Option } from 'commander';
import {
  COLOUR_PROFILES,
  EXIF_ORIENTATIONS,
  PICTURE_DEFAULTS,
  type PictureNote,
  type PictureOptions,
} from '../src/data/picture-options.ts';
import { type InputSize, prepareImage } from '../src/data/preprocess.ts';
import { decodePicture } from '../src/node/decode-image.ts';
import { readInputFile } from './files.ts';

/** Adds the options of pictures to a command. */
export const addPictureOptions = (command: Command): Command =>
  command
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

/**
 * The network's input for an image file: [C][H][W], 8 bits.
 * @throws ConfigError where there is no such file, DataError where it is no image that can be decoded
 */
export async function readImage(
  file: string,
  input: InputSize,
  options: PictureOptions = PICTURE_DEFAULTS,
): Promise<{ readonly pixels: Uint8Array; readonly notes: readonly PictureNote[] }> {
  const { image, notes } = await decodePicture(await readInputFile(file), file, options);
  return { pixels: prepareImage(image, input), notes };
}

// Options of decoding a picture, and what is worth noting about it; the same in the command line and on the demo page.

import type { DecodedImage } from './preprocess.ts';

export const COLOUR_PROFILES = ['ignore', 'apply'] as const;
export const EXIF_ORIENTATIONS = ['apply', 'ignore'] as const;

/**
 * What becomes of a picture's ICC profile.
 * @useDeclaredType
 */
export type ColourProfile = (typeof COLOUR_PROFILES)[number];
/**
 * What becomes of a photograph's orientation.
 * @useDeclaredType
 */
export type ExifOrientation = (typeof EXIF_ORIENTATIONS)[number];

/** How pictures are decoded. A type and not an interface, as it is sent in messages. */
export type PictureOptions = {
  /** 'ignore' leaves the numbers as they are stored, as Pillow and torchvision do; 'apply' converts to sRGB. */
  readonly colourProfile: ColourProfile;
  /** 'apply' shows a photograph upright, as browsers do; 'ignore' leaves it as it is stored, as torchvision does. */
  readonly exifOrientation: ExifOrientation;
};

export const PICTURE_DEFAULTS: PictureOptions = { colourProfile: 'ignore', exifOrientation: 'apply' };

/** What is worth knowing about a decoded picture. */
export type PictureNote =
  /** Animated: its first frame is used. */
  | 'first-frame'
  /** More than 8 bits per channel: the upper 8 are used. */
  | 'eight-bits'
  /** 16-bit grey: values above 255 become 255, as Pillow's convert('RGB') makes them. */
  | 'clipped';

/** The notes as messages. */
export const NOTE_TEXTS: Readonly<Record<PictureNote, string>> = {
  'first-frame': 'is animated: its first frame is used',
  'eight-bits': 'has 16 bits per channel: the upper 8 are used, as Pillow does',
  clipped:
    "is 16-bit grey: values above 255 become 255, as Pillow's convert makes them; divide by 256 before to keep them apart",
};

export interface DecodedPicture {
  readonly image: DecodedImage;
  readonly notes: readonly PictureNote[];
}

/** 16-bit grey, one sample per pixel, to 8 bits as Pillow's convert('RGB') and convert('L') do. */
export function clippedGrey(width: number, height: number, samples: Uint16Array): DecodedImage {
  return { width, height, channels: 1, pixels: Uint8Array.from(samples, (value) => Math.min(value, 255)) };
}

// A picture to classify: what the network gets, and what people see. A sample is both at once; a file of the visitor's
// is shown as it is, cut to what the network sees (images/image-input.ts).

import type { LabelledImages } from '../../src/data/idx.ts';
import type { InputSize } from '../../src/data/preprocess.ts';
import { swapLight } from '../images/network-input.ts';
import { text } from '../text/text.ts';

export interface Picture {
  /** Of the file. */
  readonly name: string;
  /** Place in the sample, for one of its images. */
  readonly sample: number | undefined;
  /** Where it was read from, so that another network can have it its own way. */
  readonly source?: Blob;
  /** Of the webcam. */
  readonly live?: boolean;
  /** Bytes [C][H][W]. */
  readonly pixels: Uint8Array;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** What `pixels` were made for: another network may want it another way. */
  readonly input: InputSize;
  /** The class, where it is known. */
  readonly truth: number | undefined;
  /** The visitor's own image, already cropped; a sample has none. */
  readonly original: ImageBitmap | undefined;
  /** Light and dark were swapped for the network. */
  readonly inverted: boolean;
}

/** What people call it. */
export function pictureName({ name, sample, live }: Picture): string {
  if (live) return text().webcam.picture;
  return sample === undefined ? name : text().classify.sample(sample + 1);
}

export function samplePicture(images: LabelledImages, index: number): Picture {
  const { channels, height, width } = images;
  const bytes = channels * height * width;
  const truth = images.labels[index];
  const pixels = images.pixels.subarray(index * bytes, (index + 1) * bytes);
  const shape = { channels, height, width };
  return { name: '', sample: index, pixels, ...shape, input: shape, truth, original: undefined, inverted: false };
}

/** Light and dark swapped. */
export const invert = (picture: Picture): Picture => ({
  ...picture,
  pixels: swapLight(picture.pixels),
  inverted: !picture.inverted,
});

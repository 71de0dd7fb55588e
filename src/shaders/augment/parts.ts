// WGSL functions of this family, and the size of its kernels.

import { ceilDiv, type Parameters, type Part, shape } from '../../runtime/kernel.ts';
import arithmeticSource from './arithmetic.wgsl?raw';
import codesSource from './codes.wgsl?raw';
import pixelsSource from './pixels.wgsl?raw';

/** `pixel_at`: the bytes of a pixel. Needs `pixels`, `PACKED` and a `shape` with channels and the source's size. */
export const pixels: Part = { name: 'augment-pixels', source: pixelsSource };
/** `rounded`, `divide`, `blend`, `grey_of`: float32 to the last bit. Needs a `shape` with `images`. */
export const arithmetic: Part = { name: 'augment-arithmetic', source: arithmeticSource };
/** The codes of operations. */
export const codes: Part = { name: 'augment-codes', source: codesSource };

/** Images that an operation turns into others of the same or another size. */
export interface OperateSize {
  readonly images: number;
  readonly channels: number;
  /** Of what is written. */
  readonly height: number;
  readonly width: number;
  /** Of what is read; where it is another, every image is resized. */
  readonly sourceHeight: number;
  readonly sourceWidth: number;
}

/** Their uniform. */
export const OPERATE_SHAPE = shape({
  images: 'u32',
  channels: 'u32',
  height: 'u32',
  width: 'u32',
  source_height: 'u32',
  source_width: 'u32',
});
export const operateShape = ({ images, channels, height, width, sourceHeight, sourceWidth }: OperateSize) => ({
  images,
  channels,
  height,
  width,
  source_height: sourceHeight,
  source_width: sourceWidth,
});

/** Words of a pixel. */
export const groupsOf = (channels: number): number => ceilDiv(channels, 4);

/** Words of images that are read. */
export const sourceWords = (
  { images, channels, sourceHeight, sourceWidth }: Omit<OperateSize, 'height' | 'width'>,
  { PACKED }: Parameters,
): number => {
  const area = images * sourceHeight * sourceWidth;
  return PACKED ? groupsOf(channels) * area : ceilDiv(channels * area, 4);
};

/** Words of the tables of byte to byte. */
export const tableWords = ({ images, channels }: Pick<OperateSize, 'images' | 'channels'>): number =>
  images * channels * 64;

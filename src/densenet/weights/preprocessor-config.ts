// Hugging Face's preprocessor_config.json: what its image processors (ViT's, CLIP's, ConvNeXt's and those like them) do to an
// image, as this library's own steps. What is asked for and not computed is an error that names the key.

import type { Interpolation } from '../../data/resample.ts';
import { DataError } from '../../runtime/errors.ts';
import type { Resizing } from '../train/checkpoint.ts';

/** Reads one key: undefined where it is not there. @throws DataError naming it */
export type CheckKey = <T>(key: string, holds: (value: unknown) => value is T, rule: string) => T | undefined;

export const PREPROCESSOR_KEYS = [
  ...['image_mean', 'image_std', 'size', 'crop_size', 'do_resize', 'do_center_crop', 'do_rescale', 'do_normalize'],
  ...['resample', 'rescale_factor', 'image_processor_type', 'feature_extractor_type'],
];

export interface Preprocessor {
  /** The network's input. */
  readonly size: { readonly height: number; readonly width: number } | undefined;
  readonly resizing: Resizing;
  readonly mean: readonly number[] | undefined;
  readonly std: readonly number[] | undefined;
}

/** PIL's numbers. */
const RESAMPLE: readonly Interpolation[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];
/** ConvNeXt's processor crops images of less than this only. */
const CONVNEXT_CROPS_BELOW = 384;
const CONVNEXT_CROP = 224 / 256;
/** Steps that are computed nowhere here. */
const REFUSED = [
  'do_pad',
  'do_flip_channel_order',
  'do_reduce_labels',
  'do_thumbnail',
  'do_align_long_axis',
  'rescale_offset',
];

type Side = { readonly height?: number; readonly width?: number; readonly shortest_edge?: number };

const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isText = (value: unknown): value is string => typeof value === 'string';
const isPositive = (value: unknown): value is number =>
  typeof value === 'number' && value > 0 && Number.isFinite(value);
const isPixels = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) <= 16384;
const isResample = (value: unknown): value is number => RESAMPLE.some((_, number) => number === value);
const isNumbers = (value: unknown): value is number | readonly number[] =>
  [value].flat().length > 0 && [value].flat().every((v) => typeof v === 'number' && Number.isFinite(v));
const isSide = (value: unknown): value is number | readonly number[] | Side => {
  if (isPixels(value)) return true;
  if (Array.isArray(value)) return value.length === 2 && value.every(isPixels);
  if (typeof value !== 'object' || value === null) return false;
  const keys = Object.keys(value).toSorted().join();
  return (keys === 'height,width' || keys === 'shortest_edge') && Object.values(value).every(isPixels);
};

/** @throws DataError naming the key that is not what it should be, or asks for what is not computed */
export function readPreprocessor(file: string, check: CheckKey): Preprocessor {
  const flag = (key: string, otherwise: boolean) => check(key, isFlag, 'true or false') ?? otherwise;
  for (const key of REFUSED) {
    if (flag(key, false)) throw new DataError(file, 0, `"${key}" true is not computed`);
  }
  const kind =
    check('image_processor_type', isText, 'a text') ?? check('feature_extractor_type', isText, 'a text') ?? '';
  const rule = 'pixels, { "height", "width" } or { "shortest_edge" }';
  const size = check('size', isSide, rule);
  const cropSize = check('crop_size', isSide, rule);
  const resample = check('resample', isResample, `a number from 0 to ${RESAMPLE.length - 1}, PIL's filters`);
  const crops = flag('do_center_crop', cropSize !== undefined);
  const common = { interpolation: RESAMPLE[resample ?? 2] ?? 'bilinear', centre: 'floor', fill: [0, 0, 0] } as const;
  const asked = { file, kind, size, crop: crops ? (cropSize ?? size) : undefined, check };
  const { input, ...resizing } = flag('do_resize', true) ? resized(asked) : unresized(asked);
  return { size: input, resizing: { ...common, ...resizing }, ...scaled(check, flag) };
}

type Sized = Pick<Resizing, 'resize' | 'fit'> & { readonly input: Preprocessor['size'] };

interface Asked {
  readonly file: string;
  readonly kind: string;
  readonly size: number | readonly number[] | Side | undefined;
  readonly crop: number | readonly number[] | Side | undefined;
  readonly check: CheckKey;
}

function resized({ file, kind, size, crop, check }: Asked): Sized {
  const convNext = /ConvNext/i.test(kind);
  if (size === undefined) throw new DataError(file, 0, '"size" is missing: what images are resized to is not said');
  // A single number is the shorter side where the middle is cut out of it, and both sides where it is not.
  const shorter = shortest(size) ?? (typeof size === 'number' && (crop !== undefined || convNext) ? size : undefined);
  if (convNext && shorter !== undefined) {
    const side = { height: shorter, width: shorter };
    if (shorter >= CONVNEXT_CROPS_BELOW) return { input: side, fit: 'squash', resize: shorter };
    return { input: side, resize: Math.trunc(shorter / (check('crop_pct', isPositive, 'above 0') ?? CONVNEXT_CROP)) };
  }
  const input = crop === undefined ? undefined : both(crop);
  if (shorter !== undefined) {
    if (!input) {
      throw new DataError(
        file,
        0,
        `"size" { "shortest_edge": ${shorter} } without "crop_size" gives images of many sizes; one is needed`,
      );
    }
    return { input, resize: shorter };
  }
  const exact = both(size);
  return { input: input ?? exact, fit: 'squash', ...(exact && { resize: exact }) };
}

function unresized({ file, crop }: Asked): Sized {
  if (crop === undefined) {
    throw new DataError(
      file,
      0,
      '"do_resize" false without a centre crop takes images of one size only, which is not said',
    );
  }
  return { input: both(crop), fit: 'none' };
}

const shortest = (side: Asked['size']) =>
  typeof side === 'object' && 'shortest_edge' in side ? side.shortest_edge : undefined;

function both(
  side: number | readonly number[] | Side,
): { readonly height: number; readonly width: number } | undefined {
  if (typeof side === 'number') return { height: side, width: side };
  const [height, width] = 'height' in side ? [side.height, side.width] : Array.isArray(side) ? side : [];
  if (isPixels(height) && isPixels(width)) return { height, width };
  const edge = shortest(side);
  return edge === undefined ? undefined : { height: edge, width: edge };
}

/** (pixel * factor - mean) / std, as mean and deviation of pixels in [0, 1]. */
function scaled(
  check: CheckKey,
  flag: (key: string, otherwise: boolean) => boolean,
): Pick<Preprocessor, 'mean' | 'std'> {
  const factor = check('rescale_factor', isPositive, 'a number above 0') ?? 1 / 255;
  const times = flag('do_rescale', true) ? 255 * factor : 255;
  const unit = Math.abs(times - 1) < 1e-9 ? 1 : times;
  const list = (key: string) => {
    const value = check(key, isNumbers, 'a number or a list of numbers');
    return value === undefined ? undefined : [value].flat();
  };
  const [mean, std] = flag('do_normalize', true) ? [list('image_mean'), list('image_std')] : [[0], [1]];
  return { mean: mean?.map((value) => value / unit), std: std?.map((value) => value / unit) };
}

// Where a pixel of an augmented image comes from: torchvision's inverse affine matrix, and the crops that are drawn
// (transforms/functional.py and transforms.py, 0.14.1). Pure; augment/operate.wgsl samples by it.

import type { MapSize } from '../config.ts';
import { type Draws, roundHalfEven } from './draws.ts';

/** torchvision's `F.affine`: degrees are clockwise. */
export interface Affine {
  readonly angle: number;
  /** Pixels, x and y. */
  readonly translate: readonly [x: number, y: number];
  readonly scale: number;
  /** Degrees, along x and y. */
  readonly shear: readonly [x: number, y: number];
  /** What stays where it is: the image's middle, or its first pixel's corner. */
  readonly center: 'middle' | 'corner';
  /**
   * How what lies outside becomes black: as torchvision's `fill=0`, which darkens edges by their coverage once more, or its
   * `fill=None`.
   */
  readonly fill: 0 | null;
}

export const UNMOVED: Affine = { angle: 0, translate: [0, 0], scale: 1, shear: [0, 0], center: 'middle', fill: null };

/** A rectangle of pixels. */
export interface Rectangle {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/**
 * [a, b, c, d, e, f]: an output pixel at (x, y) from the middle is the input's at (a x + b y + c, d x + e y + f):
 * `_get_inverse_affine_matrix`, R(angle) S(scale) SHy SHx about the centre, inverted.
 */
export function inverseMatrix({ angle, translate, scale, shear, center }: Affine, size: MapSize): readonly number[] {
  const [rot, sx, sy] = [radians(angle), radians(shear[0]), radians(shear[1])];
  const [cx, cy] = center === 'middle' ? [0, 0] : [-size.width * 0.5, -size.height * 0.5];
  const [tx, ty] = translate;
  const a = Math.cos(rot - sy) / Math.cos(sy);
  const b = (-Math.cos(rot - sy) * Math.tan(sx)) / Math.cos(sy) - Math.sin(rot);
  const c = Math.sin(rot - sy) / Math.cos(sy);
  const d = (-Math.sin(rot - sy) * Math.tan(sx)) / Math.cos(sy) + Math.cos(rot);
  const [m0, m1, m3, m4] = [d / scale, -b / scale, -c / scale, a / scale];
  return [m0, m1, m0 * (-cx - tx) + m1 * (-cy - ty) + cx, m3, m4, m3 * (-cx - tx) + m4 * (-cy - ty) + cy];
}

/** The same onto [-1, 1], as torch's grid has it: what the kernel reads. float32. */
export function gridMatrix(affine: Affine, size: MapSize): readonly number[] {
  const [halfWidth, halfHeight] = [0.5 * size.width, 0.5 * size.height];
  return inverseMatrix(affine, size).map((value, i) =>
    Math.fround(Math.fround(value) / (i < 3 ? halfWidth : halfHeight)),
  );
}

interface CropRange {
  /** Smallest and largest share of the area. */
  readonly scale: readonly [number, number];
  /** Smallest and largest ratio. */
  readonly ratio: readonly [number, number];
}

const TRIES = 10;

/** `RandomResizedCrop.get_params`; the ratio is width to height. */
export function drawCrop({ height, width }: MapSize, { scale, ratio }: CropRange, draws: Draws): Rectangle {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const area = height * width * draws.between(...scale);
    const aspect = draws.logBetween(...ratio);
    const w = roundHalfEven(Math.sqrt(area * aspect));
    const h = roundHalfEven(Math.sqrt(area / aspect));
    if (w < 1 || w > width || h < 1 || h > height) continue;
    return { top: draws.below(height - h + 1), left: draws.below(width - w + 1), height: h, width: w };
  }
  return centred({ height, width }, Math.min(Math.max(width / height, ratio[0]), ratio[1]));
}

/** The largest crop from the middle whose ratio of width to height is, but for rounding, `ratio`. */
export function centred({ height, width }: MapSize, ratio: number): Rectangle {
  const h = Math.max(1, Math.min(height, roundHalfEven(width / ratio)));
  const w = Math.max(1, Math.min(width, roundHalfEven(height * ratio)));
  return { top: Math.floor((height - h) / 2), left: Math.floor((width - w) / 2), height: h, width: w };
}

/** `RandomErasing.get_params`; the ratio is height to width. Undefined where no rectangle was found. */
export function drawErased(
  { height, width }: MapSize,
  { scale, ratio }: CropRange,
  draws: Draws,
): Rectangle | undefined {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const area = height * width * draws.between(...scale);
    const aspect = draws.logBetween(...ratio);
    const h = roundHalfEven(Math.sqrt(area * aspect));
    const w = roundHalfEven(Math.sqrt(area / aspect));
    if (h >= height || w >= width) continue;
    return { top: draws.below(height - h + 1), left: draws.below(width - w + 1), height: h, width: w };
  }
  return undefined;
}

// Test-time augmentation: a prediction from several views of an image, whose probabilities are averaged. Pure: whoever has
// logits of the views combines them, whichever way they were computed.

import { ConfigError } from '../runtime/errors.ts';
import type { MapSize } from './config.ts';

/** Each with the views that an image has. */
export const TEST_TIME_AUGMENTATIONS = {
  /** The image and its mirror image. */
  mirror: 2,
  /** The four corners and the centre of larger images (torchvision's FiveCrop, in its order). */
  'five-crop': 5,
} as const;

/**
 * How many views of an image are predicted from, and which.
 * @useDeclaredType
 */
export type TestTimeAugmentation = keyof typeof TEST_TIME_AUGMENTATIONS;
const isKind = (name: string): name is TestTimeAugmentation => Object.hasOwn(TEST_TIME_AUGMENTATIONS, name);
export const TEST_TIME_AUGMENTATION_NAMES: readonly TestTimeAugmentation[] = /* @__PURE__ */ (() =>
  Object.keys(TEST_TIME_AUGMENTATIONS).filter(isKind))();

/** Images as arrays have them. */
export type ImageArray = Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/**
 * Views of images: `TEST_TIME_AUGMENTATIONS[kind]` arrays of the network's size, each in the images' order.
 * @param images [planes][source.height][source.width]; planes are channels of images, however many
 * @param size of the network's input
 * @param source of the images; for 'five-crop' larger than that
 * @throws ConfigError for images of a size that has no such views
 */
export function testTimeViews<T extends ImageArray>(
  kind: TestTimeAugmentation,
  images: T,
  size: MapSize,
  source: MapSize = size,
): readonly T[] {
  const margin = { y: source.height - size.height, x: source.width - size.width };
  if (kind === 'mirror') {
    if (margin.y !== 0 || margin.x !== 0)
      throw new ConfigError('source', source, `must be ${size.height}x${size.width}, the network's size`);
    return [images, viewOf(images, size, source, 0, 0, true)];
  }
  if (margin.y < 0 || margin.x < 0 || margin.y + margin.x === 0)
    throw new ConfigError(
      'source',
      source,
      `must be larger than the network's ${size.height}x${size.width}, for five crops to differ`,
    );
  // torchvision's center_crop, which rounds halves to the even number.
  const half = (whole: number) => (whole % 4 === 3 ? (whole + 1) / 2 : Math.floor(whole / 2));
  const corners = [
    [0, 0],
    [0, margin.x],
    [margin.y, 0],
    [margin.y, margin.x],
    [half(margin.y), half(margin.x)],
  ] as const;
  return corners.map(([top, left]) => viewOf(images, size, source, top, left, false));
}

function viewOf<T extends ImageArray>(
  images: T,
  { height, width }: MapSize,
  source: MapSize,
  top: number,
  left: number,
  mirrored: boolean,
): T {
  const planes = images.length / (source.height * source.width);
  // A copy of the first so many: an array of the same type, all of which is written.
  const out = images.slice(0, planes * height * width);
  for (let row = 0; row < planes * height; row++) {
    const from = (Math.floor(row / height) * source.height + top + (row % height)) * source.width + left;
    const pixels = images.subarray(from, from + width);
    out.set(pixels, row * width);
    if (mirrored) out.subarray(row * width, (row + 1) * width).reverse();
  }
  return sameKind(images, out);
}

/** `slice` of an array is of its type, which the compiler only knows of either type. */
const sameKind = <T extends ImageArray>(_: T, made: ImageArray): T => made as T;

/**
 * Logits whose probabilities are the mean of those of the views: of their softmax, or, for several labels per image, of their
 * sigmoids. NaN where a view's are.
 * @param views logits [N][classes] of each view
 */
export function averageProbabilities(
  views: readonly Float32Array[],
  classes: number,
  multiLabel = false,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(views[0]?.length ?? 0);
  for (let row = 0; row < out.length; row += classes) {
    const probabilities = views.map((logits) => {
      const own = Array.from(logits.subarray(row, row + classes));
      return multiLabel ? own.map(sigmoidPair) : softmaxPairs(own);
    });
    for (let j = 0; j < classes; j++) {
      const sum = (side: 0 | 1) => probabilities.reduce((total, of) => total + (of[j]?.[side] ?? Number.NaN), 0);
      const [yes, no] = [sum(0), sum(1)];
      out[row + j] = multiLabel ? Math.log(yes / no) : Math.log(yes / views.length);
    }
  }
  return out;
}

/** Probability, and that of the opposite, which does not cancel. */
type Pair = readonly [yes: number, no: number];
const sigmoidPair = (z: number): Pair => [1 / (1 + Math.exp(-z)), 1 / (1 + Math.exp(z))];

function softmaxPairs(logits: readonly number[]): readonly Pair[] {
  const most = Math.max(...logits);
  const terms = logits.map((z) => Math.exp(z - most));
  const total = terms.reduce((a, b) => a + b, 0);
  return terms.map((term) => [term / total, 1 - term / total]);
}

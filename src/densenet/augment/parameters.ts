// What is done to each image of a micro-batch: everything that is random, decided once, on the host, as torchvision's
// transforms decide it, and a pure function of (augmentation, seed, image). `records.ts` hands it to the GPU.

import { ConfigError } from '../../runtime/errors.ts';
import type { MapSize } from '../config.ts';
import { type Augmentation, crops, isAffine, mixes, randAugments } from '../train/augmentation.ts';
import { basicDraws, Draws, roundHalfEven } from './draws.ts';
import { type Affine, centred, drawCrop, drawErased, type Rectangle, UNMOVED } from './geometry.ts';
import { drawColorJitter, drawRandAugment, drawTrivialAugment, type Operation } from './operations.ts';

/** A change of an image's bytes; the first may also resize. */
export type Stage = Operation | { readonly kind: 'resize'; readonly crop: Rectangle };

/** What is done to one image, in this order. */
export interface ImageAugmentation {
  /** Each rounds to bytes, as torchvision's do on uint8 tensors. */
  readonly stages: readonly Stage[];
  /** Rows and columns by which the output is shifted: its pixel (y, x) is the stage's (y + offset.y, x + offset.x). */
  readonly offset: { readonly y: number; readonly x: number };
  /** Left to right, behind the shift. */
  readonly mirror: boolean;
  /** Upside down, behind the shift. */
  readonly verticalFlip: boolean;
  /** What is 0 after the normalisation. */
  readonly erased: Rectangle | undefined;
  /** How it is mixed with another image of the batch. */
  readonly mixture: Mixture;
}

/** `weight` of an image and 1 - `weight` of its partner, as images or as areas; of their labels in any case. */
export interface Mixture {
  /** The number of the image before it; its own where nothing is mixed. */
  readonly partner: number;
  readonly weight: number;
  /** What is the partner's; undefined where all pixels are a mean of both. */
  readonly rectangle: Rectangle | undefined;
}

/** Where images come from, and what they become. */
export interface AugmentedSize extends MapSize {
  readonly channels: number;
  /** Of the images given. */
  readonly source: MapSize;
}

/** torchvision's defaults of RandomErasing. */
const ERASED = { scale: [0.02, 0.33], ratio: [0.3, 3.3] } as const;

/** What a stage may do: take pixels from elsewhere, or anything. */
export type StageKind = 'sample' | 'any';

/** The stages that each image has, in order. */
export function stageKinds(augmentation: Augmentation, size: AugmentedSize): readonly StageKind[] {
  const { randAugment, trivialAugment, colorJitter } = augmentation;
  const sampled = Number(resizes(augmentation, size)) + Number(isAffine(augmentation));
  const any = (randAugment[0] ?? 0) + Number(trivialAugment) + colorJitter.filter((limit) => limit > 0).length;
  return [...new Array<StageKind>(sampled).fill('sample'), ...new Array<StageKind>(any).fill('any')];
}

/** Whether images are cropped, resized or both: randomly, or where their size is another. */
const resizes = (augmentation: Augmentation, { source, height, width }: AugmentedSize): boolean =>
  crops(augmentation) || source.height !== height || source.width !== width;

/** @throws ConfigError for augmentations of colours where the images have none that torchvision knows */
export function checkChannels({ randAugment, trivialAugment, colorJitter }: Augmentation, channels: number): void {
  if (channels === 1 || channels === 3) return;
  const rule = `needs images of 1 or 3 channels, these have ${channels}`;
  if ((randAugment[0] ?? 0) > 0) throw new ConfigError('randAugment', randAugment, rule);
  if (trivialAugment) throw new ConfigError('trivialAugment', true, rule);
  if (colorJitter.some((limit) => limit > 0)) throw new ConfigError('colorJitter', colorJitter, rule);
}

/**
 * What is done to each of `count` images.
 * @param seed of the micro-batch
 */
export function drawAugmentation(
  augmentation: Augmentation,
  size: AugmentedSize,
  count: number,
  seed: number,
): readonly ImageAugmentation[] {
  const mixture = drawMixture(augmentation, size, seed);
  return Array.from({ length: count }, (_, image) => {
    const { shift, mirror, verticalFlip, erasing } = augmentation;
    const basic = basicDraws(seed, image);
    const erase = new Draws(seed, 'erasing', image);
    return {
      stages: drawStages(augmentation, size, seed, image),
      offset: { y: basic.offset('y', shift), x: basic.offset('x', shift) },
      mirror: mirror && basic.mirror,
      verticalFlip: verticalFlip && basic.verticalFlip,
      erased: erase.uniform() < erasing ? drawErased(size, ERASED, erase) : undefined,
      // As torchvision's batch.roll(1): cheaper than a shuffle, and the batch has been shuffled.
      mixture: mixture
        ? { ...mixture, partner: (image + count - 1) % count }
        : { partner: image, weight: 1, rectangle: undefined },
    };
  });
}

function drawStages(augmentation: Augmentation, size: AugmentedSize, seed: number, image: number): readonly Stage[] {
  const { trivialAugment, randAugment, colorJitter } = augmentation;
  const draws: DrawsOf = (of) => new Draws(seed, of, image);
  const stages: Stage[] = [];
  if (resizes(augmentation, size)) stages.push({ kind: 'resize', crop: cropOf(augmentation, size, draws) });
  if (isAffine(augmentation))
    stages.push({ kind: 'affine', affine: drawAffine(augmentation, size, draws('rotation')) });
  if (randAugments(augmentation)) stages.push(...drawRandAugment(randAugment, size, draws('randAugment')));
  if (trivialAugment) stages.push(drawTrivialAugment(size, draws('trivialAugment')));
  stages.push(...drawColorJitter(colorJitter, draws('colorJitter')));
  return stages;
}

type DrawsOf = (augmentation: ConstructorParameters<typeof Draws>[1]) => Draws;

/** What of an image becomes the network's input: `RandomCrop.get_params`, `RandomResizedCrop.get_params`, or its middle. */
function cropOf(augmentation: Augmentation, { source, height, width }: AugmentedSize, draws: DrawsOf): Rectangle {
  const { randomCrop, randomResizedCrop, cropRatio } = augmentation;
  if (randomCrop) {
    const drawn = draws('randomCrop');
    const [top, left] = [drawn.below(source.height - height + 1), drawn.below(source.width - width + 1)];
    return { top, left, height, width };
  }
  if (!crops(augmentation)) return centred(source, width / height);
  return drawCrop(source, { scale: pair(randomResizedCrop), ratio: pair(cropRatio) }, draws('randomResizedCrop'));
}

const pair = ([low = 1, high = low]: readonly number[]): readonly [number, number] => [low, high];

/** `RandomAffine.get_params`. */
function drawAffine(
  { rotation, translate, scale, shear }: Augmentation,
  { height, width }: MapSize,
  draws: Draws,
): Affine {
  const angle = draws.between(-rotation, rotation);
  const along = (side: number) => roundHalfEven(draws.between(-translate * side, translate * side)) || 0;
  return {
    ...UNMOVED,
    angle,
    translate: [along(width), along(height)],
    scale: draws.between(...pair(scale)),
    shear: [draws.between(-shear, shear), 0],
    fill: 0,
  };
}

/** `RandomMixup` or `RandomCutmix` of torchvision's references, one for the whole batch; of both, either by chance. */
function drawMixture(
  augmentation: Augmentation,
  { height, width }: MapSize,
  seed: number,
): Omit<Mixture, 'partner'> | undefined {
  const { mixup, cutmix } = augmentation;
  if (!mixes(augmentation)) return undefined;
  const draws = new Draws(seed, 'mixup', 0);
  const coin = draws.coin();
  if (cutmix === 0 || (mixup > 0 && coin)) return { weight: Math.fround(draws.beta(mixup)), rectangle: undefined };
  const side = 0.5 * Math.sqrt(1 - draws.beta(cutmix));
  const [x, y] = [draws.below(width), draws.below(height)];
  const [halfWidth, halfHeight] = [Math.trunc(side * width), Math.trunc(side * height)];
  const [left, top] = [Math.max(0, x - halfWidth), Math.max(0, y - halfHeight)];
  const [right, bottom] = [Math.min(width, x + halfWidth), Math.min(height, y + halfHeight)];
  const rectangle = { top, left, height: bottom - top, width: right - left };
  return { weight: Math.fround(1 - (rectangle.width * rectangle.height) / (width * height)), rectangle };
}

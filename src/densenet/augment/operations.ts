// The operations that change bytes, and which of them RandAugment and TrivialAugment choose from: torchvision's
// augmentation spaces (transforms/autoaugment.py, 0.14.1), their magnitudes float32 as its tensors are.

import type { MapSize } from '../config.ts';
import type { Draws } from './draws.ts';
import { type Affine, UNMOVED } from './geometry.ts';

/** A change of an image's bytes, by torchvision's names and parameters (transforms/functional.py). */
export type Operation =
  | { readonly kind: 'identity' | 'autocontrast' | 'equalize' }
  | { readonly kind: 'affine'; readonly affine: Affine }
  | { readonly kind: 'brightness' | 'contrast' | 'saturation' | 'sharpness'; readonly factor: number }
  /** In turns, from -0.5 to 0.5. */
  | { readonly kind: 'hue'; readonly factor: number }
  /** How many bits stay. */
  | { readonly kind: 'posterize'; readonly bits: number }
  /** Bytes from there on are inverted. */
  | { readonly kind: 'solarize'; readonly threshold: number };

/** What differs between the spaces: their largest magnitudes. */
export interface AugmentationSpace {
  readonly shear: number;
  /** In pixels, of a side of so many. */
  readonly translate: (side: number) => number;
  readonly degrees: number;
  /** Of brightness, colour, contrast and sharpness. */
  readonly change: number;
  /** Bits that posterizing takes at most. */
  readonly bits: number;
}

export const RAND_AUGMENT: AugmentationSpace = {
  shear: 0.3,
  translate: (side) => (150 / 331) * side,
  degrees: 30,
  change: 0.9,
  bits: 4,
};
export const TRIVIAL_AUGMENT: AugmentationSpace = {
  shear: 0.99,
  translate: () => 32,
  degrees: 135,
  change: 0.99,
  bits: 6,
};

/** Magnitudes of both spaces: 0 … 30. */
export const MAGNITUDES = 31;

/** torch.linspace(start, end, 31)[bin]: from either end, so that the middle of 0 to 32 is 16. */
export function magnitudeAt(bin: number, end: number, start = 0): number {
  const step = Math.fround(Math.fround(end - start) / (MAGNITUDES - 1));
  return bin < Math.floor(MAGNITUDES / 2)
    ? Math.fround(start + Math.fround(step * bin))
    : Math.fround(Math.fround(end) - Math.fround(step * (MAGNITUDES - 1 - bin)));
}

interface Choice {
  /** torchvision's. */
  readonly name: string;
  /** Whether half of its magnitudes are negative. */
  readonly signed: boolean;
  make(level: (end: number, start?: number) => number, bin: number, space: AugmentationSpace, size: MapSize): Operation;
}

const affine = (changed: Partial<Affine>): Operation => ({ kind: 'affine', affine: { ...UNMOVED, ...changed } });
const degrees = (slope: number): number => (Math.atan(slope) * 180) / Math.PI;

/** In torchvision's order. */
export const CHOICES: readonly Choice[] = [
  { name: 'Identity', signed: false, make: () => ({ kind: 'identity' }) },
  {
    name: 'ShearX',
    signed: true,
    make: (level, _, { shear }) => affine({ shear: [degrees(level(shear)), 0], center: 'corner' }),
  },
  {
    name: 'ShearY',
    signed: true,
    make: (level, _, { shear }) => affine({ shear: [0, degrees(level(shear))], center: 'corner' }),
  },
  {
    name: 'TranslateX',
    signed: true,
    make: (level, _, { translate }, { width }) => affine({ translate: [Math.trunc(level(translate(width))), 0] }),
  },
  {
    name: 'TranslateY',
    signed: true,
    make: (level, _, { translate }, { height }) => affine({ translate: [0, Math.trunc(level(translate(height)))] }),
  },
  // `F.rotate` turns the other way round than `F.affine`.
  { name: 'Rotate', signed: true, make: (level, _, space) => affine({ angle: -level(space.degrees) }) },
  {
    name: 'Brightness',
    signed: true,
    make: (level, _, { change }) => ({ kind: 'brightness', factor: 1 + level(change) }),
  },
  { name: 'Color', signed: true, make: (level, _, { change }) => ({ kind: 'saturation', factor: 1 + level(change) }) },
  { name: 'Contrast', signed: true, make: (level, _, { change }) => ({ kind: 'contrast', factor: 1 + level(change) }) },
  {
    name: 'Sharpness',
    signed: true,
    make: (level, _, { change }) => ({ kind: 'sharpness', factor: 1 + level(change) }),
  },
  {
    name: 'Posterize',
    signed: false,
    make: (_, bin, { bits }) => ({ kind: 'posterize', bits: 8 - Math.round(bin / ((MAGNITUDES - 1) / bits)) }),
  },
  { name: 'Solarize', signed: false, make: (level) => ({ kind: 'solarize', threshold: level(0, 255) }) },
  { name: 'AutoContrast', signed: false, make: () => ({ kind: 'autocontrast' }) },
  { name: 'Equalize', signed: false, make: () => ({ kind: 'equalize' }) },
];

function chosen(space: AugmentationSpace, size: MapSize, draws: Draws, binOf: () => number): Operation {
  const choice = CHOICES[draws.below(CHOICES.length)];
  if (!choice) throw new Error('a draw is below its limit');
  const bin = binOf();
  const sign = choice.signed && draws.coin() ? -1 : 1;
  return choice.make((end, start) => sign * magnitudeAt(bin, end, start), bin, space, size);
}

/** RandAugment's `count` operations of one magnitude, 0 to 30. */
export const drawRandAugment = (
  [count = 0, magnitude = 0]: readonly number[],
  size: MapSize,
  draws: Draws,
): readonly Operation[] => Array.from({ length: count }, () => chosen(RAND_AUGMENT, size, draws, () => magnitude));

/** TrivialAugmentWide's one operation. */
export const drawTrivialAugment = (size: MapSize, draws: Draws): Operation =>
  chosen(TRIVIAL_AUGMENT, size, draws, () => draws.below(MAGNITUDES));

const JITTERS = ['brightness', 'contrast', 'saturation', 'hue'] as const;

/** `ColorJitter.get_params` and its order: one operation for each limit that is not 0. */
export function drawColorJitter(limits: readonly number[], draws: Draws): readonly Operation[] {
  const order = draws.permutation(JITTERS.length);
  const factors = limits.map((limit, i) =>
    JITTERS[i] === 'hue' ? draws.between(-limit, limit) : draws.between(Math.max(0, 1 - limit), 1 + limit),
  );
  return order.flatMap((i) => {
    const kind = JITTERS[i];
    return kind && (limits[i] ?? 0) > 0 ? [{ kind, factor: factors[i] ?? 1 }] : [];
  });
}

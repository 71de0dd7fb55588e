// Every loss, once: what labels it takes, its options, and the name that golden files have for it. plan/training.ts has its
// kernel.

import { type Fields, type Output, object, parse } from '../../data/schema.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { CLASS_WEIGHTS, FOCAL_ALPHA, FOCAL_GAMMA, type LossOptions, POS_WEIGHT } from './loss-options.ts';

export interface Loss {
  /** Its name in golden files. */
  readonly golden: string;
  /** The array that labels come in: four bytes per label either way. */
  readonly labels: 'Int32Array' | 'Float32Array';
  /** Labels of an image. */
  labelsPerImage(classes: number): number;
  /** Whether label smoothing means anything. */
  readonly smooths: boolean;
  /** What a batch's labels are, for messages. */
  readonly expected: (images: number, classes: number) => string;
  /** @throws ConfigError for a value that is not a label */
  check(field: string, labels: Int32Array | Float32Array, classes: number): void;
  /** Its options beside label smoothing, each with a default. */
  readonly fields: Fields;
}

type Labels = Pick<Loss, 'labels' | 'labelsPerImage' | 'expected' | 'check'>;

/** One class number per image, or -1 for none. */
const CLASS_NUMBERS: Labels = {
  labels: 'Int32Array',
  labelsPerImage: () => 1,
  expected: (images) => `one class number per image, ${images} in all`,
  check: (field, labels, classes) => {
    const bad = labels.find((label) => label < -1 || label >= classes);
    if (bad !== undefined) throw new ConfigError(field, bad, `is no class: 0 to ${classes - 1}, or -1 for none`);
  },
};
/** 0 to 1 per class, or NaN where the label is missing. */
const SHARES: Labels = {
  labels: 'Float32Array',
  labelsPerImage: (classes) => classes,
  expected: (images, classes) => `${images} images of ${classes} classes have ${images * classes}`,
  check: (field, labels) => {
    const bad = labels.find((label) => label < 0 || label > 1);
    if (bad !== undefined) throw new ConfigError(field, bad, 'is no label: 0 to 1, or NaN where it is missing');
  },
};

export const LOSSES = {
  /** Softmax cross-entropy, the mean over the images that have a label. */
  'cross-entropy': { golden: 'ce', ...CLASS_NUMBERS, smooths: true, fields: { classWeights: CLASS_WEIGHTS } },
  /** The same times (1 - p)^gamma, p the label's probability (Lin et al. 2017, section 3, for softmax). */
  focal: {
    golden: 'focal',
    ...CLASS_NUMBERS,
    smooths: false,
    fields: { focalGamma: FOCAL_GAMMA, classWeights: CLASS_WEIGHTS },
  },
  /** Mean sigmoid cross-entropy over the labels that are there. */
  'binary-cross-entropy': { golden: 'bce', ...SHARES, smooths: false, fields: { posWeight: POS_WEIGHT } },
  /** Torchvision's sigmoid_focal_loss, the mean over the labels that are there. */
  'sigmoid-focal': {
    golden: 'sigmoid-focal',
    ...SHARES,
    smooths: false,
    fields: { focalGamma: FOCAL_GAMMA, focalAlpha: FOCAL_ALPHA },
  },
} as const satisfies Readonly<Record<string, Loss>>;

/**
 * The name of a loss that training minimises.
 * @useDeclaredType
 */
export type LossKind = keyof typeof LOSSES;
export const isLoss = (kind: unknown): kind is LossKind => typeof kind === 'string' && Object.hasOwn(LOSSES, kind);
export const LOSS_KINDS: readonly LossKind[] = Object.keys(LOSSES).filter(isLoss);
/** A row of the table, where it does not matter which. */
export const lossOf = (kind: LossKind): Loss => LOSSES[kind];

/**
 * A loss's options, those that are left out at their defaults.
 * @throws ConfigError for an option of another loss, or a value that cannot be
 */
export function lossOptionsWith(kind: LossKind, given: unknown = {}): LossOptions {
  const { fields } = lossOf(kind);
  if (typeof given === 'object' && given !== null) {
    for (const [name, value] of Object.entries(given)) {
      const owners = LOSS_KINDS.filter((other) => Object.hasOwn(lossOf(other).fields, name));
      if (Object.hasOwn(fields, name) || owners.length === 0) continue;
      throw new ConfigError(name, value, `is for loss ${owners.join(' or ')}, not ${kind}`);
    }
  }
  const found: Output<Fields> = parse(object(fields), given, 'lossOptions');
  return found;
}

// Every loss, once: what labels it takes, and the name that golden files have for it. plan/training.ts has its kernel.

import { ConfigError } from '../../runtime/errors.ts';

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
}

export const LOSSES = {
  /** Softmax cross-entropy: one class number per image, or -1 for none. */
  'cross-entropy': {
    golden: 'ce',
    labels: 'Int32Array',
    labelsPerImage: () => 1,
    smooths: true,
    expected: (images) => `one class number per image, ${images} in all`,
    check: (field, labels, classes) => {
      const bad = labels.find((label) => label < -1 || label >= classes);
      if (bad !== undefined) throw new ConfigError(field, bad, `is no class: 0 to ${classes - 1}, or -1 for none`);
    },
  },
  /** Mean sigmoid cross-entropy over images and classes: 0 to 1 per class, or NaN where the label is missing. */
  'binary-cross-entropy': {
    golden: 'bce',
    labels: 'Float32Array',
    labelsPerImage: (classes) => classes,
    smooths: false,
    expected: (images, classes) => `${images} images of ${classes} classes have ${images * classes}`,
    check: (field, labels) => {
      const bad = labels.find((label) => label < 0 || label > 1);
      if (bad !== undefined) throw new ConfigError(field, bad, 'is no label: 0 to 1, or NaN where it is missing');
    },
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

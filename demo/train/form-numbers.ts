// The numbers of the Train form. What each may be comes from the schemas of networks and trainings; here is only how one
// field narrows another, which may be unreadable itself, and what only the page asks for.

import { type Limits, limitsOf, number, type Schema, whole } from '../../src/data/schema.ts';
import { CONFIG_FIELDS, type DenseNetConfig } from '../../src/densenet/config.ts';
import { AUGMENTATIONS } from '../../src/densenet/train/augmentation.ts';
import { HYPERPARAMETER_FIELDS } from '../../src/densenet/train/hyperparameters.ts';
import { OPTIMIZERS } from '../../src/densenet/train/optimizers.ts';
import type { InputSize } from '../data/training-set.ts';

const NUMBERS = {
  growthRate: CONFIG_FIELDS.growthRate,
  initialChannels: CONFIG_FIELDS.initialChannels,
  bottleneckWidth: CONFIG_FIELDS.bottleneckWidth,
  compression: CONFIG_FIELDS.compression,
  dropout: CONFIG_FIELDS.dropout,
  /** Height and width. */
  size: CONFIG_FIELDS.height,
  /** Training images: a batch norm cannot learn from one. */
  images: whole(2, 2 ** 31),
  epochs: HYPERPARAMETER_FIELDS.epochs,
  batch: HYPERPARAMETER_FIELDS.batch,
  accumulate: HYPERPARAMETER_FIELDS.accumulate,
  learningRate: HYPERPARAMETER_FIELDS.learningRate,
  warmup: HYPERPARAMETER_FIELDS.warmup,
  /** The same for every optimizer. */
  weightDecay: OPTIMIZERS.sgd.fields.weightDecay,
  labelSmoothing: HYPERPARAMETER_FIELDS.labelSmoothing,
  shift: AUGMENTATIONS.shift,
  seed: HYPERPARAMETER_FIELDS.seed,
  /** GPU memory that the training may take, in GB. */
  memory: number({ min: 0.05, max: 64 }),
} as const satisfies Readonly<Record<string, Schema<number>>>;

export type NumberField = keyof typeof NUMBERS;
export const isNumberField = (name: string): name is NumberField => Object.hasOwn(NUMBERS, name);

/** What the fields are read against. */
export interface FormContext {
  /** Of the data: how many training images and classes there are, and the size where it is given. */
  readonly images: number;
  readonly classes: number;
  readonly size: InputSize | undefined;
  /** The network in use, which a fine-tuning starts from. */
  readonly inUse: DenseNetConfig | undefined;
}

/** The fields that narrow others, as they were typed. */
interface FieldTexts {
  readonly images: string;
  readonly epochs: string;
  readonly batch: string;
  readonly size: string;
}

type Narrowing = (form: FieldTexts, context: FormContext) => Partial<Limits>;

const NARROWED: Readonly<Partial<Record<NumberField, Narrowing>>> = {
  images: (_, { images }) => ({ max: Math.max(2, images) }),
  // An update takes a whole batch: a batch larger than the images would never be full.
  batch: ({ images }, context) => ({ max: numberOr(images, context.images) }),
  accumulate: ({ images, batch }, context) => ({
    max: Math.max(1, Math.floor(numberOr(images, context.images) / numberOr(batch, 1))),
  }),
  warmup: ({ epochs }) => ({ below: numberOr(epochs, 1) }),
  shift: ({ size }, context) => ({ max: Math.floor((context.size?.height ?? numberOr(size, 32)) / 2) }),
};

/** What a field may be, beside what the others are. */
export function limitsOfField(field: NumberField, form: FieldTexts, context: FormContext): Limits {
  const own = limitsOf(NUMBERS[field]) ?? { whole: false };
  const { max = Number.POSITIVE_INFINITY, ...others } = NARROWED[field]?.(form, context) ?? {};
  const most = Math.min(max, own.max ?? Number.POSITIVE_INFINITY);
  return { ...own, ...others, ...(most < Number.POSITIVE_INFINITY && { max: most }) };
}

/** Whether a field is a whole number. */
export const isWhole = (field: NumberField): boolean => limitsOf(NUMBERS[field])?.whole === true;

/** The number in a field, or another while there is none. */
function numberOr(text: string, otherwise: number): number {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) && value >= 1 ? value : otherwise;
}

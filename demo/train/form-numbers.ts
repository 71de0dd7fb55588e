// The numbers of the Train form and the range of each; some depend on others, which may be unreadable themselves.

import type { Form, FormContext } from './form.ts';

export interface Range {
  readonly whole: boolean;
  readonly least: number;
  readonly most: number;
}

const whole = (least: number, most: number): Range => ({ whole: true, least, most: Math.max(least, most) });
const any = (least: number, most: number): Range => ({ whole: false, least, most });
/** What a field says, or what stands in for it while it says nothing. */
const said = (text: string, otherwise: number): number => {
  const value = Number(text);
  return text.trim() !== '' && Number.isFinite(value) && value >= 1 ? value : otherwise;
};

export const NUMBERS = {
  growthRate: () => whole(1, 256),
  initialChannels: () => whole(1, 1024),
  bottleneckWidth: () => whole(0, 16),
  compression: () => any(0.01, 1),
  dropout: () => any(0, 0.9),
  size: () => whole(4, 512),
  images: (_, { images }) => whole(2, images),
  epochs: () => whole(1, 1000),
  // An update takes a whole batch: a batch larger than the images would never be full.
  batch: ({ images }, context) => whole(1, Math.min(1024, said(images, context.images))),
  learningRate: () => any(1e-6, 10),
  warmup: ({ epochs }) => any(0, Math.max(0, said(epochs, 1) - 0.01)),
  weightDecay: () => any(0, 1),
  labelSmoothing: () => any(0, 0.9),
  shift: ({ size }, context) => whole(0, Math.floor((context.size?.height ?? said(size, 32)) / 2)),
  seed: () => whole(0, 2 ** 32 - 1),
  memory: () => any(0.05, 64),
} as const satisfies Readonly<Record<string, (form: NumbersSaid, context: FormContext) => Range>>;

type NumbersSaid = Pick<Form, 'images' | 'epochs' | 'size'>;

export type NumberField =
  | 'growthRate'
  | 'initialChannels'
  | 'bottleneckWidth'
  | 'compression'
  | 'dropout'
  | 'size'
  | 'images'
  | 'epochs'
  | 'batch'
  | 'learningRate'
  | 'warmup'
  | 'weightDecay'
  | 'labelSmoothing'
  | 'shift'
  | 'seed'
  | 'memory';

// The losses in float64, by their kernels' references.

import { binaryCrossEntropy, crossEntropy, type Losses, type LossVariant } from '../../shaders/loss/reference.ts';
import type { DenseNetConfig } from '../config.ts';
import { classNumbers, type LossOptions } from '../train/loss-options.ts';
import { type LossKind, lossOptionsWith } from '../train/losses.ts';
import type { Batch } from '../train/trainer-options.ts';
import type { Rounding } from './rounding.ts';

interface LossInput {
  readonly labels: Batch['labels'];
  /** [N][classes] */
  readonly logits: Float64Array;
  readonly images: number;
  readonly classes: number;
  readonly smoothing: number;
  readonly variant: LossVariant;
}

const softmax = ({ images, classes, labels, logits, smoothing, variant }: LossInput): Losses =>
  crossEntropy({ images, classes }, labels, logits, smoothing, 1, variant);
const sigmoid = ({ images, classes, labels, logits, variant }: LossInput): Losses =>
  binaryCrossEntropy({ images, classes }, labels, logits, 1, variant);

const FORMULAS: Readonly<Record<LossKind, (input: LossInput) => Losses>> = {
  'cross-entropy': softmax,
  focal: softmax,
  'binary-cross-entropy': sigmoid,
  'sigmoid-focal': sigmoid,
};
const IS_FOCAL: Readonly<Record<LossKind, boolean>> = {
  'cross-entropy': false,
  focal: true,
  'binary-cross-entropy': false,
  'sigmoid-focal': true,
};

export interface LossSetup {
  readonly loss: LossKind;
  readonly lossOptions?: LossOptions | undefined;
  readonly labelSmoothing?: number | undefined;
}

/** The mean loss, and its gradient by the logits. */
export function referenceLoss(
  { classes }: DenseNetConfig,
  { loss, lossOptions, labelSmoothing = 0 }: LossSetup,
  labels: Batch['labels'],
  logits: Float64Array,
  rounding: Rounding,
): { loss: number; dlogits: Float64Array } {
  const options = lossOptionsWith(loss, lossOptions);
  const variant: LossVariant = {
    weights: classNumbers(options, classes),
    gamma: IS_FOCAL[loss] ? options.focalGamma : undefined,
    alpha: options.focalAlpha,
  };
  const input = { labels, logits, images: logits.length / classes, classes, smoothing: labelSmoothing, variant };
  const found = FORMULAS[loss](input);
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  return {
    loss: rounding.round(sum(found.losses), sum(found.lossesMagnitude)),
    dlogits: found.dlogits.map((value, i) => rounding.round(value, found.dlogitsMagnitude[i] ?? 0)),
  };
}

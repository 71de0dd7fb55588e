// From logits and labels to one report: plain data that JSON carries whole. Images of one class each, or of several labels; what
// is wrong with the input is an error that names the image.

import { ConfigError, DenseNetError } from '../runtime/errors.ts';
import type { BootstrapChoice } from './estimates.ts';
import { evaluateMultiLabel, type MultiLabelEvaluation } from './multi-label.ts';
import { evaluateSingleLabel, type SingleLabelEvaluation } from './single-label.ts';

/** How well a network does on labelled images. */
export type EvaluationReport = SingleLabelEvaluation | MultiLabelEvaluation;

/** What logits mean, and what is computed of them. */
export interface EvaluateOptions extends BootstrapChoice {
  /** By class number. */
  readonly classNames: readonly string[];
  /** What logits are divided by first (calibration.ts); default 1. */
  readonly temperature?: number | undefined;
  /** Of several labels per image: from which probability on each is present; default 0.5 each. */
  readonly thresholds?: readonly number[] | undefined;
  /** ROC and precision-recall curves of at most so many points, about; default 0: none. */
  readonly curvePoints?: number | undefined;
  /** What errors call an image; default `image 7`. */
  readonly imageName?: ((image: number) => string) | undefined;
}

/**
 * @param logits [count][classes]
 * @param labels Int32Array [count]: one class number per image. Float32Array [count][classes]: 0 or 1 for each of several labels,
 * NaN where one is missing.
 * @throws ConfigError for arrays that do not fit each other, no images, a label that is none, options that cannot be; DenseNetError
 * ('not-finite') for a logit that is NaN or infinite, naming the image
 */
export function evaluateLogits(
  logits: Float32Array,
  labels: Int32Array | Float32Array,
  options: EvaluateOptions,
): EvaluationReport {
  const { classNames, temperature = 1, curvePoints = 0, imageName = (image) => `image ${image}`, ...choice } = options;
  const classes = classNames.length;
  const { thresholds = classNames.map(() => 0.5), ...bootstrap } = choice;
  if (!(temperature > 0 && Number.isFinite(temperature)))
    throw new ConfigError('temperature', temperature, 'must be a number above 0');
  checkLogits(logits, labels, { classNames, imageName });
  const given = { logits, classNames, temperature, curvePoints, ...bootstrap };
  if (labels instanceof Int32Array) return evaluateSingleLabel({ ...given, labels });
  if (thresholds.length !== classes || !thresholds.every((threshold) => threshold >= 0 && threshold <= 1))
    throw new ConfigError('thresholds', thresholds, `must be ${classes} numbers from 0 to 1, one per label`);
  return evaluateMultiLabel({ ...given, labels, thresholds });
}

/** The checks of `evaluateLogits` alone. @throws as there */
export function checkLogits(
  logits: Float32Array,
  labels: Int32Array | Float32Array,
  { classNames, imageName = (image) => `image ${image}` }: Pick<EvaluateOptions, 'classNames' | 'imageName'>,
): void {
  checkLabels(logits, labels, classNames.length, imageName);
  checkFinite(logits, classNames, imageName);
}

function checkLabels(
  logits: Float32Array,
  labels: Int32Array | Float32Array,
  classes: number,
  imageName: (image: number) => string,
): void {
  const single = labels instanceof Int32Array;
  const images = single ? labels.length : labels.length / classes;
  if (images === 0 || classes === 0) throw new ConfigError('labels', images, 'images leave nothing to evaluate');
  if (!Number.isInteger(images) || logits.length !== images * classes) {
    const expected = `must be one row of ${classes} logits for each of the ${images} images`;
    throw new ConfigError('logits', logits.length, expected);
  }
  const bad = single
    ? labels.findIndex((label) => label < 0 || label >= classes)
    : labels.findIndex((label) => !(label === 0 || label === 1 || Number.isNaN(label)));
  if (bad < 0) return;
  const rule = single ? `is no class: 0 to ${classes - 1}` : 'is no label: 0, 1, or NaN where it is missing';
  throw new ConfigError(`label of ${imageName(single ? bad : Math.floor(bad / classes))}`, labels[bad], rule);
}

function checkFinite(logits: Float32Array, classNames: readonly string[], imageName: (image: number) => string): void {
  const bad = logits.findIndex((logit) => !Number.isFinite(logit));
  if (bad < 0) return;
  const image = Math.floor(bad / classNames.length);
  throw new DenseNetError(
    'not-finite',
    `${imageName(image)}: its logit of class ${classNames[bad % classNames.length]} is ${logits[bad]}; ` +
      'repair or leave out the image, and check that the weights and their normalisation belong together',
  );
}

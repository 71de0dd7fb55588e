// What a loss has beside its labels: weights of classes and the numbers of focal loss. 'balanced' is a rule over the training
// labels; `withBalanced` makes numbers of it before a trainer is made. Which loss has which is in its row (losses.ts).

import { field, lazy, list, number, oneOf, optional, type Schema } from '../../data/schema.ts';
import { ConfigError } from '../../runtime/errors.ts';

/** Weights by class, one for all classes, `balanced` by how often each occurs, or none. */
export type LabelWeights = 'none' | 'balanced' | readonly number[];

const NUMBERS: Schema<LabelWeights> = list(number({ min: 0 }), 1, 2 ** 20);
const WORDS: Schema<LabelWeights> = oneOf(['none', 'balanced']);
const LABEL_WEIGHTS: Schema<LabelWeights> = lazy((json) => (Array.isArray(json) ? NUMBERS : WORDS));

/** As PyTorch's `weight`: the mean is over the labels' weights. Balanced: images / (classes * images of the class). */
export const CLASS_WEIGHTS = field(optional(LABEL_WEIGHTS, 'none'), {
  help: 'weights of the classes in the loss: balanced, or one number per class',
  option: '--class-weights <w1,w2>',
  default: 'none',
});
/** As PyTorch's `pos_weight`. Balanced: absent labels / present ones, by class. */
export const POS_WEIGHT = field(optional(LABEL_WEIGHTS, 'none'), {
  help: 'weight of present labels in the loss: balanced, one number, or one per class',
  option: '--pos-weight <w1,w2>',
  default: 'none',
});
/** Lin et al. 2017, arXiv 1708.02002: the loss is times (1 - p)^gamma. */
export const FOCAL_GAMMA = field(optional(number({ min: 0, max: 100 }), 2), {
  help: 'exponent of focal loss; 0: plain cross-entropy',
  option: '--focal-gamma <g>',
  default: 2,
});
/** As torchvision's sigmoid_focal_loss: the weight of present labels; absent ones have the rest. -1: none. */
export const FOCAL_ALPHA = field(optional(number({ min: -1, max: 1 }), 0.25), {
  help: 'weight of present labels in sigmoid focal loss, absent ones have the rest; -1: all weigh 1',
  option: '--focal-alpha <a>',
  default: 0.25,
});

/** The options of every loss; each loss takes its own. */
export interface LossOptions {
  /** Softmax losses. Default 'none'. */
  readonly classWeights?: LabelWeights;
  /** Binary cross-entropy. Default 'none'. */
  readonly posWeight?: LabelWeights;
  /** Focal losses. Default 2. */
  readonly focalGamma?: number;
  /** Sigmoid focal loss. Default 0.25. */
  readonly focalAlpha?: number;
}

/**
 * The numbers of a weight per class, for the kernels; undefined: none.
 * @throws ConfigError where they are not one per class, all 0, or still 'balanced'
 */
export function classNumbers(options: LossOptions, classes: number): Float32Array<ArrayBuffer> | undefined {
  const [field, weights] = weightsOf(options);
  if (weights === 'none') return undefined;
  if (weights === 'balanced')
    throw new ConfigError(
      field,
      weights,
      'depends on the training labels: give the numbers that withBalanced makes of it',
    );
  const isOne = field === 'posWeight' && weights.length === 1;
  if (!isOne && weights.length !== classes) {
    const many = `${weights.length} ${weights.length === 1 ? 'number' : 'numbers'}`;
    throw new ConfigError(field, many, `must be one per class, ${classes}${field === 'posWeight' ? ', or one' : ''}`);
  }
  if (weights.every((weight) => Math.fround(weight) === 0)) throw new ConfigError(field, weights, 'must not all be 0');
  if (!weights.every((weight) => Number.isFinite(Math.fround(weight))))
    throw new ConfigError(field, Math.max(...weights), 'is more than float32 holds');
  return Float32Array.from({ length: classes }, (_, j) => weights[isOne ? 0 : j] ?? 0);
}

function weightsOf({ classWeights = 'none', posWeight = 'none' }: LossOptions) {
  return classWeights === 'none' ? (['posWeight', posWeight] as const) : (['classWeights', classWeights] as const);
}

/**
 * The options with numbers in place of 'balanced'.
 * @param labels of all training images: class numbers (below 0: none), or [N][classes] of 0 to 1 and NaN for missing
 * @throws ConfigError where a class has no image, or a label is never or always present: no number balances that
 */
export function withBalanced(
  options: LossOptions,
  labels: Int32Array | Float32Array,
  classNames: readonly string[],
): LossOptions {
  const { classWeights, posWeight } = options;
  if (classWeights === 'balanced') {
    const counts = classNames.map(() => 0);
    for (const label of labels) if (label >= 0 && label < counts.length) counts[label] = (counts[label] ?? 0) + 1;
    const images = counts.reduce((a, b) => a + b, 0);
    const none = counts.indexOf(0);
    if (none >= 0) throw notBalanced('classWeights', `${classNames[none]} has no training image`);
    return { ...options, classWeights: counts.map((count) => images / (classNames.length * count)) };
  }
  if (posWeight === 'balanced') {
    const classes = classNames.length;
    const ratios = classNames.map((name, j) => {
      let [present, absent] = [0, 0];
      for (let i = j; i < labels.length; i += classes) {
        const label = labels[i] ?? Number.NaN;
        if (Number.isNaN(label)) continue;
        present += label;
        absent += 1 - label;
      }
      if (present > 0 && absent > 0) return absent / present;
      throw notBalanced('posWeight', `${name} is ${present > 0 ? 'always' : 'never'} present in training`);
    });
    return { ...options, posWeight: ratios };
  }
  return options;
}

const notBalanced = (field: string, why: string): ConfigError =>
  new ConfigError(field, 'balanced', `cannot be: ${why}; give the numbers, or none`);

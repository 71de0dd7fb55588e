// What the visitor has entered, as it stands in the fields, and what it means: settings that can be trained with, or what
// is wrong with which field. Pure.

import { defaultOf, isWithin, type Limits, type ListLimits, listLimitsOf } from '../../src/data/schema.ts';
import { CONFIG_FIELDS, checkConfig, type DenseNetConfig, mapSizes } from '../../src/densenet/config.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import type { Trainable } from '../../src/densenet/plan/scope.ts';
import type { Augmentation } from '../../src/densenet/train/augmentation.ts';
import { HYPERPARAMETER_FIELDS, type HyperparametersInput } from '../../src/densenet/train/hyperparameters.ts';
import { type OptimizerKind, optimizerWith } from '../../src/densenet/train/optimizers.ts';
import type { ScheduleName } from '../../src/densenet/train/schedules.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { type FormContext, limitsOfField, type NumberField } from './form-numbers.ts';
import type { NetworkName } from './networks.ts';

export type Form = Readonly<Record<NumberField, string>> & {
  readonly start: 'scratch' | 'fine-tune';
  /** A block by its number depends on the network; the page offers the last one. */
  readonly trainable: Exclude<Trainable, `from-block-${string}`>;
  readonly network: NetworkName | 'own';
  readonly stem: DenseNetConfig['stem'];
  /** Layers of each dense block: `6, 12, 24, 16`. */
  readonly blocks: string;
  readonly colours: 'grey' | 'colour';
  readonly schedule: ScheduleName;
  readonly optimizer: OptimizerKind;
  readonly mirror: boolean;
  readonly recompute: boolean;
  readonly precision: Precision;
};

/** A training but for its images, whose pixels decide the normalisation. */
export type Settings = Omit<HyperparametersInput, 'normalisation'> & {
  readonly start: Form['start'];
  readonly images: number;
  /** Bytes of GPU memory that the training may take. */
  readonly memory: number;
};

export type Problem =
  | { readonly kind: 'number'; readonly limits: Limits }
  | { readonly kind: 'blocks'; readonly limits: ListLimits }
  | { readonly kind: 'shrinks'; readonly block: number }
  | { readonly kind: 'keepsNothing'; readonly transition: number }
  | { readonly kind: 'tooWide' }
  | { readonly kind: 'inUse'; readonly what: 'none' | 'channels' | 'size' };
export type Field = keyof Form;
export type Problems = Partial<Readonly<Record<Field, Problem>>>;

export type ReadForm =
  | { readonly settings: Settings; readonly problems?: undefined }
  | { readonly settings?: undefined; readonly problems: Problems };

export function readForm(form: Form, context: FormContext): ReadForm {
  const problems: ProblemsSoFar = {};
  const number = (field: NumberField): number => {
    const limits = limitsOfField(field, form, context);
    const text = form[field].trim();
    const value = text === '' ? Number.NaN : Number(text.replace(',', '.'));
    if (!isWithin(limits, value)) problems[field] = { kind: 'number', limits };
    return value;
  };
  const config =
    form.start === 'scratch'
      ? ownConfig(form, context, number, problems)
      : tunedConfig(form, context, number, problems);
  const weightDecay = number('weightDecay');
  const settings: Omit<Settings, 'config'> = {
    start: form.start,
    trainable: form.start === 'scratch' ? 'all' : form.trainable,
    optimizer: optimizerWith(form.optimizer, problems.weightDecay ? {} : { weightDecay }),
    images: number('images'),
    epochs: number('epochs'),
    batch: number('batch'),
    accumulate: number('accumulate'),
    learningRate: number('learningRate'),
    schedule: form.schedule,
    warmup: number('warmup'),
    clip: defaultOf(HYPERPARAMETER_FIELDS.clip),
    labelSmoothing: number('labelSmoothing'),
    dropLast: defaultOf(HYPERPARAMETER_FIELDS.dropLast),
    augment: { mirror: form.mirror, shift: number('shift') } satisfies Pick<Augmentation, FormAugmentation>,
    seed: number('seed'),
    recompute: form.recompute,
    precision: form.precision,
    memory: number('memory') * 1e9,
  };
  if (!config || Object.keys(problems).length > 0) return { problems };
  return { settings: { ...settings, config } };
}

/** The augmentations that the form asks for; the others are the command line's and the library's. */
type FormAugmentation = 'mirror' | 'shift';

type ReadNumber = (field: NumberField) => number;
type ProblemsSoFar = Partial<Record<Field, Problem>>;

function ownConfig(
  form: Form,
  context: FormContext,
  number: ReadNumber,
  problems: ProblemsSoFar,
): DenseNetConfig | undefined {
  const blockLayers = readBlocks(form.blocks);
  if (!blockLayers) problems.blocks = { kind: 'blocks', limits: BLOCKS };
  const config = {
    stem: form.stem,
    growthRate: number('growthRate'),
    initialChannels: number('initialChannels'),
    bottleneckWidth: number('bottleneckWidth'),
    compression: number('compression'),
    dropout: number('dropout'),
    classes: context.classes,
    blockLayers: blockLayers ?? [1],
    ...inputOf(form, context, number),
  };
  return Object.keys(problems).length > 0 ? undefined : checked(config, problems);
}

function inputOf(form: Form, { size }: FormContext, number: ReadNumber) {
  if (size) return { inputChannels: size.channels, height: size.height, width: size.width };
  const side = number('size');
  return { inputChannels: form.colours === 'grey' ? 1 : 3, height: side, width: side };
}

/** The network in use for these images: their size where they have one, else its own. */
function tunedConfig(
  _: Form,
  context: FormContext,
  number: ReadNumber,
  problems: ProblemsSoFar,
): DenseNetConfig | undefined {
  const { inUse, size, classes } = context;
  const dropout = number('dropout');
  if (!inUse) problems.start = { kind: 'inUse', what: 'none' };
  else if (size ? size.channels !== inUse.inputChannels : ![1, 3].includes(inUse.inputChannels)) {
    problems.start = { kind: 'inUse', what: 'channels' };
  }
  if (!inUse || problems.start || problems.dropout) return undefined;
  const { height, width } = size ?? inUse;
  const tuned = checked({ ...inUse, height, width, classes, dropout }, {});
  if (!tuned) problems.start = { kind: 'inUse', what: 'size' };
  return tuned;
}

/** The configuration, or what the fields' own limits do not tell. */
function checked(config: DenseNetConfig, problems: ProblemsSoFar): DenseNetConfig | undefined {
  const maps = mapSizes(config).blocks;
  const gone = maps.findIndex(({ height, width }) => height < 1 || width < 1);
  if (gone >= 0) problems.blocks = { kind: 'shrinks', block: gone + 1 };
  let channels = config.initialChannels;
  for (const [b, layers] of config.blockLayers.slice(0, -1).entries()) {
    channels = Math.floor((channels + layers * config.growthRate) * config.compression);
    if (channels < 1) problems.compression ??= { kind: 'keepsNothing', transition: b + 1 };
  }
  if (Object.keys(problems).length > 0) return undefined;
  try {
    return checkConfig(config);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.growthRate = { kind: 'tooWide' };
    return undefined;
  }
}

const BLOCKS: ListLimits = listLimitsOf(CONFIG_FIELDS.blockLayers) ?? { least: 1, most: 1, limits: undefined };

/** `6, 12 24` as [6, 12, 24]; undefined where it is not a list of layers. */
export function readBlocks(text: string): readonly number[] | undefined {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const numbers = parts.map(Number);
  const { least, most, limits = { whole: true } } = BLOCKS;
  const good = numbers.every((n) => isWithin(limits, n));
  return good && numbers.length >= least && numbers.length <= most ? numbers : undefined;
}

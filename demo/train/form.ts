// What the visitor has entered, as it stands in the fields, and what it means: settings that can be trained with, or what
// is wrong with which field. Pure.

import { checkConfig, type DenseNetConfig, mapSizes } from '../../src/densenet/config.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import type { Trainable } from '../../src/densenet/plan/scope.ts';
import { type OptimizerOptions, optimizerWith } from '../../src/densenet/train/optimizers.ts';
import type { ScheduleName } from '../../src/densenet/train/schedules.ts';
import type { InputSize } from '../data/training-set.ts';
import { NUMBERS, type NumberField } from './form-numbers.ts';
import type { NetworkName } from './networks.ts';

export type Form = Readonly<Record<NumberField, string>> & {
  readonly start: 'scratch' | 'fine-tune';
  readonly trainable: 'classifier' | 'last-block' | 'all';
  readonly network: NetworkName | 'own';
  readonly stem: DenseNetConfig['stem'];
  /** Layers of each dense block: `6, 12, 24, 16`. */
  readonly blocks: string;
  readonly colours: 'grey' | 'colour';
  readonly schedule: ScheduleName;
  readonly optimizer: OptimizerOptions['kind'];
  readonly mirror: boolean;
  readonly recompute: boolean;
  readonly halves: boolean;
};

/** What the fields are read against. */
export interface FormContext {
  /** Of the data: how many images there are to learn from, how many classes, and the size where it is given. */
  readonly images: number;
  readonly classes: number;
  readonly size: InputSize | undefined;
  /** The network in use, which a fine-tuning starts from. */
  readonly inUse: DenseNetConfig | undefined;
}

export interface Settings {
  readonly start: Form['start'];
  readonly trainable: Trainable;
  readonly config: DenseNetConfig;
  readonly images: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly schedule: ScheduleName;
  readonly warmup: number;
  readonly optimizer: OptimizerOptions;
  readonly labelSmoothing: number;
  readonly mirror: boolean;
  readonly shift: number;
  readonly seed: number;
  readonly recompute: boolean;
  readonly precision: Precision;
  /** Bytes of GPU memory that the training may take. */
  readonly memory: number;
}

export type Problem =
  | { readonly kind: 'number' | 'whole'; readonly least: number; readonly most: number }
  | { readonly kind: 'blocks' }
  | { readonly kind: 'shrinks'; readonly block: number }
  | { readonly kind: 'keepsNothing'; readonly transition: number }
  | { readonly kind: 'inUse'; readonly what: 'none' | 'channels' | 'size' };
export type Field = keyof Form;
export type Problems = Partial<Readonly<Record<Field, Problem>>>;

export type ReadForm =
  | { readonly settings: Settings; readonly problems?: undefined }
  | { readonly settings?: undefined; readonly problems: Problems };

export function readForm(form: Form, context: FormContext): ReadForm {
  const problems: Partial<Record<Field, Problem>> = {};
  const number = (field: NumberField): number => {
    const { whole, least, most } = NUMBERS[field](form, context);
    const text = form[field].trim();
    const value = text === '' ? Number.NaN : Number(text.replace(',', '.'));
    const good = Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value));
    if (!good) problems[field] = { kind: whole ? 'whole' : 'number', least, most };
    return value;
  };
  const config =
    form.start === 'scratch'
      ? ownConfig(form, context, number, problems)
      : tunedConfig(form, context, number, problems);
  const weightDecay = number('weightDecay');
  const optimizer = optimizerWith(form.optimizer, problems.weightDecay ? {} : { weightDecay });
  const settings = {
    ...({ start: form.start, trainable: form.start === 'scratch' ? 'all' : form.trainable, optimizer } as const),
    ...{ images: number('images'), epochs: number('epochs'), batch: number('batch') },
    ...{ learningRate: number('learningRate'), schedule: form.schedule, warmup: number('warmup') },
    ...{ labelSmoothing: number('labelSmoothing'), mirror: form.mirror, shift: number('shift'), seed: number('seed') },
    ...({ recompute: form.recompute, precision: form.halves ? 'f16-storage' : 'f32' } as const),
    memory: number('memory') * 1e9,
  };
  if (!config || Object.keys(problems).length > 0) return { problems };
  return { settings: { ...settings, config } };
}

type ReadNumber = (field: NumberField) => number;
type Found = Partial<Record<Field, Problem>>;

function ownConfig(form: Form, context: FormContext, number: ReadNumber, problems: Found): DenseNetConfig | undefined {
  const blockLayers = readBlocks(form.blocks);
  if (!blockLayers) problems.blocks = { kind: 'blocks' };
  const config = {
    ...{ stem: form.stem, growthRate: number('growthRate'), initialChannels: number('initialChannels') },
    ...{ bottleneckWidth: number('bottleneckWidth'), compression: number('compression'), dropout: number('dropout') },
    ...{ classes: context.classes, blockLayers: blockLayers ?? [1] },
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
function tunedConfig(_: Form, context: FormContext, number: ReadNumber, problems: Found): DenseNetConfig | undefined {
  const { inUse, size, classes } = context;
  const dropout = number('dropout');
  if (!inUse) problems.start = { kind: 'inUse', what: 'none' };
  else if (size ? size.channels !== inUse.inputChannels : ![1, 3].includes(inUse.inputChannels)) {
    problems.start = { kind: 'inUse', what: 'channels' };
  }
  if (!inUse || problems.start || problems.dropout) return undefined;
  const { height, width } = size ?? inUse;
  const autotuned = checked({ ...inUse, height, width, classes, dropout }, {});
  if (!autotuned) problems.start = { kind: 'inUse', what: 'size' };
  return autotuned;
}

/** The configuration, or what the fields' own ranges do not tell. */
function checked(config: DenseNetConfig, problems: Found): DenseNetConfig | undefined {
  const maps = mapSizes(config).blocks;
  const gone = maps.findIndex(({ height, width }) => height < 1 || width < 1);
  if (gone >= 0) problems.blocks = { kind: 'shrinks', block: gone + 1 };
  let channels = config.initialChannels;
  for (const [b, layers] of config.blockLayers.slice(0, -1).entries()) {
    channels = Math.floor((channels + layers * config.growthRate) * config.compression);
    if (channels < 1) problems.compression ??= { kind: 'keepsNothing', transition: b + 1 };
  }
  return Object.keys(problems).length > 0 ? undefined : checkConfig(config);
}

const MOST_BLOCKS = 8;
const MOST_LAYERS = 128;

/** `6, 12 24` as [6, 12, 24]; undefined where it is no list of one to eight numbers from 1 to 128. */
export function readBlocks(text: string): readonly number[] | undefined {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const numbers = parts.map(Number);
  const good = numbers.every((n) => Number.isInteger(n) && n >= 1 && n <= MOST_LAYERS);
  return good && numbers.length >= 1 && numbers.length <= MOST_BLOCKS ? numbers : undefined;
}

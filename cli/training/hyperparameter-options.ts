// The options of `train` that are hyperparameters: flags, help, limits and defaults come from the fields' own table, and so
// do the values of a run, which the options of a resumed run may not contradict.
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  choicesOf,
  type FieldInfo,
  infoOf,
  limitsOf,
  listLimitsOf,
  parse,
  type Schema,
} from '../../src/data/schema.ts';
import { CONFIG_FIELDS } from '../../src/densenet/config.ts';
import {
  AUGMENTATION_PRESET_NAMES,
  AUGMENTATION_PRESETS,
  AUGMENTATIONS,
} from '../../src/densenet/train/augmentation.ts';
import { HYPERPARAMETER_FIELDS, type Hyperparameters } from '../../src/densenet/train/hyperparameters.ts';
import { LOSS_KINDS, lossOf } from '../../src/densenet/train/losses.ts';
import {
  isOptimizer,
  OPTIMIZER_KINDS,
  type OptimizerKind,
  type OptimizerOptions,
  optimizerOf,
  optimizerWith,
} from '../../src/densenet/train/optimizers.ts';
import { PARAMETER_GROUPS } from '../../src/densenet/train/parameter-groups.ts';
import { SCHEDULE_NAMES, scheduleRow } from '../../src/densenet/train/schedules.ts';
import { WEIGHT_AVERAGE } from '../../src/densenet/train/weight-average.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { numberList } from '../options.ts';

/** What Commander makes of the options: values by attribute, undefined where an option was not given. */
export type GivenOptions = Readonly<Record<string, unknown>>;

export interface HyperparameterOption {
  /** `--label-smoothing`. */
  readonly flag: string;
  /** Commander's name for its value: `labelSmoothing`. */
  readonly attribute: string;
  /** The field's name in its record. */
  readonly field: string;
  readonly option: Option;
  readonly otherwise: FieldInfo['default'];
  /** The value that a run has; undefined: none. */
  of(hyperparameters: Hyperparameters): unknown;
}

type Fields = Readonly<Record<string, Schema<unknown>>>;

/** @param defaultText what help says of a field's default where that depends on the optimizer; '' where it does not */
function optionsOf(
  fields: Fields,
  of: (hyperparameters: Hyperparameters) => object,
  defaultText: (field: string) => string = () => '',
): HyperparameterOption[] {
  return Object.entries(fields).flatMap(([field, schema]) => {
    const info = infoOf(schema);
    if (info?.option === undefined) return [];
    const option = optionFor(info.option, info.help + defaultText(field), schema, info.default);
    return {
      flag: option.long ?? '',
      attribute: option.attributeName(),
      field,
      option,
      otherwise: info.default,
      of: (hyperparameters: Hyperparameters): unknown => Reflect.get(of(hyperparameters), field),
    };
  });
}

/** @param otherwise the default, which help shows but which is not set: where an option is not given, its value may come from elsewhere */
function optionFor(flags: string, help: string, schema: Schema<unknown>, otherwise: unknown): Option {
  const text = otherwise === undefined || otherwise === false ? help : `${help} (default: ${otherwise})`;
  const option = new Option(flags, text);
  const choices = choicesOf(schema);
  if (choices) return option.choices(choices);
  if (!option.required) return option;
  const isNumber = limitsOf(schema) !== undefined;
  return option.argParser((given: string) => {
    const value = isNumber
      ? numberOf(given)
      : isList(flags, given)
        ? numberList(given)
        : isPatterns(schema)
          ? given.split(',')
          : given;
    try {
      return parse(schema, value, flags);
    } catch (error) {
      if (error instanceof ConfigError) throw new InvalidArgumentError(`It ${error.problem}.`);
      throw error;
    }
  });
}

/** An option of numbers separated by commas; some may be a word instead. */
const isList = (flags: string, given: string): boolean => flags.includes(',') && !/^[a-z]+$/.test(given);

/** A list of texts. */
const isPatterns = (schema: Schema<unknown>): boolean => listLimitsOf(schema) !== undefined;

const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

/** Options of optimizers by field: two optimizers may share one. */
const OPTIMIZER_FIELDS: Fields = Object.assign({}, ...OPTIMIZER_KINDS.map((kind) => optimizerOf(kind).fields));

/** The default of each optimizer, for help: ` (default: 0.1 with sgd, 0.005 with adamw)`. */
function byOptimizer(defaultOf: (kind: OptimizerKind) => unknown): string {
  const stated = OPTIMIZER_KINDS.flatMap((kind) => {
    const value = defaultOf(kind);
    return value === undefined ? [] : [`${value} with ${kind}`];
  });
  return ` (default: ${stated.join(', ')})`;
}

const defaultRate = (field: string): string =>
  field === 'learningRate' ? byOptimizer((kind) => optimizerOf(kind).learningRate.scratch) : '';
const optimizerDefault = (field: string): string =>
  byOptimizer((kind) => Reflect.get(optimizerOf(kind).defaults, field));

/** Options of schedules by field, and of losses. */
export const SCHEDULE_FIELDS: Fields = Object.assign({}, ...SCHEDULE_NAMES.map((name) => scheduleRow(name).fields));
export const LOSS_FIELDS: Fields = Object.assign({}, ...LOSS_KINDS.map((kind) => lossOf(kind).fields));

/** ` (default: 10 with plateau)`; nothing for an empty list, which the help text explains. */
function scheduleDefault(field: string): string {
  const stated = SCHEDULE_NAMES.flatMap((name) => {
    const value: unknown = scheduleRow(name).defaults[field];
    return value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [`${value} with ${name}`];
  });
  return stated.length > 0 ? ` (default: ${stated.join(', ')})` : '';
}

const OPTIMIZER: HyperparameterOption = {
  flag: '--optimizer',
  attribute: 'optimizer',
  field: 'optimizer',
  otherwise: 'adamw',
  option: new Option('--optimizer <name>', 'which optimizer (default: adamw)').choices(OPTIMIZER_KINDS),
  of: ({ optimizer }) => optimizer.kind,
};

/** What the augmentations default to. */
export const PRESET_OPTION = new Option(
  '--augment <preset>',
  'augmentations that single options change (default: light; strong: shift, TrivialAugment, erasing, mixup and cutmix)',
).choices(AUGMENTATION_PRESET_NAMES);

/** The augmentations of the preset that was asked for; of none, where none was. */
export function presetOf({ augment }: GivenOptions): GivenOptions {
  const name = AUGMENTATION_PRESET_NAMES.find((preset) => preset === augment);
  return name ? AUGMENTATION_PRESETS[name] : {};
}

/** Whether a flag is on by default, or by some preset, so that one may want it off. */
const mayBeOn = ({ field, otherwise }: HyperparameterOption): boolean =>
  otherwise === true || Object.values(AUGMENTATION_PRESETS).some((preset) => Reflect.get(preset, field) === true);

/** In the order in which help shows them. */
export const HYPERPARAMETER_OPTIONS: readonly HyperparameterOption[] = [
  ...optionsOf({ dropout: CONFIG_FIELDS.dropout }, ({ config }) => config),
  OPTIMIZER,
  ...optionsOf(HYPERPARAMETER_FIELDS, (hyperparameters) => hyperparameters, defaultRate),
  ...optionsOf(SCHEDULE_FIELDS, ({ scheduleOptions }) => scheduleOptions, scheduleDefault),
  ...optionsOf(LOSS_FIELDS, ({ lossOptions }) => lossOptions),
  ...optionsOf(PARAMETER_GROUPS, ({ groups }) => groups),
  ...optionsOf(WEIGHT_AVERAGE, ({ average }) => average),
  ...optionsOf(OPTIMIZER_FIELDS, ({ optimizer }) => optimizer, optimizerDefault),
  ...optionsOf(AUGMENTATIONS, ({ augment }) => augment),
];

/** The option for a field, for a command that has no other hyperparameters. */
export function hyperparameterOption(field: keyof typeof HYPERPARAMETER_FIELDS): Option {
  const found = BY_FIELD.get(field)?.option;
  if (!found) throw new TypeError(`the hyperparameter ${field} has no option`);
  return found;
}

const BY_FIELD = new Map(HYPERPARAMETER_OPTIONS.map((option) => [option.field, option]));

/**
 * Adds them; a flag that is on by default can be turned off.
 * @param isMeant which fields; left out: all
 */
export function addHyperparameterOptions(command: Command, isMeant: (field: string) => boolean = () => true): Command {
  for (const each of HYPERPARAMETER_OPTIONS.filter(({ field }) => isMeant(field))) {
    const { option } = each;
    command.addOption(option);
    if (mayBeOn(each)) command.option(`--no-${option.name()}`, `do not ${option.description.replace(/ \(.*/, '')}`);
  }
  return command.addOption(PRESET_OPTION);
}

/** A record's fields as the options say, then as `stated`, then by default; what none of them says is left out. */
export function chosen(fields: Fields, options: GivenOptions, stated: GivenOptions = {}): GivenOptions {
  const values = Object.keys(fields).map((field): [string, unknown] => {
    const option = BY_FIELD.get(field);
    return [field, (option && options[option.attribute]) ?? stated[field] ?? option?.otherwise];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** What options and --config say of a record's fields, and nothing else: the others have defaults of their own. */
export function given(fields: Fields, options: GivenOptions, stated: GivenOptions): GivenOptions {
  const values = Object.keys(fields).map((field): [string, unknown] => {
    const option = BY_FIELD.get(field);
    return [field, (option && options[option.attribute]) ?? stated[field]];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/**
 * The optimizer that options and --config ask for.
 * @param stated what --config says of it, `kind` and options
 * @throws ConfigError for an option of another optimizer
 */
export function chosenOptimizer(options: GivenOptions, stated: GivenOptions): OptimizerOptions {
  const kind = options.optimizer ?? stated.kind ?? OPTIMIZER.otherwise;
  if (!isOptimizer(kind)) throw new ConfigError('--optimizer', kind, `must be ${OPTIMIZER_KINDS.join(' or ')}`);
  const { fields } = optimizerOf(kind);
  for (const field of Object.keys(OPTIMIZER_FIELDS)) {
    const option = BY_FIELD.get(field);
    const value = option && options[option.attribute];
    if (!option || value === undefined || Object.hasOwn(fields, field)) continue;
    const owners = OPTIMIZER_KINDS.filter((other) => Object.hasOwn(optimizerOf(other).fields, field));
    throw new ConfigError(option.flag, value, `is for --optimizer ${owners.join(' or ')}, not ${kind}`);
  }
  return optimizerWith(kind, chosen(fields, options, stated));
}

/** Calls `make`; its errors about a field become errors about the field's option. */
export function byOption<T>(make: () => T): T {
  try {
    return make();
  } catch (thrown) {
    const option = thrown instanceof ConfigError ? BY_FIELD.get(thrown.field.replace(/^.*\./, '')) : undefined;
    if (!option || !(thrown instanceof ConfigError)) throw thrown;
    throw new ConfigError(option.flag, thrown.value, thrown.problem);
  }
}

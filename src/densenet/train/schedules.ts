// Every schedule of the learning rate has a row in one table: its options with their checks, and how it is made from the functions
// of learning-rates.ts.

import {
  type Fields,
  field,
  list,
  number,
  type Output,
  object,
  parse,
  whole as wholeNumber,
} from '../../data/schema.ts';
import { ConfigError } from '../../runtime/errors.ts';
import {
  aFunction,
  anObject,
  anything,
  checkOptions,
  oneOf,
  type Rules,
  required,
  whole,
} from '../../runtime/options.ts';
import {
  constant,
  cosine,
  cosineRestarts,
  oneCycle,
  plateauRate,
  polynomial,
  type Schedule,
  stepped,
  warmup,
} from './learning-rates.ts';

/** What a schedule of a run is laid over. */
export interface Span {
  /** The rate that it starts from, or its peak. */
  readonly rate: number;
  /** Steps behind the warm-up, which the schedule counts from 0. */
  readonly total: number;
  /** Steps of the warm-up. */
  readonly warmup: number;
  /** Updates of an epoch. */
  readonly updates: number;
  /** The validation losses of the epochs that are over. */
  losses(): readonly number[];
}

interface ScheduleRow<F extends Fields = Fields> {
  /** Its options. */
  readonly fields: F;
  readonly defaults: Output<F>;
  /** Whether a run may be given more epochs: nothing of it depends on how many there are. */
  isOpen(options: Output<F>): boolean;
  /** It rises by itself: warm-up cannot be combined with it. */
  readonly rises?: true;
  make(span: Span, options: Output<F>): Schedule;
}

/* @__NO_SIDE_EFFECTS__ */
const define = <const F extends Fields>(row: ScheduleRow<F>): ScheduleRow<F> => row;

const EPOCHS = number({ min: 0 });
const MIN_RATE = field(number({ min: 0 }), { help: 'the learning rate falls no lower', option: '--min-lr <rate>' });
const never = (): boolean => false;
const always = (): boolean => true;

/** Every schedule by the name that hyperparameters have for it. */
export const SCHEDULES = {
  /** The peak rate throughout. */
  constant: define({ fields: {}, defaults: {}, isOpen: always, make: ({ rate }) => constant(rate) }),
  /** Multiplied at milestones. */
  step: define({
    fields: {
      /** Epochs, counted from the run's start; none: half and three quarters of it (paper, section 4.2). */
      milestones: field(list(EPOCHS), {
        help: 'epochs at which the learning rate is multiplied by --gamma; default: at half and three quarters of the run',
        option: '--milestones <epochs,epochs>',
      }),
      /** Of torch.optim.lr_scheduler.MultiStepLR. */
      gamma: field(number({ above: 0 }), {
        help: 'what milestones multiply the learning rate by',
        option: '--gamma <factor>',
      }),
    },
    defaults: { milestones: [], gamma: 0.1 },
    isOpen: ({ milestones }) => milestones.length > 0,
    make: ({ rate, total, warmup, updates }, { milestones, gamma }) => {
      // Dividing by 10 and multiplying by 0.1 round otherwise; runs divide.
      if (milestones.length === 0) return stepped(rate, total, [0.5, 0.75], 1 / gamma);
      const steps = milestones.map((epoch) => Math.round(epoch * updates) - warmup);
      return (step) => rate / (1 / gamma) ** steps.filter((first) => step >= first).length;
    },
  }),
  /** Half a cosine. */
  cosine: define({
    fields: { minLearningRate: MIN_RATE },
    defaults: { minLearningRate: 0 },
    isOpen: never,
    make: ({ rate, total }, { minLearningRate }) => cosine(rate, total, minLearningRate),
  }),
  /** Half a cosine, again and again. */
  'cosine-restarts': define({
    fields: {
      /** Epochs of the first period: PyTorch's T_0. */
      restartEpochs: field(number({ above: 0 }), {
        help: 'epochs until the learning rate starts again',
        unit: 'epochs',
        option: '--restart-epochs <epochs>',
      }),
      /** How much longer each further period is: PyTorch's T_mult. */
      restartFactor: field(wholeNumber(1, 100), {
        help: 'how many times as long each further period is',
        option: '--restart-factor <n>',
      }),
      minLearningRate: MIN_RATE,
    },
    defaults: { restartEpochs: 10, restartFactor: 1, minLearningRate: 0 },
    isOpen: always,
    make: ({ rate, updates }, { restartEpochs, restartFactor, minLearningRate }) =>
      cosineRestarts(rate, restartEpochs * updates, restartFactor, minLearningRate),
  }),
  /** Up and down again. */
  'one-cycle': define({
    fields: {
      pctStart: field(number({ min: 0, max: 1 }), {
        help: 'share of the run in which the learning rate rises',
        option: '--pct-start <share>',
      }),
      divFactor: field(number({ above: 0 }), {
        help: 'the first learning rate is the peak divided by this',
        option: '--div-factor <n>',
      }),
      finalDivFactor: field(number({ above: 0 }), {
        help: 'the last learning rate is the first divided by this',
        option: '--final-div-factor <n>',
      }),
    },
    defaults: { pctStart: 0.3, divFactor: 25, finalDivFactor: 1e4 },
    isOpen: never,
    rises: true,
    make: ({ rate, total }, options) => oneCycle(rate, total, options),
  }),
  /** A power of what is left of the run. */
  polynomial: define({
    fields: {
      power: field(number({ above: 0 }), { help: 'exponent of the polynomial; 1: linear', option: '--power <p>' }),
      minLearningRate: MIN_RATE,
    },
    defaults: { power: 1, minLearningRate: 0 },
    isOpen: never,
    make: ({ rate, total }, { power, minLearningRate }) => polynomial(rate, total, power, minLearningRate),
  }),
  /** Lower whenever the validation loss does not fall any more. */
  plateau: define({
    fields: {
      factor: field(number({ above: 0, below: 1 }), {
        help: 'what the learning rate is multiplied by on a plateau',
        option: '--plateau-factor <factor>',
      }),
      patience: field(wholeNumber(0, 1e9), {
        help: 'epochs without a lower validation loss that are no plateau yet',
        unit: 'epochs',
        option: '--plateau-patience <epochs>',
      }),
      threshold: field(number({ min: 0, below: 1 }), {
        help: 'share by which a validation loss must be below the best one to be lower',
        option: '--plateau-threshold <share>',
      }),
      minLearningRate: MIN_RATE,
    },
    defaults: { factor: 0.1, patience: 10, threshold: 1e-4, minLearningRate: 0 },
    isOpen: always,
    make: ({ rate, warmup, updates, losses }, { minLearningRate: floor, ...options }) => {
      return (step) => {
        const epoch = Math.floor((step + warmup) / updates);
        const known = losses();
        if (known.length < epoch)
          throw new ConfigError(
            'schedule',
            'plateau',
            `needs the validation losses of ${epoch} epochs at step ${step + warmup}; ${known.length} are known`,
          );
        return plateauRate(rate, known.slice(0, epoch), { ...options, floor });
      };
    },
  }),
} as const;

/**
 * The name of a schedule.
 * @useDeclaredType
 */
export type ScheduleName = keyof typeof SCHEDULES;
const isSchedule = (name: string): name is ScheduleName => Object.hasOwn(SCHEDULES, name);
export const SCHEDULE_NAMES: readonly ScheduleName[] = /* @__PURE__ */ Object.keys(SCHEDULES).filter(isSchedule);

/** A row of the table, where it does not matter which. */
export const scheduleRow = (name: ScheduleName): ScheduleRow => SCHEDULES[name];

/** A schedule's own options by name, as `SCHEDULES` has them. */
export type ScheduleSettings = Readonly<Record<string, unknown>>;

/**
 * A schedule's options, those that are left out at their defaults.
 * @throws ConfigError for an option of another schedule, or a value that cannot be
 */
export function scheduleSettings(name: ScheduleName, given: unknown = {}): ScheduleSettings {
  const { fields, defaults } = scheduleRow(name);
  if (typeof given !== 'object' || given === null) return parse(object(fields), given, 'scheduleOptions');
  for (const [option, value] of Object.entries(given)) {
    const owners = SCHEDULE_NAMES.filter((other) => Object.hasOwn(scheduleRow(other).fields, option));
    if (Object.hasOwn(fields, option) || owners.length === 0) continue;
    throw new ConfigError(option, value, `is for schedule ${owners.join(' or ')}, not ${name}`);
  }
  return parse(object(fields), { ...defaults, ...given }, 'scheduleOptions');
}

/** Whether a run may be given more epochs without any earlier learning rate being another. */
export const isOpenSchedule = (name: ScheduleName, settings: ScheduleSettings): boolean =>
  scheduleRow(name).isOpen(settings);

/** A schedule over a whole run. */
export interface ScheduleOptions {
  /** Which one. */
  readonly name: ScheduleName;
  /** The learning rate that it starts from, after warm-up; of one-cycle the peak. */
  readonly rate: number;
  /** Steps of the whole run, warm-up counted. */
  readonly total: number;
  /** Steps of a linear rise ahead of it. Default 0. */
  readonly warmup?: number;
  /** Steps of an epoch, in which milestones, restarts and plateaus are counted. Default: the whole run. */
  readonly updatesPerEpoch?: number;
  /** The schedule's own options. Default: its defaults. */
  readonly settings?: ScheduleSettings;
  /** Of plateau: the validation losses of the epochs that are over, asked at each step. Default: none are. */
  readonly losses?: () => readonly number[];
}

/** Made when it is asked: a page that has one schedule needs no table of them. */
const scheduleRules = () =>
  ({
    name: required(oneOf(...SCHEDULE_NAMES)),
    rate: anything, // reported as learningRate, which is the option's name
    total: required(whole(0, 2 ** 53 - 1)),
    warmup: anything,
    updatesPerEpoch: whole(1, 2 ** 53 - 1),
    settings: anObject, // the schedule checks them
    losses: aFunction,
  }) satisfies Rules<ScheduleOptions>;

/**
 * A schedule from options.
 * @throws ConfigError for a rate that is not positive, an unknown name, a warm-up as long as the run, a schedule's option
 * that cannot be
 */
export function makeSchedule(options: ScheduleOptions): Schedule {
  checkOptions<ScheduleOptions>('options of a schedule', options, scheduleRules());
  const { name, rate, total, warmup: rise = 0, losses = () => [] } = options;
  if (!(rate > 0) || !Number.isFinite(rate)) throw new ConfigError('learningRate', rate, 'must be above 0');
  if (!Number.isInteger(rise) || rise < 0 || (rise > 0 && rise >= total)) {
    throw new ConfigError('warmup', rise, `must be a whole number of steps below ${total}`);
  }
  const row = scheduleRow(name);
  if (rise > 0 && row.rises)
    throw new ConfigError('warmup', rise, `must be 0 with schedule ${name}, which rises by itself`);
  const settings = scheduleSettings(name, options.settings);
  const { minLearningRate } = settings;
  if (typeof minLearningRate === 'number' && minLearningRate > rate)
    throw new ConfigError('minLearningRate', minLearningRate, `must be at most the learning rate, ${rate}`);
  const updates = options.updatesPerEpoch ?? Math.max(1, total);
  const shape = row.make({ rate, total: Math.max(1, total - rise), warmup: rise, updates, losses }, settings);
  return rise > 0 ? warmup(rise, shape) : shape;
}

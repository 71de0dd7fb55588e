// Learning rates over a run: pure functions of the step, counted from 0, out of `total`.

import { ConfigError } from '../../runtime/errors.ts';
import {
  aFunction,
  aNumber,
  anything,
  atLeast,
  check,
  checkOptions,
  must,
  oneOf,
  type Rule,
  type Rules,
  required,
  whole,
} from '../../runtime/options.ts';

/** Learning rate at a step, counted from 0. */
export type Schedule = (step: number) => number;

const RATE: Rule = atLeast(0);
const TOTAL: Rule = whole(1, 2 ** 53 - 1);

/** @throws ConfigError for a rate that is not a finite number, 0 or more */
export function constant(rate: number): Schedule {
  check('rate', rate, RATE);
  return () => rate;
}

/**
 * The paper's: divided by `factor` at each milestone, a fraction of the run (section 4.2: 10, at 50 % and 75 %).
 * @throws ConfigError for numbers that cannot be
 */
export function stepped(
  rate: number,
  total: number,
  milestones: readonly number[] = [0.5, 0.75],
  factor = 10,
): Schedule {
  check('rate', rate, RATE);
  check('total', total, TOTAL);
  check('milestones', milestones, MILESTONES);
  check(
    'factor',
    factor,
    aNumber((value) => value > 0, 'must be a number above 0'),
  );
  const steps = milestones.map((milestone) => Math.floor(milestone * total));
  return (step) => rate / factor ** steps.filter((first) => step >= first).length;
}

const MILESTONES: Rule = must(
  (value) => Array.isArray(value) && value.every((part) => part >= 0 && part <= 1),
  'must be a list of fractions of the run, from 0 to 1',
);

/**
 * Half a cosine from `rate` to `floor` over `total` steps (Loshchilov and Hutter, 1608.03983); afterwards `floor`.
 * @throws ConfigError for numbers that cannot be
 */
export function cosine(rate: number, total: number, floor = 0): Schedule {
  check('rate', rate, RATE);
  check('total', total, TOTAL);
  check('floor', floor, RATE);
  return (step) => floor + ((rate - floor) * (1 + Math.cos((Math.PI * Math.min(step, total)) / total))) / 2;
}

/**
 * A linear rise over the first `steps`, then `after`, whose steps count from the rise's end.
 * @throws ConfigError for numbers that cannot be, and an `after` that is no schedule
 */
export function warmup(steps: number, after: Schedule): Schedule {
  check('steps', steps, whole(0, 2 ** 53 - 1));
  check('after', after, aFunction);
  return (step) => (step < steps ? (after(0) * (step + 1)) / steps : after(step - steps));
}

/** Every schedule by the name that hyperparameters have for it: from a rate and the steps after warm-up. */
export const SCHEDULES = {
  constant,
  step: stepped,
  cosine,
} as const satisfies Readonly<Record<string, (rate: number, total: number) => Schedule>>;

/**
 * The name of a schedule.
 * @useDeclaredType
 */
export type ScheduleName = keyof typeof SCHEDULES;
const isSchedule = (name: string): name is ScheduleName => Object.hasOwn(SCHEDULES, name);
export const SCHEDULE_NAMES: readonly ScheduleName[] = Object.keys(SCHEDULES).filter(isSchedule);

/** A schedule over a whole run. */
export interface ScheduleOptions {
  /** Which one. */
  readonly name: ScheduleName;
  /** The learning rate that it starts from, after warm-up. */
  readonly rate: number;
  /** Steps of the whole run, warm-up counted. */
  readonly total: number;
  /** Steps of a linear rise ahead of it. Default 0. */
  readonly warmup?: number;
}

const SCHEDULE_OPTIONS = {
  name: required(oneOf(...SCHEDULE_NAMES)),
  rate: anything, // reported as learningRate, which is the option's name
  total: required(whole(0, 2 ** 53 - 1)),
  warmup: anything,
} satisfies Rules<ScheduleOptions>;

/**
 * A schedule from options.
 * @throws ConfigError for a rate that is not positive, an unknown name, a warm-up as long as the run
 */
export function makeSchedule(options: ScheduleOptions): Schedule {
  checkOptions<ScheduleOptions>('options of a schedule', options, SCHEDULE_OPTIONS);
  const { name, rate, total, warmup: rise = 0 } = options;
  if (!(rate > 0) || !Number.isFinite(rate)) throw new ConfigError('learningRate', rate, 'must be above 0');
  if (!Number.isInteger(rise) || rise < 0 || (rise > 0 && rise >= total)) {
    throw new ConfigError('warmup', rise, `must be a whole number of steps below ${total}`);
  }
  const shape = SCHEDULES[name](rate, Math.max(1, total - rise));
  return rise > 0 ? warmup(rise, shape) : shape;
}

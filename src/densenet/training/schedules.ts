// Learning rates over a run: pure functions of the step, counted from 0, out of `total`.

import { ConfigError } from '../../runtime/errors.ts';

export type Schedule = (step: number) => number;

export const constant =
  (rate: number): Schedule =>
  () =>
    rate;

/** The paper's: divided by `factor` at each milestone, a fraction of the run (section 4.2: 10, at 50 % and 75 %). */
export const stepped =
  (rate: number, total: number, milestones: readonly number[] = [0.5, 0.75], factor = 10): Schedule =>
  (step) =>
    rate / factor ** milestones.filter((m) => step >= Math.floor(m * total)).length;

/** Half a cosine from `rate` to `floor` (Loshchilov and Hutter, 1608.03983). */
export const cosine =
  (rate: number, total: number, floor = 0): Schedule =>
  (step) =>
    floor + ((rate - floor) * (1 + Math.cos((Math.PI * Math.min(step, total)) / total))) / 2;

/** A linear rise over the first `steps`, then `after`, whose steps count from the rise's end. */
export const warmup =
  (steps: number, after: Schedule): Schedule =>
  (step) =>
    step < steps ? (after(0) * (step + 1)) / steps : after(step - steps);

export type ScheduleName = 'constant' | 'step' | 'cosine';

export interface ScheduleOptions {
  readonly name: ScheduleName;
  readonly rate: number;
  /** Steps of the whole run, warm-up counted. */
  readonly total: number;
  readonly warmup?: number;
}

/**
 * A schedule from options.
 * @throws ConfigError for a rate that is not positive, an unknown name, a warm-up as long as the run
 */
export function makeSchedule({ name, rate, total, warmup: rise = 0 }: ScheduleOptions): Schedule {
  if (!(rate > 0) || !Number.isFinite(rate)) throw new ConfigError('learningRate', rate, 'must be above 0');
  if (!Number.isInteger(rise) || rise < 0 || (rise > 0 && rise >= total)) {
    throw new ConfigError('warmup', rise, `must be a whole number of steps below ${total}`);
  }
  const rest = Math.max(1, total - rise);
  const shapes: Readonly<Record<ScheduleName, Schedule>> = {
    constant: constant(rate),
    step: stepped(rate, rest),
    cosine: cosine(rate, rest),
  };
  if (!Object.hasOwn(shapes, name)) throw new ConfigError('schedule', name, 'must be constant, step or cosine');
  return rise > 0 ? warmup(rise, shapes[name]) : shapes[name];
}

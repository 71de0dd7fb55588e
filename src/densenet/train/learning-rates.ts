// Learning rates over a run: pure functions of the step, counted from 0, out of `total`; of plateau, also of the epochs
// before it. schedules.ts has a row for each.

import { aFunction, aNumber, atLeast, check, must, type Rule, whole } from '../../runtime/options.ts';

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

/**
 * Half a cosine from `rate` to `floor`, again and again, each period `factor` times as long as the one before it (SGDR,
 * Loshchilov and Hutter, 1608.03983; torch.optim.lr_scheduler.CosineAnnealingWarmRestarts).
 * @param period steps of the first one
 * @throws ConfigError for numbers that cannot be
 */
export function cosineRestarts(rate: number, period: number, factor = 1, floor = 0): Schedule {
  check('rate', rate, RATE);
  check(
    'period',
    period,
    aNumber((steps) => steps > 0, 'must be a number of steps above 0'),
  );
  check(
    'factor',
    factor,
    aNumber((times) => times >= 1, 'must be 1 or more'),
  );
  check('floor', floor, RATE);
  return (step) => {
    // The periods before this one are a geometric series; floating point may be off by one at its seams.
    let n =
      factor === 1
        ? Math.floor(step / period)
        : Math.floor(Math.log((step / period) * (factor - 1) + 1) / Math.log(factor));
    const start = (k: number) => (factor === 1 ? k * period : (period * (factor ** k - 1)) / (factor - 1));
    if (start(n) > step) n--;
    if (start(n + 1) <= step) n++;
    return cosineBetween(rate, floor, (step - start(n)) / (period * factor ** n));
  };
}

/** From `from` to `to`, by a share of half a cosine. */
const cosineBetween = (from: number, to: number, share: number): number =>
  to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;

/** What `oneCycle` may be told; PyTorch's names and defaults. */
export interface OneCycleOptions {
  /** Share of the run in which the rate rises. Default 0.3. */
  readonly pctStart?: number;
  /** The first rate is the peak divided by this. Default 25. */
  readonly divFactor?: number;
  /** The last rate is the first divided by this. Default 1e4. */
  readonly finalDivFactor?: number;
}

/**
 * Up to `rate` and down again, both in half a cosine (Smith and Topin, 1708.07120; torch.optim.lr_scheduler.OneCycleLR of
 * two phases). The learning rate alone: momentum stays as it is.
 * @throws ConfigError for numbers that cannot be
 */
export function oneCycle(rate: number, total: number, options: OneCycleOptions = {}): Schedule {
  check('rate', rate, RATE);
  check('total', total, TOTAL);
  const { pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options;
  check(
    'pctStart',
    pctStart,
    aNumber((share) => share >= 0 && share <= 1, 'must lie in [0, 1]'),
  );
  const above = aNumber((value) => value > 0, 'must be a number above 0');
  check('divFactor', divFactor, above);
  check('finalDivFactor', finalDivFactor, above);
  const first = rate / divFactor;
  const last = first / finalDivFactor;
  const peak = pctStart * total - 1;
  return (step) => {
    if (step <= peak) return cosineBetween(first, rate, peak > 0 ? step / peak : 1);
    const rest = total - 1 - peak;
    return cosineBetween(rate, last, rest > 0 ? Math.min(1, (step - peak) / rest) : 1);
  };
}

/**
 * From `rate` to `floor` as a power of what is left of the run; 1: linearly (torch.optim.lr_scheduler.PolynomialLR).
 * @throws ConfigError for numbers that cannot be
 */
export function polynomial(rate: number, total: number, power = 1, floor = 0): Schedule {
  check('rate', rate, RATE);
  check('total', total, TOTAL);
  check(
    'power',
    power,
    aNumber((value) => value > 0, 'must be a number above 0'),
  );
  check('floor', floor, RATE);
  return (step) => floor + (rate - floor) * (1 - Math.min(step, total) / total) ** power;
}

/** What `plateauRate` may be told; PyTorch's names and defaults. */
export interface PlateauOptions {
  /** What the rate is multiplied by. Default 0.1. */
  readonly factor?: number;
  /** Epochs in a row without a better loss that are waited for. Default 10. */
  readonly patience?: number;
  /** By which share a loss must be lower than the best one to be better. Default 1e-4. */
  readonly threshold?: number;
  /** The rate falls no further. Default 0. */
  readonly floor?: number;
}

/**
 * The rate after epochs of these validation losses: lower where they have not fallen for longer than `patience` epochs
 * (torch.optim.lr_scheduler.ReduceLROnPlateau, mode min, relative threshold, no cooldown).
 */
export function plateauRate(rate: number, losses: readonly number[], options: PlateauOptions = {}): number {
  const { factor = 0.1, patience = 10, threshold = 1e-4, floor = 0 } = options;
  let [now, best, bad] = [rate, Number.POSITIVE_INFINITY, 0];
  for (const loss of losses) {
    if (loss < best * (1 - threshold)) [best, bad] = [loss, 0];
    else bad++;
    if (bad <= patience) continue;
    const next = Math.max(now * factor, floor);
    // PyTorch's eps: a smaller change is none.
    if (now - next > 1e-8) now = next;
    bad = 0;
  }
  return now;
}

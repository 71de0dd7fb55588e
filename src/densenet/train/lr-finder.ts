// Finding a learning rate (Smith, 1506.01186, section 3.3; fastai's lr_find): steps at rates that rise exponentially, their
// smoothed losses, and where they fall best. The trainer's state afterwards is the one from before, bit for bit.

import { ConfigError, NotFiniteError } from '../../runtime/errors.ts';
import { aNumber, check, checkInstance, checkOptions, must, type Rules, whole } from '../../runtime/options.ts';
import type { Signal } from '../../runtime/signal.ts';
import { type Batch, Trainer } from './trainer.ts';

/** How a sweep goes. */
export interface LrFinderOptions {
  /** The first rate. Default 1e-7, as fastai's. */
  readonly from?: number;
  /** The last rate. Default 10. */
  readonly to?: number;
  /** Steps at most. Default 100. */
  readonly steps?: number;
  /** Decay of the loss's running average, whose bias is corrected. Default 0.98. */
  readonly smoothing?: number;
  /** It ends where the smoothed loss is more than so many times the least one. Default 4. */
  readonly divergence?: number;
  /** Ends the sweep behind the step under way. */
  readonly signal?: Pick<Signal, 'aborted'>;
  /** Called after each step. */
  readonly onStep?: (point: LrPoint) => void;
}

/** A step of the sweep. */
export interface LrPoint {
  /** Learning rate. */
  readonly rate: number;
  /** The step's own loss. */
  readonly loss: number;
  /** The running average. */
  readonly smoothed: number;
}

/** What a sweep came to. */
export interface LrSweep {
  /** In the order of the rates. */
  readonly points: readonly LrPoint[];
  /** Why it ended: all rates were tried, the loss diverged or was no number, or it was aborted. */
  readonly ended: 'complete' | 'diverged' | 'not-finite' | 'aborted';
  /** Rates to train with; undefined where there are too few points to tell. */
  readonly suggestions: LrSuggestions | undefined;
}

/** Fastai's rules. */
export interface LrSuggestions {
  /** Two thirds of the way down the longest valley of the curve: the one to take. */
  readonly valley: number;
  /** Where the loss falls fastest over the logarithm of the rate. */
  readonly steepest: number;
  /** A tenth of the rate of the least loss. */
  readonly minimum: number;
}

const positive = aNumber((value) => value > 0, 'must be a number above 0');
const OPTIONS = {
  from: positive,
  to: positive,
  steps: whole(2, 1e6),
  smoothing: aNumber((value) => value >= 0 && value < 1, 'must lie in [0, 1)'),
  divergence: aNumber((value) => value > 1, 'must be a number above 1'),
  signal: must((value) => typeof value === 'object' && value !== null && 'aborted' in value, 'must be an AbortSignal'),
  onStep: must((value) => typeof value === 'function', 'must be a function'),
} satisfies Rules<LrFinderOptions>;

/** The rates of a sweep: so many from `from` to `to`, each the same multiple of the one before it. */
export const sweepRates = (from: number, to: number, steps: number): readonly number[] =>
  Array.from({ length: steps }, (_, i) => from * (to / from) ** (i / (steps - 1)));

/**
 * Trains for some steps at rising rates, and goes back to where the trainer was.
 * @param batches the step's batch or micro-batches, asked once per step from 0
 * @throws ConfigError for options that cannot be; what `batches` and the trainer throw, with the state restored
 */
export async function findLearningRate(
  trainer: Trainer,
  batches: (step: number) => Batch | readonly [Batch, ...Batch[]] | Promise<Batch | readonly [Batch, ...Batch[]]>,
  options: LrFinderOptions = {},
): Promise<LrSweep> {
  checkInstance('trainer', trainer, Trainer, 'Trainer', 'await Trainer.create(model, options)');
  check(
    'batches',
    batches,
    must((value) => typeof value === 'function', 'must be a function of the step'),
  );
  checkOptions<LrFinderOptions>('options of findLearningRate', options, OPTIONS);
  const { from = 1e-7, to = 10, steps = 100, smoothing = 0.98, divergence = 4, signal, onStep } = options;
  if (to <= from) throw new ConfigError('to', to, `must be above the first rate, ${from}`);
  const before = await trainer.state();
  const points: LrPoint[] = [];
  let ended: LrSweep['ended'] = 'complete';
  try {
    const smooth = smoother(smoothing);
    let least = Number.POSITIVE_INFINITY;
    for (const [step, learningRate] of sweepRates(from, to, steps).entries()) {
      if (signal?.aborted) {
        ended = 'aborted';
        break;
      }
      const { loss } = await trainer.step(await batches(step), { learningRate });
      const point = { rate: learningRate, loss, smoothed: smooth(loss) };
      points.push(point);
      onStep?.(point);
      least = Math.min(least, point.smoothed);
      if (point.smoothed > divergence * least) {
        ended = 'diverged';
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof NotFiniteError) || error.found.kind === 'image') throw error;
    ended = 'not-finite';
  } finally {
    trainer.restore(before);
  }
  return { points, ended, suggestions: suggestRates(points, ended === 'complete' || ended === 'aborted') };
}

/** An exponential running average without the bias of its start. */
function smoother(decay: number): (value: number) => number {
  let [average, weight] = [0, 0];
  return (value) => {
    average = decay * average + (1 - decay) * value;
    weight = decay * weight + (1 - decay);
    return average / weight;
  };
}

/** Points that say nothing: the first tenth, where the average has seen too little; and of a sweep that diverged the last ones. */
const DIVERGING = 5;
const LEAST_POINTS = 4;

/**
 * Fastai's suggestions from the smoothed losses.
 * @param isWhole whether the last points count; false: the loss was diverging there
 * @returns undefined for too few points
 */
export function suggestRates(points: readonly LrPoint[], isWhole = false): LrSuggestions | undefined {
  const kept = points.slice(Math.floor(points.length / 10), isWhole ? undefined : -DIVERGING);
  if (kept.length < LEAST_POINTS) return undefined;
  const losses = kept.map(({ smoothed }) => smoothed);
  const rate = (i: number) => kept[i]?.rate ?? Number.NaN;
  return {
    valley: rate(valleyOf(losses)),
    steepest: rate(steepestOf(kept)),
    minimum: rate(losses.indexOf(Math.min(...losses))) / 10,
  };
}

/** The place two thirds down the longest run of falling losses (not necessarily next to each other). */
function valleyOf(losses: readonly number[]): number {
  const at = (list: readonly number[], i: number) => list[i] ?? Number.NaN;
  // The longest falling subsequence that ends at each place.
  const lengths = losses.map(() => 1);
  let end = 0;
  for (let i = 1; i < losses.length; i++) {
    for (let j = 0; j < i; j++) {
      if (at(losses, i) < at(losses, j)) lengths[i] = Math.max(at(lengths, i), at(lengths, j) + 1);
    }
    if (at(lengths, end) < at(lengths, i)) end = i;
  }
  const start = end - at(lengths, end);
  const third = (end - start) / 3;
  return Math.max(0, start + Math.floor(third) + Math.floor(third / 2));
}

/** The place before which the loss falls most per logarithm of the rate. */
function steepestOf(points: readonly LrPoint[]): number {
  const slopes = points.slice(1).map(({ rate, smoothed }, i) => {
    const before = points[i];
    return before ? (smoothed - before.smoothed) / (Math.log(rate) - Math.log(before.rate)) : 0;
  });
  return slopes.indexOf(Math.min(...slopes));
}

/**
 * The curve for a terminal: smoothed loss over the logarithm of the rate, `v` under the suggested one.
 * @param width columns of the curve; @param height its rows
 */
export function sweepText(
  { points, suggestions }: Pick<LrSweep, 'points' | 'suggestions'>,
  width = 60,
  height = 12,
): string {
  const losses = points.map(({ smoothed }) => smoothed).filter(Number.isFinite);
  if (losses.length < 2) return 'too few steps for a curve';
  // What diverges would flatten the rest.
  const [low, top] = [Math.min(...losses), Math.min(Math.max(...losses), 2 * (losses[0] ?? 0))];
  const rows = Array.from({ length: height }, () => Array<string>(width).fill(' '));
  const logs = points.map(({ rate }) => Math.log(rate));
  const [first, last] = [logs[0] ?? 0, logs.at(-1) ?? 1];
  const column = (log: number) => Math.round(((log - first) / (last - first || 1)) * (width - 1));
  for (const [i, { smoothed }] of points.entries()) {
    const share = Math.min(1, Math.max(0, (smoothed - low) / (top - low || 1)));
    const row = rows[Math.round((1 - share) * (height - 1))];
    if (row) row[column(logs[i] ?? 0)] = '*';
  }
  const label = (value: number) => value.toPrecision(3).padStart(9);
  const lines = rows.map(
    (row, i) => `${i === 0 ? label(top) : i === height - 1 ? label(low) : ' '.repeat(9)} |${row.join('')}`,
  );
  const marks = Array<string>(width).fill('-');
  if (suggestions) marks[column(Math.log(suggestions.valley))] = 'v';
  const ends = `${(points[0]?.rate ?? 0).toExponential(0)}${' '.repeat(Math.max(1, width - 12))}${(points.at(-1)?.rate ?? 0).toExponential(0)}`;
  const suggested = suggestions ? [`suggested: ${suggestions.valley.toPrecision(2)} (valley)`] : [];
  return [...lines, `${' '.repeat(9)} +${marks.join('')}`, `${' '.repeat(11)}${ends}`, ...suggested].join('\n');
}

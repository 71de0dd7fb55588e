// What a tuner found on one GPU, as plain JSON, and the choices that follow from it: pure, so that the same tuning gives
// the same plan. Between two measured points each candidate's time is interpolated along the logarithm of the input
// channels; beyond them the nearest point stands.

import type { TileChoice, TileConfig } from '../plan/tile-config.ts';
import { classKey, classOf, type ShapeClass } from './shape-class.ts';

/** Grows when what is stored changes its meaning: older tunings are not read. */
export const AUTOTUNE_VERSION = 2;

/** A tile, and how fast it was. */
export type Candidate = TileChoice & {
  /** Of one run; null where it was struck out, and then `problem` says why. */
  readonly milliseconds: number | null;
  /** Why it was rejected. */
  readonly problem?: string;
};

/** What was measured at one number of input channels. */
export type AutotunedPoint = {
  /** Input channels. */
  readonly inputs: number;
  /** The default first. */
  readonly candidates: readonly Candidate[];
};

/** A shape class (kernel, map size, channels) and its measured points, by input channels. */
export type AutotunedClass = ShapeClass & {
  /** By input channels, ascending. */
  readonly points: readonly AutotunedPoint[];
};

/** What was measured on one GPU, as JSON that an `AutotuneCache` stores. */
export type AutotuneRecord = {
  /** Of the format; records of other versions are ignored. */
  readonly version: typeof AUTOTUNE_VERSION;
  /** Which GPU, which shaders: tuningKey. */
  readonly key: string;
  /** Measured shape classes. */
  readonly classes: readonly AutotunedClass[];
};

export const emptyAutotuneRecord = (key: string): AutotuneRecord => ({ version: AUTOTUNE_VERSION, key, classes: [] });

/** Both; where they know the same class, what is newer. */
export function mergeAutotuneRecords(old: AutotuneRecord, newer: readonly AutotunedClass[]): AutotuneRecord {
  const classes = new Map([...old.classes, ...newer].map((found) => [classKey(found), found]));
  return { ...old, classes: [...classes.values()] };
}

/** Another tile than the default must be faster by this factor: a difference below it is noise. */
const WORTH_IT = 0.97;

/** The choices of a tuning; defaults where it knows nothing. */
export function tileConfigOf({ classes }: AutotuneRecord): TileConfig {
  const byKey = new Map(classes.map((found) => [classKey(found), found]));
  return {
    of: (kernel, size) => {
      const shape = classOf(kernel, size);
      const found = shape && byKey.get(classKey(shape));
      return found && bestOf(interpolate(found.points, shape.inputs));
    },
  };
}

/** The fastest candidate, or the first where none is worth leaving it. */
export function bestOf(candidates: readonly Candidate[]): TileChoice | undefined {
  const [first] = candidates;
  if (!first) return undefined;
  const time = ({ milliseconds }: Candidate) => milliseconds ?? Number.POSITIVE_INFINITY;
  const best = candidates.reduce(
    (fastest, candidate) => (time(candidate) < time(fastest) ? candidate : fastest),
    first,
  );
  const { tile, splitK } = time(best) < WORTH_IT * time(first) ? best : first;
  return { tile, splitK };
}

function interpolate(points: readonly AutotunedPoint[], inputs: number): readonly Candidate[] {
  const after = points.find((point) => point.inputs >= inputs) ?? points.at(-1);
  const before = points.findLast((point) => point.inputs <= inputs) ?? points[0];
  if (!before || !after || before === after) return after?.candidates ?? [];
  const share = Math.log(inputs / before.inputs) / Math.log(after.inputs / before.inputs);
  const both = before.candidates.flatMap((low): Candidate[] => {
    const high = after.candidates.find(({ tile, splitK }) => tile === low.tile && splitK === low.splitK);
    if (high === undefined || low.milliseconds === null || high.milliseconds === null) return [];
    return [{ ...low, milliseconds: low.milliseconds ** (1 - share) * high.milliseconds ** share }];
  });
  // Where the two points have too little in common, the nearer one.
  return both.length > 0 ? both : (share < 0.5 ? before : after).candidates;
}

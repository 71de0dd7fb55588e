// The results of a run side by side, plain JSON. `section.schema.json` beside this file is its schema.

import type { BaselineName } from '../../baselines/baseline.ts';
import type { GpuCounts } from '../../baselines/counters.ts';
import type { CodeSize } from '../../baselines/size.ts';
import type { Difference, BaselineCheck } from '../../baselines/validation.ts';
import type { BaselineWorkload } from '../../baselines/workloads.ts';
import type { Statistics } from '../../statistics.ts';

export type BaselinesSection = readonly SideBySide[];

/** One subject, one row a peer, in the order they were asked for. */
export type SideBySide = {
  readonly subject: BaselineWorkload;
  readonly rows: readonly BaselineRow[];
};

export type BaselineRow = MeasuredBaseline | FailedBaseline;

export type MeasuredBaseline = {
  readonly status: 'done';
  readonly peer: BaselineName;
  readonly version: string;
  /** A small network of the same kind against PyTorch. */
  readonly check: BaselineCheck;
  /** This very subject against ours; null for ours, and where ours failed. */
  readonly difference: Difference | null;
  readonly code: CodeSize;
  /** Milliseconds. */
  readonly preparation: number;
  /** Milliseconds of the first repeat, compiling included. */
  readonly first: number;
  /** Milliseconds of a repeat after that. */
  readonly milliseconds: Statistics;
  readonly imagesPerSecond: number;
  /** Images a second as a multiple of ours; null where ours has none. */
  readonly ratio: number | null;
  /** Of the last repeat. */
  readonly counts: GpuCounts;
  /** Bytes of GPU buffers after the last repeat, and the most there were at any time. */
  readonly liveBytes: number;
  readonly peakBytes: number;
  readonly ended: 'enough repeats' | 'time over' | 'stopped';
};

export type FailedBaseline = {
  /** `wrong`: it ran, and its results are not what they must be. */
  readonly status: 'wrong' | 'failed';
  readonly peer: BaselineName;
  readonly problem: string;
  /** Null where it did not come so far. */
  readonly check: BaselineCheck | null;
  readonly difference: Difference | null;
};

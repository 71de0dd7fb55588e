// The results of a run side by side, plain JSON. `section.schema.json` beside this file is its schema.

import type { PeerName } from '../../baselines/baseline.ts';
import type { GpuCounts } from '../../baselines/counters.ts';
import type { CodeSize } from '../../baselines/size.ts';
import type { Difference, PeerCheck } from '../../baselines/validation.ts';
import type { PeerSubject } from '../../baselines/workloads.ts';
import type { Spread } from '../../statistics.ts';

export type PeersSection = readonly SideBySide[];

/** One subject, one row a peer, in the order they were asked for. */
export type SideBySide = {
  readonly subject: PeerSubject;
  readonly rows: readonly PeerRow[];
};

export type PeerRow = MeasuredPeer | FailedPeer;

export type MeasuredPeer = {
  readonly status: 'done';
  readonly peer: PeerName;
  readonly version: string;
  /** A small network of the same kind against PyTorch. */
  readonly check: PeerCheck;
  /** This very subject against ours; null for ours, and where ours failed. */
  readonly difference: Difference | null;
  readonly code: CodeSize;
  /** Milliseconds. */
  readonly preparation: number;
  /** Milliseconds of the first repeat, compiling included. */
  readonly first: number;
  /** Milliseconds of a repeat after that. */
  readonly milliseconds: Spread;
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

export type FailedPeer = {
  /** `wrong`: it ran, and its results are not what they must be. */
  readonly status: 'wrong' | 'failed';
  readonly peer: PeerName;
  readonly problem: string;
  /** Null where it did not come so far. */
  readonly check: PeerCheck | null;
  readonly difference: Difference | null;
};

// A whole run as JSON: what was measured, on what, and how right it was. The page shows it, offers it as a file and (when
// it was started by its address) writes it to the console. `schema` changes when a reader would have to.

import type { AdapterReport } from '../src/hosts/adapter.ts';
import type { CheckReport } from './check.ts';
import type { Effort, Measurement } from './measure.ts';
import type { Workload } from './workload.ts';

export const SCHEMA = 'densenet-webgpu/bench/1';

/** A workload that was asked for, and what came of it. */
export type Row =
  | { readonly workload: Workload; readonly status: 'done'; readonly measurement: Measurement }
  | { readonly workload: Workload; readonly status: 'failed'; readonly problem: string };

export type Report = {
  readonly schema: typeof SCHEMA;
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly version: string;
  readonly userAgent: string;
  readonly adapter: AdapterReport | null;
  readonly effort: Effort;
  readonly checks: readonly CheckReport[];
  readonly rows: readonly Row[];
};

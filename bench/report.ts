// A whole run as JSON, described by report-2.schema.json: what was measured, on what, and how right it was. The number in
// the schema's name grows when a reader would have to change.

import type { AdapterReport } from '../src/jobs/adapter.ts';
import type { HostName } from '../src/jobs/define-job.ts';
import type { ErrorCode } from '../src/runtime/errors.ts';
import type { Validation } from './jobs.ts';
import type { SamplingOptions } from './sampling.ts';
import type { Prepared, Warm } from './sections/throughput/measure.ts';
import type { CheckReport } from './sections/throughput/validation.ts';
import type { Sections } from './sections.ts';
import type { Workload } from './workloads.ts';

export const SCHEMA = 'densenet-webgpu/bench/2';

export type Measurement = Prepared & Warm & { readonly held: Validation };

/** A workload that was asked for, and what came of it. */
export type Row =
  | { readonly workload: Workload; readonly status: 'done'; readonly measurement: Measurement }
  | {
      readonly workload: Workload;
      readonly status: 'failed';
      /** Of the error's class; `other` where it is none of ours. */
      readonly code: ErrorCode | 'other';
      readonly problem: string;
    };

export type Environment = {
  readonly host: HostName;
  /** The browser's or runtime's own words. */
  readonly userAgent: string;
  readonly adapter: AdapterReport | null;
  /** This library's, and those of packages that took part, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Of the sources; `unknown` where they lie in no checkout. */
  readonly commit: string;
};

export type Report = Environment &
  Sections & {
    readonly schema: typeof SCHEMA;
    /** ISO 8601, UTC. */
    readonly date: string;
    readonly effort: SamplingOptions;
    readonly checks: readonly CheckReport[];
    readonly rows: readonly Row[];
  };

export function makeReport(
  environment: Environment,
  run: Pick<Report, 'effort' | 'checks' | 'rows'>,
  sections: Sections = {},
): Report {
  return { schema: SCHEMA, date: new Date().toISOString(), ...environment, ...run, ...sections };
}

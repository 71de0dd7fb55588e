// Several reports side by side: a line a workload that any of them has, and how many times the first one's speed each is.

import type { Report } from '../../report.ts';
import { type NamedWorkload, workloadName } from '../../workloads.ts';
import type { Row } from '../throughput/schema.ts';

export interface NamedReport {
  readonly name: string;
  readonly report: Report;
}

export interface Compared {
  readonly workload: NamedWorkload;
  /** One a report, in their order; undefined where it has no such row. The last of several counts. */
  readonly rows: readonly (Row | undefined)[];
  /**
   * Images a second as a multiple of the first report's, where both have a number; low and high from the ends of both
   * intervals.
   */
  readonly ratios: readonly (Ratio | undefined)[];
}

export interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** In the order in which workloads first appear. */
export function compare(reports: readonly NamedReport[]): Compared[] {
  const tables = reports.map(({ report }) => new Map(report.rows.map((row) => [workloadName(row.workload), row])));
  const workloads = new Map(
    reports.flatMap(({ report }) => report.rows.map(({ workload }) => [workloadName(workload), workload] as const)),
  );
  return [...workloads].map(([name, workload]) => {
    const rows = tables.map((table) => table.get(name));
    return { workload, rows, ratios: rows.map((row) => ratio(row, rows[0])) };
  });
}

function ratio(row: Row | undefined, first: Row | undefined): Ratio | undefined {
  if (row?.status !== 'done' || first?.status !== 'done') return undefined;
  if (row === first) return { value: 1, low: 1, high: 1 };
  const [of, to] = [row.measurement.imagesPerSecond, first.measurement.imagesPerSecond];
  return { value: of.median / to.median, low: of.low / to.high, high: of.high / to.low };
}

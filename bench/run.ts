// The benchmark from its first workload to its last, the same for the page and the command line: on a host that serves
// benchJobs it prepares each workload, sees that this GPU is right, and only then measures. A failure is a row.

import type { JobClient } from '../src/jobs/define-job.ts';
import { DenseNetError, GpuError } from '../src/runtime/errors.ts';
import type { BenchJobs } from './jobs.ts';
import type { SamplingOptions } from './sampling.ts';
import type { PhaseEvent } from './sections/throughput/jobs.ts';
import type { Phase } from './sections/throughput/measure.ts';
import type { CheckReport, Measurement, Row } from './sections/throughput/schema.ts';
import { GOLDENS, kindOf, wrongGroup } from './sections/throughput/validation.ts';
import type { Workload } from './workloads.ts';

/** What is under way. */
export interface Progress {
  readonly workload: Workload;
  /** Of how many workloads, counted from 0. */
  readonly index: number;
  readonly count: number;
  readonly phase: Phase;
  readonly repeats: number;
  /** Of the median's interval, as a share of it, where it has been looked at. */
  readonly width: number | null;
}

export interface BenchOptions {
  /** A page's worker, or a host. */
  readonly client: JobClient<BenchJobs>;
  /** The bytes of a file of tests/golden, fresh ones each time. */
  readonly loadGolden: (file: string) => Promise<Uint8Array>;
  readonly sampling: SamplingOptions;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly onCheck: (report: CheckReport) => void;
  readonly onRow: (row: Row) => void;
}

/** Runs workloads on one session; keeps what was checked from one call to the next. */
export class Benchmark {
  private readonly checks = new Map<string, CheckReport>();
  private start: number | null;

  /** @param start when the page was loaded, or the command started: milliseconds since 1970 */
  constructor(start: number) {
    this.start = start;
  }

  /** Every workload becomes a row, unless it is aborted before it has a result. */
  async run(workloads: readonly Workload[], options: BenchOptions): Promise<void> {
    for (const [index, workload] of workloads.entries()) {
      if (options.signal.aborted) return;
      const place = { workload, index, count: workloads.length };
      const row = await this.row(workload, options, (event) => options.onProgress({ ...place, ...event }));
      if (row) options.onRow(row);
    }
  }

  private async row(
    workload: Workload,
    options: BenchOptions,
    onPhase: (event: PhaseEvent) => void,
  ): Promise<Row | undefined> {
    const { client } = options;
    try {
      return { workload, status: 'done', measurement: await this.measurement(workload, options, onPhase) };
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') return undefined;
      return {
        workload,
        status: 'failed',
        code: error instanceof DenseNetError ? error.code : 'other',
        problem: error instanceof Error ? error.message : String(error),
      };
    } finally {
      // A host that is gone has nothing to release.
      await client.run('release').catch(() => undefined);
    }
  }

  private async measurement(
    workload: Workload,
    options: BenchOptions,
    onPhase: (event: PhaseEvent) => void,
  ): Promise<Measurement> {
    const { client, sampling, signal } = options;
    const onEvent = (event: PhaseEvent) => {
      if (!signal.aborted) onPhase(event);
    };
    const start = this.start;
    this.start = null;
    const prepared = await client.run('prepare', { workload, start }, { signal, onEvent });
    signal.throwIfAborted();
    onPhase({ phase: 'checking', repeats: 0, width: null });
    await this.check(workload, options);
    signal.throwIfAborted();
    const validation = await client.run('validate', { kind: kindOf(workload) }, { signal });
    const { agreement } = validation;
    if (agreement && !agreement.passed) {
      const { worst, error, allowed, images } = agreement;
      throw wrong(
        `against a plan for ${images === 1 ? 'one image' : `${images} images`}, ${worst} is off by`,
        error,
        allowed,
      );
    }
    signal.throwIfAborted();
    const warm = await client.run('measure', { sampling }, { signal, onEvent });
    return { ...prepared, ...warm, held: validation };
  }

  /** @throws GpuError where this GPU's results for such networks are wrong */
  private async check(workload: Workload, { client, loadGolden, onCheck, signal }: BenchOptions): Promise<void> {
    const kind = kindOf(workload);
    const { precision, mode } = workload;
    for (const file of GOLDENS[kind]) {
      const key = `${precision} ${file}`;
      let report = this.checks.get(key);
      if (!report) {
        signal.throwIfAborted();
        const golden = await loadGolden(file);
        report = await client.run('check', { kind, precision, file, golden });
        this.checks.set(key, report);
        onCheck(report);
      }
      const group = wrongGroup(report, mode);
      if (group) throw wrong(`${group.worst} of ${file} is off by`, group.error, group.allowed);
    }
  }
}

function wrong(what: string, error: number | null, allowed: number): GpuError {
  const size = error === null ? 'what is not a number' : error.toExponential(1);
  return new GpuError(
    `results on this GPU are wrong, nothing is timed: ${what} ${size}, ${allowed.toExponential(1)} is allowed`,
  );
}

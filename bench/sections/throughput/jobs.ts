// What a host does for the rows of a report: one workload after another, each prepared, checked and measured. Between
// requests it keeps the workload that was prepared last, and the kernel variants that were found right so far.

import type { Precision } from '../../../src/densenet/plan/feature-map.ts';
import { adapterJob } from '../../../src/jobs/adapter.ts';
import { defineJob, type HostName, type JobContext, jobRegistry } from '../../../src/jobs/define-job.ts';
import { GpuError } from '../../../src/runtime/errors.ts';
import type { SamplingOptions } from '../../sampling.ts';
import type { Workload } from '../../workloads.ts';
import { measure, type Phase, prepare, type WarmStart } from './measure.ts';
import type { CheckReport, NetworkKind, Prepared, Validation, Warm } from './schema.ts';
import { checkDevice, validatePlan } from './validation.ts';

/** What runs the jobs, in its own words. */
export type HostReport = { readonly host: HostName; readonly userAgent: string };

export type PrepareRequest = {
  readonly workload: Workload;
  /** When the page was loaded or the command started, in milliseconds since 1970; null where something ran since. */
  readonly start: number | null;
};
export type CheckRequest = {
  readonly kind: NetworkKind;
  readonly precision: Precision;
  readonly file: string;
  /** The file's bytes. */
  readonly golden: Uint8Array;
};
export type ValidateRequest = { readonly kind: NetworkKind };
export type MeasureRequest = { readonly sampling: SamplingOptions };
export type PhaseEvent = { readonly phase: Phase; readonly repeats: number; readonly width: number | null };

export function throughputJobs() {
  const state = new ThroughputState();
  return jobRegistry(
    adapterJob,
    defineJob(
      'host',
      async (_: undefined, { host }): Promise<HostReport> => ({ host, userAgent: userAgent() ?? host }),
    ),
    defineJob('prepare', (request: PrepareRequest, context: JobContext<PhaseEvent>) => state.prepare(request, context)),
    /** On the device of what was prepared. */
    defineJob('check', (request: CheckRequest) => state.check(request)),
    /** Of what was prepared. */
    defineJob('validate', (request: ValidateRequest) => state.validate(request)),
    /** Of what was prepared. */
    defineJob('measure', async (request: MeasureRequest, context: JobContext<PhaseEvent>) =>
      state.measure(request, context),
    ),
    /** Lets go of what was prepared. */
    defineJob('release', async () => state.release()),
  );
}

/** Milliseconds between events of a phase: a fast GPU repeats more often than anybody reads, and each event is a message. */
const PROGRESS_INTERVAL = 100;

/** Browsers and Deno have one, and Node from version 21 on; before, it has its version. */
function userAgent(): string | undefined {
  const { navigator, process } = globalThis as { navigator?: Partial<Navigator>; process?: { version?: string } };
  return navigator?.userAgent ?? (process?.version && `Node.js ${process.version}`);
}

class ThroughputState {
  private started: WarmStart | undefined;
  private readonly checkedVariants = new Map<NetworkKind, Set<string>>();

  async prepare({ workload, start }: PrepareRequest, { gpu, now, report }: JobContext<PhaseEvent>): Promise<Prepared> {
    this.release();
    report({ phase: 'preparing', repeats: 0, width: null });
    this.started = await prepare(workload, { gpu, now, start: start ?? undefined });
    return this.started.prepared;
  }

  async check({ golden, ...request }: CheckRequest): Promise<CheckReport> {
    const { report, variants } = await checkDevice(this.warmStart().device, request, golden);
    const known = this.checkedVariants.get(request.kind) ?? new Set();
    this.checkedVariants.set(request.kind, new Set([...known, ...variants]));
    return report;
  }

  async validate({ kind }: ValidateRequest): Promise<Validation> {
    const { shares, loaded } = this.warmStart();
    const known = this.checkedVariants.get(kind) ?? new Set();
    const goldens = [...shares].reduce((sum, [variant, share]) => sum + (known.has(variant) ? share : 0), 0);
    return { goldens, agreement: (await validatePlan(loaded)) ?? null };
  }

  measure({ sampling }: MeasureRequest, { now, signal, report }: JobContext<PhaseEvent>): Promise<Warm> {
    let last: { readonly phase: Phase; readonly at: number } | undefined;
    const onRepeat = (phase: Phase, repeats: number, width: number | undefined) => {
      const at = now();
      if (last?.phase === phase && at - last.at < PROGRESS_INTERVAL) return;
      last = { phase, at };
      report({ phase, repeats, width: width ?? null });
    };
    return measure(this.warmStart(), { sampling, now, signal, onRepeat });
  }

  release(): void {
    this.started?.destroy();
    this.started = undefined;
  }

  private warmStart(): WarmStart {
    if (!this.started) throw new GpuError('nothing is prepared; ask for prepare first');
    return this.started;
  }
}

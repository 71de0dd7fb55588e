// What a host does for the benchmark, page or command: one workload after another, each prepared, checked and measured.
// Between requests it keeps the workload that was prepared last, and what was found right so far.

import type { Precision } from '../src/densenet/plan/precision.ts';
import { adapterJob } from '../src/jobs/adapter.ts';
import { defineJob, type HostName, type JobContext, jobRegistry } from '../src/jobs/define-job.ts';
import { GpuError } from '../src/runtime/errors.ts';
import type { SamplingOptions } from './sampling.ts';
import { type PlanValidation, validatePlan } from './sections/throughput/agreement.ts';
import { measure, type Phase, type Prepared, prepare, type WarmStart, type Warm } from './sections/throughput/measure.ts';
import { type CheckReport, checkDevice, type NetworkKind } from './sections/throughput/validation.ts';
import type { Workload } from './workloads.ts';

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
export type Validation = {
  /** Share of a repeat's FLOPs in kernel variants that PyTorch's goldens were held against on this GPU. */
  readonly goldens: number;
  /** The timed plan against a small one; null where the batch is one image. */
  readonly agreement: PlanValidation | null;
};
export type ValidateRequest = { readonly kind: NetworkKind };
export type MeasureRequest = { readonly effort: SamplingOptions };
export type PhaseEvent = { readonly phase: Phase; readonly repeats: number; readonly width: number | null };

export function benchJobs() {
  const bench = new Bench();
  return jobRegistry(
    adapterJob,
    defineJob(
      'host',
      async (_: undefined, { host }): Promise<HostReport> => ({ host, userAgent: userAgent() ?? host }),
    ),
    defineJob('prepare', (request: PrepareRequest, context: JobContext<PhaseEvent>) => bench.prepare(request, context)),
    /** On the device of what was prepared. */
    defineJob('check', (request: CheckRequest) => bench.check(request)),
    /** Of what was prepared. */
    defineJob('hold', (request: ValidateRequest) => bench.hold(request)),
    /** Of what was prepared. */
    defineJob('measure', async (request: MeasureRequest, context: JobContext<PhaseEvent>) =>
      bench.measure(request, context),
    ),
    /** Lets go of what was prepared. */
    defineJob('release', async () => bench.release()),
  );
}

/** Milliseconds between events of a phase: a fast GPU repeats more often than anybody reads, and each event is a message. */
const PROGRESS_INTERVAL = 100;

/** Browsers and Deno have one, and Node from version 21 on; before, it has its version. */
function userAgent(): string | undefined {
  const { navigator, process } = globalThis as { navigator?: Partial<Navigator>; process?: { version?: string } };
  return navigator?.userAgent ?? (process?.version && `Node.js ${process.version}`);
}

class Bench {
  private ready: WarmStart | undefined;
  private readonly held = new Map<NetworkKind, Set<string>>();

  async prepare({ workload, start }: PrepareRequest, { gpu, now, report }: JobContext<PhaseEvent>): Promise<Prepared> {
    this.release();
    report({ phase: 'preparing', repeats: 0, width: null });
    this.ready = await prepare(workload, { gpu, now, start: start ?? undefined });
    return this.ready.prepared;
  }

  async check({ golden, ...request }: CheckRequest): Promise<CheckReport> {
    const { report, variants } = await checkDevice(this.prepared().device, request, golden);
    const known = this.held.get(request.kind) ?? new Set();
    this.held.set(request.kind, new Set([...known, ...variants]));
    return report;
  }

  async hold({ kind }: ValidateRequest): Promise<Validation> {
    const { shares, subject } = this.prepared();
    const known = this.held.get(kind) ?? new Set();
    const goldens = [...shares].reduce((sum, [variant, share]) => sum + (known.has(variant) ? share : 0), 0);
    return { goldens, agreement: (await validatePlan(subject)) ?? null };
  }

  measure({ effort }: MeasureRequest, { now, signal, report }: JobContext<PhaseEvent>): Promise<Warm> {
    let told: { readonly phase: Phase; readonly at: number } | undefined;
    const onRepeat = (phase: Phase, repeats: number, width: number | undefined) => {
      const at = now();
      if (told?.phase === phase && at - told.at < PROGRESS_INTERVAL) return;
      told = { phase, at };
      report({ phase, repeats, width: width ?? null });
    };
    return measure(this.prepared(), { effort, now, signal, onRepeat });
  }

  release(): void {
    this.ready?.destroy();
    this.ready = undefined;
  }

  private prepared(): WarmStart {
    if (!this.ready) throw new GpuError('nothing is prepared; ask for prepare first');
    return this.ready;
  }
}

// The page's state and what changes it: the adapter, the checks, one row per workload, and the sections. Workloads run one
// after another; stopping ends the one under way after its repeat and drops those that wait.

import { computed, type Signal, signal } from '@preact/signals';
import type { AdapterReport } from '../../src/jobs/adapter.ts';
import { openAgain, openWorker, SILENCE } from '../../src/jobs/worker-transport.ts';
import { openBoundWorker } from '../../ui/bound-worker.ts';
import type { BenchJobs } from '../jobs.ts';
import { makeReport, type Report, type Sections } from '../report.ts';
import { Benchmark, type Progress } from '../run.ts';
import { FULL_SAMPLING, type SamplingOptions } from '../sampling.ts';
import type { KernelsRequest } from '../sections/kernels/measure.ts';
import type { PassesRequest } from '../sections/passes/measure.ts';
import type { RooflineRequest } from '../sections/roofline/measure.ts';
import type { HostReport } from '../sections/throughput/jobs.ts';
import type { CheckReport, Row } from '../sections/throughput/schema.ts';
import { buildCommit, VERSIONS } from '../versions.ts';
import script from '../worker.ts?worker&url';
import type { Workload } from '../workloads.ts';
import { describeError, type ErrorHelp } from './error-banner.tsx';
import { fetchGolden } from './goldens.ts';
import { BaselinesRun, SectionRun } from './section-runs.ts';

export class PageState {
  /** What keeps the page from measuring. */
  readonly error: Signal<ErrorHelp | undefined> = signal();
  readonly adapter: Signal<AdapterReport | undefined> = signal();
  /** Of three to find the GPU: a browser may restart its GPU process while the page opens. */
  readonly attempt = signal(1);
  readonly checks: Signal<readonly CheckReport[]> = signal([]);
  readonly rows: Signal<readonly Row[]> = signal([]);
  readonly current: Signal<Progress | undefined> = signal();
  readonly stopping: Signal<boolean> = signal(false);
  readonly baselines = new BaselinesRun();
  readonly roofline = new SectionRun((request: RooflineRequest, options) =>
    this.client.run('roofline', request, options),
  );
  readonly passes = new SectionRun((request: PassesRequest, options) => this.client.run('passes', request, options));
  readonly kernels = new SectionRun((request: KernelsRequest, options) => this.client.run('kernels', request, options));
  /** Whether a report would hold anything. */
  readonly measured = computed(
    () =>
      this.rows.value.length > 0 ||
      this.baselines.results.value.length > 0 ||
      [this.roofline, this.passes, this.kernels].some(({ section }) => section.value !== undefined),
  );
  /** One thing is measured at a time: two would slow each other. */
  readonly busy = computed(
    () =>
      this.current.value !== undefined ||
      this.baselines.phase.value !== undefined ||
      [this.roofline, this.passes, this.kernels].some(({ phase }) => phase.value !== undefined),
  );
  /** Whether something may be measured now. */
  readonly ready = computed(
    () => this.adapter.value !== undefined && this.error.value === undefined && !this.busy.value,
  );
  private sampling = FULL_SAMPLING;
  private workers = 0;
  private worker = this.open();
  private benchmark = new Benchmark(performance.timeOrigin);
  private abort = new AbortController();
  private host: HostReport = { host: 'browser', userAgent: navigator.userAgent };

  private get client() {
    return this.worker.client;
  }

  /** Finds the GPU, anew after an error. */
  async start(): Promise<void> {
    if (this.error.peek()) this.renew();
    this.error.value = undefined;
    this.attempt.value = 1;
    try {
      await openAgain((attempt) => this.find(SILENCE[attempt - 1] ?? SILENCE[0]), {
        onAgain: (attempt) => {
          this.attempt.value = attempt;
          this.renew();
        },
      });
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    this.error.value = describeError(error);
  }

  private async find(silence: number): Promise<void> {
    const { client } = this;
    const adapter = await client.open(silence, 'adapter');
    this.host = await client.run('host');
    this.adapter.value = adapter;
  }

  private renew(): void {
    this.worker.close();
    this.worker = this.open();
    this.benchmark = new Benchmark(performance.timeOrigin);
    this.checks.value = [];
  }

  /** Measures workloads, each into a row of its own; a failed one is a row that says why. */
  async measure(workloads: readonly Workload[], sampling: SamplingOptions): Promise<void> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.sampling = sampling;
    const [workload] = workloads;
    if (!workload) return;
    this.current.value = { workload, index: 0, count: workloads.length, phase: 'preparing', repeats: 0, width: null };
    try {
      await this.benchmark.run(workloads, {
        client: this.client,
        loadGolden: fetchGolden,
        sampling,
        signal,
        onProgress: (progress) => {
          this.current.value = progress;
        },
        onCheck: (report) => {
          this.checks.value = [...this.checks.value, report];
        },
        onRow: (row) => {
          this.rows.value = [...this.rows.value, row];
        },
      });
    } finally {
      this.current.value = undefined;
      this.stopping.value = false;
    }
    // Which share of it the rows are is shown when it is known. After them: the first row's cold start counts from nothing.
    if (!this.roofline.section.peek() && !signal.aborted) await this.roofline.measure({});
  }

  stop(): void {
    this.abort.abort();
    this.stopping.value = this.current.peek() !== undefined;
  }

  report(): Report {
    const environment = {
      ...this.host,
      adapter: this.adapter.peek() ?? null,
      versions: VERSIONS,
      commit: buildCommit(),
    };
    const roofline = this.roofline.section.peek();
    const passes = this.passes.section.peek();
    const kernels = this.kernels.section.peek();
    const peers = this.baselines.results.peek();
    const sections: Sections = {
      ...(roofline && { roofline }),
      ...(passes && { passes: [passes] }),
      ...(kernels && { kernels }),
      ...(peers.length > 0 && { peers }),
    };
    const run = { effort: this.sampling, checks: this.checks.peek(), rows: this.rows.peek() };
    return makeReport(environment, run, sections);
  }

  private open() {
    return openWorker<BenchJobs>(openBoundWorker(script, `bench ${++this.workers}`));
  }
}

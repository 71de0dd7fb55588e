// The page's state and what changes it: the adapter, the checks, and one row a workload. Workloads run one after another;
// stopping ends the one under way after its repeat and drops those that wait.

import { type Signal, signal } from '@preact/signals';
import { type Trouble, troubleHere } from '../demo/trouble/advice.ts';
import { version } from '../package.json';
import type { AdapterReport } from '../src/hosts/adapter.ts';
import { message } from '../src/hosts/message.ts';
import { openWorker } from '../src/hosts/worker-session.ts';
import { GpuError } from '../src/runtime/errors.ts';
import { type CheckReport, kindOf } from './check.ts';
import { fetchGolden } from './goldens.ts';
import type { PhaseEvent } from './jobs.ts';
import type { Effort, Measurement } from './measure.ts';
import { type Report, type Row, SCHEMA } from './report.ts';
import type { Workload } from './workload.ts';

/** What is under way, in words. */
export interface Current {
  readonly workload: Workload;
  readonly phase: string;
  readonly repeats: number;
}

export class Run {
  readonly trouble: Signal<Trouble | undefined> = signal();
  readonly adapter: Signal<AdapterReport | undefined> = signal();
  readonly checks: Signal<readonly CheckReport[]> = signal([]);
  readonly rows: Signal<readonly Row[]> = signal([]);
  readonly current: Signal<Current | undefined> = signal();
  private worker = this.open();
  private abort = new AbortController();

  /** Finds the GPU, anew after trouble. */
  async start(): Promise<void> {
    if (this.trouble.peek()) {
      this.worker.close();
      this.worker = this.open();
      this.checks.value = [];
    }
    this.trouble.value = undefined;
    try {
      const { head } = await this.worker.session.run('adapter', message(null));
      this.adapter.value = head as unknown as AdapterReport;
    } catch (error) {
      this.trouble.value = troubleHere(error);
    }
  }

  /** Measures workloads, each into a row of its own; a failed one is a row that says why. */
  async measure(workloads: readonly Workload[], effort: Effort): Promise<void> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    for (const workload of workloads) {
      if (signal.aborted) break;
      const row = await this.measureOne(workload, effort, signal).catch((error): Row | undefined => {
        if (error instanceof Error && error.name === 'AbortError') return undefined;
        return { workload, status: 'failed', problem: error instanceof Error ? error.message : String(error) };
      });
      if (row) this.rows.value = [...this.rows.value, row];
    }
    this.current.value = undefined;
  }

  stop(): void {
    this.abort.abort();
    const current = this.current.peek();
    if (current) this.current.value = { ...current, phase: 'stopping', repeats: 0 };
  }

  report(effort: Effort): Report {
    return {
      schema: SCHEMA,
      date: new Date().toISOString(),
      version,
      userAgent: navigator.userAgent,
      adapter: this.adapter.peek() ?? null,
      effort,
      checks: this.checks.peek(),
      rows: this.rows.peek(),
    };
  }

  private open() {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'bench' });
    return openWorker(worker);
  }

  private async measureOne(workload: Workload, effort: Effort, signal: AbortSignal): Promise<Row> {
    await this.check(workload);
    signal.throwIfAborted();
    const input = message({ workload: { ...workload }, effort: { ...effort } });
    const { head } = await this.worker.session.run('measure', input, {
      signal,
      onEvent: (event) => {
        if (!signal.aborted) this.current.value = { workload, ...(event.head as unknown as PhaseEvent) };
      },
    });
    return { workload, status: 'done', measurement: head as unknown as Measurement };
  }

  /** @throws GpuError where this GPU's results for such networks are wrong */
  private async check(workload: Workload): Promise<void> {
    const kind = kindOf(workload);
    let report = this.checks.peek().find((check) => check.kind === kind);
    if (!report) {
      this.current.value = { workload, phase: 'checking against PyTorch', repeats: 0 };
      const { name: file, bytes } = await fetchGolden(kind);
      const { head } = await this.worker.session.run('check', message({ kind, file }, { golden: bytes }));
      report = head as unknown as CheckReport;
      this.checks.value = [...this.checks.value, report];
    }
    const wrong = report.groups.find(({ passed }) => !passed);
    if (!wrong) return;
    const error = wrong.error === null ? 'not a number' : wrong.error.toExponential(1);
    throw new GpuError(
      `results on this GPU are wrong, nothing is timed: ${wrong.worst} is off by ${error}, ${wrong.allowed.toExponential(1)} is allowed`,
    );
  }
}

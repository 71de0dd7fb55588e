// The page's side of a section: what is under way, the result, what went wrong. One that a job of the worker measures, and
// the comparison with other libraries, which has workers of its own.

import { type Signal, signal } from '@preact/signals';
import type { RunOptions } from '../../src/jobs/define-job.ts';
import { openWorker } from '../../src/jobs/worker-transport.ts';
import { openBoundWorker } from '../../ui/bound-worker.ts';
import { BASELINES, type BaselineName } from '../baselines/baseline.ts';
import type { BaselineJobs } from '../baselines/jobs.ts';
import script from '../baselines/worker.ts?worker&url';
import type { BaselineWorkload } from '../baselines/workloads.ts';
import { type BaselineSampling, type BaselinesPhase, compareBaselines } from '../sections/baselines/measure.ts';
import type { BaselineCheck, Comparison } from '../sections/baselines/schema.ts';
import { fetchGolden } from './goldens.ts';

/** What a section's job reports on its way. */
type SectionProgress = { readonly phase: string; readonly done?: number; readonly all?: number };

export class SectionRun<Request, Section> {
  /** In words; undefined where nothing is under way. */
  readonly phase: Signal<string | undefined> = signal();
  readonly section: Signal<Section | undefined> = signal();
  readonly problem: Signal<string | undefined> = signal();
  private abort = new AbortController();

  /** @param run the job, on the worker of now: one may have been replaced */
  constructor(private readonly run: (request: Request, options: RunOptions<SectionProgress>) => Promise<Section>) {}

  /** What was measured before stays where this fails or is stopped. */
  async measure(request: Request): Promise<Section | undefined> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.phase.value = 'preparing';
    this.problem.value = undefined;
    const onEvent = ({ phase, done = 0, all = 0 }: SectionProgress) => {
      if (!signal.aborted) this.phase.value = all > 0 ? `${phase}, ${done + 1} of ${all}` : phase;
    };
    try {
      const section = await this.run(request, { signal, onEvent });
      this.section.value = section;
      return section;
    } catch (error) {
      if (!signal.aborted) this.problem.value = error instanceof Error ? error.message : String(error);
      return undefined;
    } finally {
      this.phase.value = undefined;
    }
  }

  stop(): void {
    this.abort.abort();
    if (this.phase.peek() !== undefined) this.phase.value = 'stopping';
  }
}

export class BaselinesRun {
  readonly phase: Signal<BaselinesPhase | undefined> = signal();
  readonly results: Signal<readonly Comparison[]> = signal([]);
  private readonly checks = new Map<string, BaselineCheck>();
  private abort = new AbortController();

  /** Ours is always among them: the others are compared with it. */
  async measure(
    workloads: readonly BaselineWorkload[],
    selected: readonly BaselineName[],
    sampling: BaselineSampling,
  ): Promise<void> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    const baselines = BASELINES.filter((baseline) => baseline === 'ours' || selected.includes(baseline));
    const host = {
      open: (baseline: BaselineName) => openWorker<BaselineJobs>(openBoundWorker(script, `baseline ${baseline}`)),
      golden: fetchGolden,
      signal,
      onPhase: (phase: BaselinesPhase) => {
        this.phase.value = phase;
      },
      checks: this.checks,
    };
    try {
      for (const workload of workloads) {
        if (signal.aborted) break;
        this.results.value = [...this.results.value, await compareBaselines(workload, baselines, sampling, host)];
      }
    } finally {
      this.phase.value = undefined;
    }
  }

  /** Ends after the repeat that is under way. */
  stop(): void {
    this.abort.abort();
  }
}

// The page's side of a run side by side: workers, golden files, and what the view shows, as signals.

import { type Signal, signal } from '@preact/signals';
import { openWorker } from '../../src/jobs/worker-transport.ts';
import { openBoundWorker } from '../../ui/bound-worker.ts';
import { BASELINES, type BaselineName } from '../baselines/baseline.ts';
import type { BaselineJobs } from '../baselines/jobs.ts';
import type { BaselineCheck } from '../baselines/validation.ts';
import script from '../baselines/worker.ts?worker&url';
import type { BaselineWorkload } from '../baselines/workloads.ts';
import { type BaselineSampling, type BaselinesPhase, type BaselineWorker, sideBySide } from '../sections/baselines/measure.ts';
import type { SideBySide } from '../sections/baselines/schema.ts';
import { fetchGolden } from './goldens.ts';

export class BaselinesRun {
  readonly phase: Signal<BaselinesPhase | undefined> = signal();
  readonly results: Signal<readonly SideBySide[]> = signal([]);
  private readonly checks = new Map<string, BaselineCheck>();
  private abort = new AbortController();

  /** Ours is always among them: the others are compared with it. */
  async measure(subjects: readonly BaselineWorkload[], chosen: readonly BaselineName[], effort: BaselineSampling): Promise<void> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    const peers = BASELINES.filter((peer) => peer === 'ours' || chosen.includes(peer));
    const onPhase = (phase: BaselinesPhase) => {
      this.phase.value = phase;
    };
    try {
      for (const subject of subjects) {
        if (signal.aborted) break;
        const host = { open: openBaselineWorker, golden: fetchGolden, signal, onPhase, checks: this.checks };
        this.results.value = [...this.results.value, await sideBySide(subject, peers, effort, host)];
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

function openBaselineWorker(peer: BaselineName): BaselineWorker {
  return openWorker<BaselineJobs>(openBoundWorker(script, `peer ${peer}`));
}

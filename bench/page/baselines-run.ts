// The page's side of a run side by side: workers, golden files, and what the view shows, as signals.

import { type Signal, signal } from '@preact/signals';
import { openWorker } from '../../src/jobs/worker-transport.ts';
import { openBoundWorker } from '../../ui/bound-worker.ts';
import { PEERS, type PeerName } from '../baselines/baseline.ts';
import type { PeerJobs } from '../baselines/jobs.ts';
import type { PeerCheck } from '../baselines/validation.ts';
import script from '../baselines/worker.ts?worker&url';
import type { PeerSubject } from '../baselines/workloads.ts';
import { type PeersEffort, type PeersPhase, type Seat, sideBySide } from '../sections/baselines/measure.ts';
import type { SideBySide } from '../sections/baselines/schema.ts';
import { fetchGolden } from './goldens.ts';

export class PeersRun {
  readonly phase: Signal<PeersPhase | undefined> = signal();
  readonly results: Signal<readonly SideBySide[]> = signal([]);
  private readonly checks = new Map<string, PeerCheck>();
  private abort = new AbortController();

  /** Ours is always among them: the others are compared with it. */
  async measure(subjects: readonly PeerSubject[], chosen: readonly PeerName[], effort: PeersEffort): Promise<void> {
    this.abort = new AbortController();
    const { signal } = this.abort;
    const peers = PEERS.filter((peer) => peer === 'ours' || chosen.includes(peer));
    const onPhase = (phase: PeersPhase) => {
      this.phase.value = phase;
    };
    try {
      for (const subject of subjects) {
        if (signal.aborted) break;
        const host = { open: openSeat, golden: fetchGolden, signal, onPhase, checks: this.checks };
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

function openSeat(peer: PeerName): Seat {
  return openWorker<PeerJobs>(openBoundWorker(script, `peer ${peer}`));
}

// The page's side of a run side by side: workers, golden files, and what the view shows, as signals.

import { type Signal, signal } from '@preact/signals';
import { openWorker } from '../../src/jobs/worker-transport.ts';
import { openBoundWorker } from '../../ui/bound-worker.ts';
import { fetchGolden } from '../goldens.ts';
import type { PeerCheck } from './exactness.ts';
import type { PeerJobs } from './jobs.ts';
import { PEERS, type PeerName } from './peer.ts';
import type { SideBySide } from './section.ts';
import { type PeersEffort, type PeersPhase, type Seat, sideBySide } from './side-by-side.ts';
import type { PeerSubject } from './subject.ts';
import script from './worker.ts?worker&url';

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

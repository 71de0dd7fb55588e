// How much work one submit may be. Drivers let others at the GPU between two command buffers and hardly within one: a page
// stands still for as long as one takes, and a driver's watchdog resets a GPU that it takes for hung. So what would take longer
// goes in several submits, in the same order and at once, and no number changes. How long passes take follows from what they
// cost and from how fast the GPU has been so far, which the readbacks that are made anyway tell: nothing waits, and
// what is short stays one submit.

import type { AdapterDescription } from './adapter.ts';
import { IN_BROWSER } from './host.ts';
import type { Cost } from './kernel.ts';

/** Milliseconds that a submit may take, as far as they can be foreseen. */
export const LONGEST_SUBMIT = IN_BROWSER ? 50 : 200;

type AdapterKind = Pick<AdapterDescription, 'software' | 'vendor'>;

/** Passes are up to twice as long as their cost says, against the others. */
const AIM = 0.5;

/** What a pass would take, in milliseconds, at a teraflop and 100 gigabytes per second. */
export const nominalMs = ({ flops, bytes }: Cost): number => flops / 1e9 + bytes / 1e8 + 0.005;

/** Milliseconds per nominal one, before anything was measured: those of slow GPUs of the kind, for a first submit that is short. */
function firstGuess({ software, vendor }: AdapterKind): number {
  if (software) return 500;
  return vendor === 'nvidia' ? 0.5 : 2;
}

/**
 * Metal has room for 64 command buffers that are not done; asking for one more blocks the browser's GPU process. The others are for
 * copies.
 */
const MOST_ON_METAL = 56;

/** Milliseconds of work after which a measurement counts for two thirds. */
const SETTLE = 50;
/**
 * By how much one measurement may change what is believed. Down by no more than what is aimed below the longest submit: where a page
 * was busy and noticed two results at once, the second seems to have taken no time. Up: some drivers compile when a pass first runs.
 */
const [MOST_DOWN, MOST_UP] = [AIM, 4];

export class SubmitBudget {
  /** Submits that may be under way. */
  private readonly most: number;
  /** Submits ever made, and those of them that are known to be done. */
  private submitted = 0;
  private done = 0;
  /** Milliseconds per nominal one, by what was measured last. */
  slowness: number;
  /** Nominal milliseconds of all that was ever submitted. */
  private total = 0;
  private latest: Mark | undefined;
  private isWatching = false;
  /** `total` at the readback that was followed last. */
  private before = 0;

  constructor(
    adapter: AdapterKind,
    private readonly longest: number,
    private readonly now: () => number,
  ) {
    this.most = adapter.vendor === 'apple' ? MOST_ON_METAL : Number.POSITIVE_INFINITY;
    this.slowness = firstGuess(adapter);
  }

  /**
   * Counts passes as submitted, and says in which submits: for each, the index after its last pass.
   * @param costs nominal milliseconds of each pass
   */
  take(costs: readonly number[]): number[] {
    const all = costs.reduce((sum, cost) => sum + cost, 0);
    this.total += all;
    // Two steps are under way at a time: one does not take what the next needs.
    const room = Math.max(1, Math.min(this.most / 2, this.most - (this.submitted - this.done)));
    const pieces = Math.min(room, Math.ceil((all * this.slowness) / (AIM * this.longest)));
    const ends = pieces > 1 ? this.cut(costs, all, pieces) : [costs.length];
    this.submitted += ends.length;
    return ends;
  }

  /** Where passes of together `all` are cut into so many pieces, of about one length. */
  private cut(costs: readonly number[], all: number, pieces: number): number[] {
    const ends: number[] = [];
    let [sum, piece] = [0, 0];
    for (const [i, cost] of costs.entries()) {
      // A pass belongs where its middle lies.
      const own = Math.floor(((sum + cost / 2) / all) * pieces);
      if (i > 0 && own > piece) ends.push(i);
      piece = own;
      sum += cost;
    }
    return [...ends, costs.length];
  }

  /** Given a readback of what was submitted last: when it arrives, all of that was done. */
  watch(read: Promise<unknown>): void {
    this.latest = { read, total: this.total, submitted: this.submitted };
    if (!this.isWatching) void this.follow(this.latest);
  }

  /** From readback to readback, as long as the GPU has work: so long it took for what was submitted between. */
  private async follow(first: Mark): Promise<void> {
    this.isWatching = true;
    let start = this.now();
    for (let mark: Mark | undefined = first; mark; ) {
      // One that failed says nothing of the GPU's speed.
      const hasArrived = await mark.read.then(
        () => true,
        () => false,
      );
      const end = this.now();
      if (hasArrived) this.learn(end - start, mark.total - this.before);
      this.done = mark.submitted;
      this.before = mark.total;
      start = end;
      mark = this.latest === mark ? undefined : this.latest;
    }
    this.isWatching = false;
  }

  private learn(ms: number, nominal: number): void {
    // Copies alone say nothing.
    if (nominal === 0) return;
    const { slowness } = this;
    const seen = Math.min(MOST_UP * slowness, Math.max(MOST_DOWN * slowness, ms / nominal));
    this.slowness += (1 - Math.exp(-Math.max(ms, slowness * nominal) / SETTLE)) * (seen - slowness);
  }
}

interface Mark {
  readonly read: Promise<unknown>;
  readonly total: number;
  readonly submitted: number;
}

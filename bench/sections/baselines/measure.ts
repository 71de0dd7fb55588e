// Peers on the same subject, interleaved: first each is held against PyTorch and opened, then all take turns, one repeat
// each, so that whatever else the machine does falls on all of them alike. Knows no page: workers, files and a clock are
// given. A peer that fails is a row that says why, and the others go on.

import type { JobClient } from '../../../src/jobs/define-job.ts';
import { GpuError } from '../../../src/runtime/errors.ts';
import { BASELINE_LABELS, type BaselineName } from '../../baselines/baseline.ts';
import type { OpenBaselineResult, BaselineJobs, RepeatResult } from '../../baselines/jobs.ts';
import { type Difference, differenceFrom, type BaselineCheck, type Tensors } from '../../baselines/validation.ts';
import { kindOfBaselineWorkload, type BaselineWorkload } from '../../baselines/workloads.ts';
import { summarize } from '../../statistics.ts';
import { GOLDENS } from '../throughput/validation.ts';
import type { FailedBaseline, MeasuredBaseline, BaselineRow, SideBySide } from './schema.ts';

/** A worker of one peer. */
export interface BaselineWorker {
  readonly client: JobClient<BaselineJobs>;
  close(): void;
}

export type BaselineSampling = {
  /** Repeats that are enough. */
  readonly repeats: number;
  /** Seconds of repeats after which a peer begins no more; it has at least one. */
  readonly seconds: number;
  /** Seconds that a peer may take for any one thing before it is given up. */
  readonly patience: number;
};

export const BASELINE_SAMPLING: BaselineSampling = { repeats: 20, seconds: 60, patience: 900 };

export interface BaselinesPhase {
  readonly subject: BaselineWorkload;
  readonly peer: BaselineName;
  readonly phase: 'checking against PyTorch' | 'opening' | 'warming up' | 'measuring';
  /** Repeats that this peer has. */
  readonly repeats: number;
}

export interface BaselinesHost {
  /** A new worker for a peer. */
  open(peer: BaselineName): BaselineWorker;
  /** A file of tests/golden. */
  golden(file: string): Promise<Uint8Array>;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: BaselinesPhase) => void;
  /** Checks that were made already, by peer, mode and kind; the new ones are added. */
  readonly checks: Map<string, BaselineCheck>;
}

/** One that is in the race, and all that is known of it. */
interface Runner {
  readonly peer: BaselineName;
  readonly seat: BaselineWorker;
  readonly check: BaselineCheck;
  readonly opened: OpenBaselineResult;
  readonly difference: Difference | null;
  readonly times: number[];
  last: RepeatResult | undefined;
}

/** @param peers in the order of the rows; `ours` first, because the others are compared with it */
export async function sideBySide(
  subject: BaselineWorkload,
  peers: readonly BaselineName[],
  effort: BaselineSampling,
  host: BaselinesHost,
): Promise<SideBySide> {
  const runners: Runner[] = [];
  const failed = new Map<BaselineName, FailedBaseline>();
  try {
    let ours: Tensors | undefined;
    for (const peer of peers) {
      if (host.signal.aborted) break;
      const entered = await enter(subject, peer, ours, effort, host);
      if ('failure' in entered) failed.set(peer, entered.failure);
      else {
        runners.push(entered.runner);
        if (peer === 'ours') ours = entered.tensors;
      }
    }
    await takeTurns(subject, runners, failed, effort, host);
  } finally {
    for (const { seat } of runners) seat.close();
  }
  const rateOf = (runner: Runner) => (1000 * subject.batch) / summarize(runner.times).median;
  const measured = runners.filter(({ peer, times }) => times.length > 0 && !failed.has(peer));
  const reference = measured.find(({ peer }) => peer === 'ours');
  const rows = peers.flatMap((peer): BaselineRow[] => {
    const failure = failed.get(peer);
    if (failure) return [failure];
    const runner = measured.find((candidate) => candidate.peer === peer);
    return runner ? [measuredRow(runner, rateOf(runner), reference && rateOf(reference), effort, host)] : [];
  });
  return { subject, rows };
}

type Entered = { readonly runner: Runner; readonly tensors: Tensors } | { readonly failure: FailedBaseline };

/** Holds a peer against PyTorch, opens it and holds its first repeat against ours. */
async function enter(
  subject: BaselineWorkload,
  peer: BaselineName,
  ours: Tensors | undefined,
  effort: BaselineSampling,
  host: BaselinesHost,
): Promise<Entered> {
  let check: BaselineCheck | null = null;
  let difference: Difference | null = null;
  let seat: BaselineWorker | undefined;
  const fail = (status: FailedBaseline['status'], problem: string): Entered => {
    seat?.close();
    return { failure: { status, peer, problem, check, difference } };
  };
  try {
    if (peer !== 'ours' && !ours)
      return fail('failed', `not run: ${BASELINE_LABELS.ours} has no result to hold it against`);
    check = await validationOf(subject, peer, effort, host);
    const wrong = check.groups.find(({ passed }) => !passed);
    if (wrong) return fail('wrong', offBy(wrong.worst, wrong.error, wrong.allowed, 'PyTorch'));
    host.onPhase({ subject, peer, phase: 'opening', repeats: 0 });
    seat = host.open(peer);
    const { opened, tensors } = await patient(effort, seat.client.run('baseline/open', { peer, subject }));
    difference = ours ? differenceFrom(ours, tensors) : null;
    if (difference && !difference.passed) {
      return fail('wrong', offBy(difference.worst, difference.error, difference.allowed, BASELINE_LABELS.ours));
    }
    const runner: Runner = { peer, seat, check, opened, difference, times: [], last: undefined };
    return { runner, tensors };
  } catch (error) {
    return fail('failed', error instanceof Error ? error.message : String(error));
  }
}

/** In a worker of its own, so that it leaves nothing behind on the GPU. */
async function validationOf(
  { mode, ...rest }: BaselineWorkload,
  peer: BaselineName,
  effort: BaselineSampling,
  host: BaselinesHost,
): Promise<BaselineCheck> {
  const subject = { mode, ...rest };
  const kind = kindOfBaselineWorkload(subject);
  const key = `${peer} ${mode} ${kind}`;
  const known = host.checks.get(key);
  if (known) return known;
  host.onPhase({ subject, peer, phase: 'checking against PyTorch', repeats: 0 });
  // The small one: on software some take minutes for the other.
  const [file = ''] = GOLDENS[kind];
  const golden = await host.golden(file);
  const seat = host.open(peer);
  try {
    const check = await patient(effort, seat.client.run('baseline/check', { peer, mode, kind, file, golden }));
    host.checks.set(key, check);
    return check;
  } finally {
    seat.close();
  }
}

/** One repeat of each after the other, until each has enough or its time is over. */
async function takeTurns(
  subject: BaselineWorkload,
  runners: readonly Runner[],
  failed: Map<BaselineName, FailedBaseline>,
  effort: BaselineSampling,
  host: BaselinesHost,
): Promise<void> {
  const spent = ({ times }: Runner) => times.reduce((sum, ms) => sum + ms, 0) / 1000;
  const wants = (runner: Runner) =>
    !host.signal.aborted &&
    !failed.has(runner.peer) &&
    runner.times.length < effort.repeats &&
    (runner.times.length === 0 || spent(runner) < effort.seconds);
  const turn = async (runner: Runner, phase: BaselinesPhase['phase']) => {
    const { peer, seat, times, check, difference } = runner;
    host.onPhase({ subject, peer, phase, repeats: times.length });
    try {
      runner.last = await patient(effort, seat.client.run('baseline/repeat'));
      return runner.last.milliseconds;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      failed.set(peer, { status: 'failed', peer, problem, check, difference });
      // What it began may never end, and would slow the others.
      seat.close();
      return undefined;
    }
  };
  // The first repeat compiled everything; a second warms what a quick peer still has to warm.
  for (const runner of runners) {
    if (runner.opened.first < effort.seconds * 1000) await turn(runner, 'warming up');
  }
  for (let waiting = runners.filter(wants); waiting.length > 0; waiting = waiting.filter(wants)) {
    for (const runner of waiting) {
      const milliseconds = await turn(runner, 'measuring');
      if (milliseconds !== undefined) runner.times.push(milliseconds);
    }
  }
}

function measuredRow(
  { peer, opened, check, difference, times, last }: Runner,
  imagesPerSecond: number,
  ours: number | undefined,
  effort: BaselineSampling,
  { signal }: BaselinesHost,
): MeasuredBaseline {
  if (!last) throw new TypeError(`${peer} has times and no repeat`);
  return {
    status: 'done',
    peer,
    ...opened,
    check,
    difference,
    milliseconds: summarize(times),
    imagesPerSecond,
    ratio: ours === undefined ? null : imagesPerSecond / ours,
    counts: last.counts,
    liveBytes: last.liveBytes,
    peakBytes: last.peakBytes,
    ended: times.length >= effort.repeats ? 'enough repeats' : signal.aborted ? 'stopped' : 'time over',
  };
}

function offBy(tensor: string, error: number | null, allowed: number, reference: string): string {
  const off = error === null ? 'not a number' : `off by ${error.toExponential(1)}`;
  return `results are wrong, nothing is timed: ${tensor} is ${off} against ${reference}, ${allowed.toExponential(1)} is allowed`;
}

/** @throws GpuError where `work` is not done in time; its worker must be ended then */
async function patient<T>({ patience }: BaselineSampling, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new GpuError(`no result within ${patience} seconds`)), patience * 1000);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

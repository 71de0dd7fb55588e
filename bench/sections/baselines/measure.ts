// Libraries on the same workload, interleaved: first each is compared with PyTorch and opened, then all take turns, one repeat
// each, so that whatever else the machine does falls on all of them alike. Knows no page: workers, files and a clock are
// given. A library that fails is a row that says why, and the others go on.

import type { JobClient } from '../../../src/jobs/define-job.ts';
import { GpuError } from '../../../src/runtime/errors.ts';
import { type BaselineName, labelOf } from '../../baselines/baseline.ts';
import type { BaselineJobs, OpenBaselineResult, RepeatResult } from '../../baselines/jobs.ts';
import { differenceFrom, type Tensors } from '../../baselines/validation.ts';
import { type BaselineWorkload, kindOfBaselineWorkload } from '../../baselines/workloads.ts';
import { summarize } from '../../statistics.ts';
import { GOLDENS } from '../throughput/validation.ts';
import type { BaselineCheck, BaselineRow, Comparison, Difference, FailedBaseline, MeasuredBaseline } from './schema.ts';

/** A worker of one library. */
export interface BaselineWorker {
  readonly client: JobClient<BaselineJobs>;
  close(): void;
}

export type BaselineSampling = {
  /** Repeats that are enough. */
  readonly repeats: number;
  /** Seconds of repeats after which a baseline begins no more; it has at least one. */
  readonly seconds: number;
  /** Seconds that a baseline may take for any one thing before it is given up. */
  readonly timeout: number;
};

export const BASELINE_SAMPLING: BaselineSampling = { repeats: 20, seconds: 60, timeout: 900 };

export interface BaselinesPhase {
  readonly workload: BaselineWorkload;
  readonly baseline: BaselineName;
  readonly phase: 'checking against PyTorch' | 'opening' | 'warming up' | 'measuring';
  /** Repeats that this baseline has. */
  readonly repeats: number;
}

export interface BaselinesHost {
  /** A new worker for a baseline. */
  open(baseline: BaselineName): BaselineWorker;
  /** A file of tests/golden. */
  golden(file: string): Promise<Uint8Array>;
  readonly signal: AbortSignal;
  readonly onPhase: (phase: BaselinesPhase) => void;
  /** Checks that were made already, by baseline, mode and kind; the new ones are added. */
  readonly checks: Map<string, BaselineCheck>;
}

/** One that is in the race, and all that is known of it. */
interface Runner {
  readonly baseline: BaselineName;
  readonly worker: BaselineWorker;
  readonly check: BaselineCheck;
  readonly opened: OpenBaselineResult;
  readonly difference: Difference | null;
  readonly times: number[];
  last: RepeatResult | undefined;
}

/** @param baselines in the order of the rows; `ours` first, because the others are compared with it */
export async function compareBaselines(
  workload: BaselineWorkload,
  baselines: readonly BaselineName[],
  sampling: BaselineSampling,
  host: BaselinesHost,
): Promise<Comparison> {
  const runners: Runner[] = [];
  const failed = new Map<BaselineName, FailedBaseline>();
  try {
    let ours: Tensors | undefined;
    for (const baseline of baselines) {
      if (host.signal.aborted) break;
      const entered = await enter(workload, baseline, ours, sampling, host);
      if ('failure' in entered) failed.set(baseline, entered.failure);
      else {
        runners.push(entered.runner);
        if (baseline === 'ours') ours = entered.tensors;
      }
    }
    await takeTurns(workload, runners, failed, sampling, host);
  } finally {
    for (const { worker } of runners) worker.close();
  }
  const rateOf = (runner: Runner) => (1000 * workload.batch) / summarize(runner.times).median;
  const measured = runners.filter(({ baseline, times }) => times.length > 0 && !failed.has(baseline));
  const reference = measured.find(({ baseline }) => baseline === 'ours');
  const rows = baselines.flatMap((baseline): BaselineRow[] => {
    const failure = failed.get(baseline);
    if (failure) return [failure];
    const runner = measured.find((candidate) => candidate.baseline === baseline);
    return runner ? [measuredRow(runner, rateOf(runner), reference && rateOf(reference), sampling, host)] : [];
  });
  return { subject: workload, rows };
}

type Entered = { readonly runner: Runner; readonly tensors: Tensors } | { readonly failure: FailedBaseline };

/** Compares a library with PyTorch, opens it and compares its first repeat with ours. */
async function enter(
  workload: BaselineWorkload,
  baseline: BaselineName,
  ours: Tensors | undefined,
  sampling: BaselineSampling,
  host: BaselinesHost,
): Promise<Entered> {
  let check: BaselineCheck | null = null;
  let difference: Difference | null = null;
  let worker: BaselineWorker | undefined;
  const fail = (status: FailedBaseline['status'], problem: string): Entered => {
    worker?.close();
    return { failure: { status, peer: baseline, problem, check, difference } };
  };
  try {
    if (baseline !== 'ours' && !ours)
      return fail('failed', `not run: ${labelOf('ours')} has no result to compare it with`);
    check = await validationOf(workload, baseline, sampling, host);
    const wrong = check.groups.find(({ passed }) => !passed);
    if (wrong) return fail('wrong', offBy(wrong.worst, wrong.error, wrong.allowed, 'PyTorch'));
    host.onPhase({ workload, baseline, phase: 'opening', repeats: 0 });
    worker = host.open(baseline);
    const { opened, tensors } = await withTimeout(sampling, worker.client.run('baseline/open', { baseline, workload }));
    difference = ours ? differenceFrom(ours, tensors) : null;
    if (difference && !difference.passed) {
      return fail('wrong', offBy(difference.worst, difference.error, difference.allowed, labelOf('ours')));
    }
    const runner: Runner = { baseline, worker, check, opened, difference, times: [], last: undefined };
    return { runner, tensors };
  } catch (error) {
    return fail('failed', error instanceof Error ? error.message : String(error));
  }
}

/** In a worker of its own, so that it leaves nothing behind on the GPU. */
async function validationOf(
  { mode, ...rest }: BaselineWorkload,
  baseline: BaselineName,
  sampling: BaselineSampling,
  host: BaselinesHost,
): Promise<BaselineCheck> {
  const workload = { mode, ...rest };
  const kind = kindOfBaselineWorkload(workload);
  const key = `${baseline} ${mode} ${kind}`;
  const known = host.checks.get(key);
  if (known) return known;
  host.onPhase({ workload, baseline, phase: 'checking against PyTorch', repeats: 0 });
  // The small one: on software some take minutes for the other.
  const [file = ''] = GOLDENS[kind];
  const golden = await host.golden(file);
  const worker = host.open(baseline);
  try {
    const check = await withTimeout(
      sampling,
      worker.client.run('baseline/check', { baseline, mode, kind, file, golden }),
    );
    host.checks.set(key, check);
    return check;
  } finally {
    worker.close();
  }
}

/** One repeat of each after the other, until each has enough or its time is over. */
async function takeTurns(
  workload: BaselineWorkload,
  runners: readonly Runner[],
  failed: Map<BaselineName, FailedBaseline>,
  sampling: BaselineSampling,
  host: BaselinesHost,
): Promise<void> {
  const spent = ({ times }: Runner) => times.reduce((sum, ms) => sum + ms, 0) / 1000;
  const wants = (runner: Runner) =>
    !host.signal.aborted &&
    !failed.has(runner.baseline) &&
    runner.times.length < sampling.repeats &&
    (runner.times.length === 0 || spent(runner) < sampling.seconds);
  const turn = async (runner: Runner, phase: BaselinesPhase['phase']) => {
    const { baseline, worker, times, check, difference } = runner;
    host.onPhase({ workload, baseline, phase, repeats: times.length });
    try {
      runner.last = await withTimeout(sampling, worker.client.run('baseline/repeat'));
      return runner.last.milliseconds;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      failed.set(baseline, { status: 'failed', peer: baseline, problem, check, difference });
      // What it began may never end, and would slow the others.
      worker.close();
      return undefined;
    }
  };
  // The first repeat compiled everything; a second warms what a quick baseline still has to warm.
  for (const runner of runners) {
    if (runner.opened.first < sampling.seconds * 1000) await turn(runner, 'warming up');
  }
  for (let waiting = runners.filter(wants); waiting.length > 0; waiting = waiting.filter(wants)) {
    for (const runner of waiting) {
      const milliseconds = await turn(runner, 'measuring');
      if (milliseconds !== undefined) runner.times.push(milliseconds);
    }
  }
}

function measuredRow(
  { baseline, opened, check, difference, times, last }: Runner,
  imagesPerSecond: number,
  ours: number | undefined,
  sampling: BaselineSampling,
  { signal }: BaselinesHost,
): MeasuredBaseline {
  if (!last) throw new TypeError(`${baseline} has times and no repeat`);
  return {
    status: 'done',
    peer: baseline,
    ...opened,
    check,
    difference,
    milliseconds: summarize(times),
    imagesPerSecond,
    ratio: ours === undefined ? null : imagesPerSecond / ours,
    counts: last.counts,
    liveBytes: last.liveBytes,
    peakBytes: last.peakBytes,
    ended: times.length >= sampling.repeats ? 'enough repeats' : signal.aborted ? 'stopped' : 'time over',
  };
}

function offBy(tensor: string, error: number | null, allowed: number, reference: string): string {
  const off = error === null ? 'not a number' : `off by ${error.toExponential(1)}`;
  return `results are wrong, nothing is timed: ${tensor} is ${off} against ${reference}, ${allowed.toExponential(1)} is allowed`;
}

/** @throws GpuError where `work` is not done in time; its worker must be ended then */
async function withTimeout<T>({ timeout }: BaselineSampling, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new GpuError(`no result within ${timeout} seconds`)), timeout * 1000);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

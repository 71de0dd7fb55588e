// All that a machine with a GPU is asked in one go, under Node.js, where timestamps are not rounded: is what it computes
// right, where is its roofline, how far below it is each pass, how many images a second. pytorch.py beside this asks PyTorch the
// same on the same card.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { packageRoot } from '../../cli/host/package-root.ts';
import type { HostBundle, Session } from '../../cli/host/session.ts';
import type { AdapterReport } from '../../src/jobs/adapter.ts';
import type { PlanRequest } from '../../src/jobs/compile.ts';
import type { VerifyReport } from '../../src/jobs/verify.ts';
import { ConfigError, GpuError } from '../../src/runtime/errors.ts';
import { planRequestOf } from '../plans.ts';
import type { PassesSection } from '../sections/passes/schema.ts';
import { passesAsText } from '../sections/passes/text.ts';
import { type Missing, type RooflineSection, rooflineOf } from '../sections/roofline/schema.ts';
import { rooflineAsText } from '../sections/roofline/text.ts';
import { type Workload, workloadName } from '../workloads.ts';
import type { GpuJobs } from './entry-node.ts';
import type { Throughput } from './throughput.ts';

export const GPU_BUNDLE: HostBundle<GpuJobs> = { folder: 'gpu' };

/** PyTorch's numbers for networks that between them use every kernel. */
const GOLDENS = ['imagenet-odd.safetensors', 'bc-nothing-aligned.safetensors', 'plain-narrow-one-image.safetensors'];

export interface Wanted {
  readonly passes: readonly Workload[];
  readonly rows: readonly Workload[];
  /** For each of them. */
  readonly seconds: number;
}

type Named = { readonly workload: string };

export type GpuReport = {
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly node: string;
  readonly adapter: AdapterReport;
  readonly checks: readonly VerifyReport[];
  readonly roofline: RooflineSection;
  readonly passes: readonly (PassesSection | (Named & Missing))[];
  readonly rows: readonly (Named & (Throughput | Missing))[];
};

export interface Output {
  print(text: string): void;
  /** Called with the report so far after each part. */
  keep(report: GpuReport): Promise<void>;
}

/** @throws GpuError where results on this GPU are wrong, before anything is timed; HostError */
export async function measureGpu(session: Session<GpuJobs>, wanted: Wanted, { print, keep }: Output): Promise<void> {
  const { adapter } = session;
  print(adapter.name);
  if (adapter.software) print('software on a processor: none of these are figures of a GPU');
  const checks: VerifyReport[] = [];
  for (const file of GOLDENS) {
    const report = await check(session, file);
    print(`${report.passed ? 'right' : 'WRONG'}: ${file}`);
    checks.push(report);
  }
  if (!checks.every(({ passed }) => passed)) throw new GpuError('results on this GPU are wrong: nothing is timed');
  const roofline = await session.run('roofline', {});
  print(`\n${rooflineAsText(roofline)}`);
  const passes: GpuReport['passes'][number][] = [];
  const rows: GpuReport['rows'][number][] = [];
  const report = { date: new Date().toISOString(), node: process.version, adapter, checks, roofline, passes, rows };
  await keep(report);
  for (const workload of wanted.passes) {
    const section = await orProblem(workload, () => passesOf(session, workload, roofline, wanted.seconds));
    print(`\n${'problem' in section ? problemText(section) : passesAsText(section, 30)}`);
    passes.push(section);
    await keep(report);
  }
  print('');
  for (const workload of wanted.rows) {
    const measure = async () => session.run('throughput', { plan: planOf(workload), seconds: wanted.seconds });
    const row = { workload: workloadName(workload), ...(await orProblem(workload, measure)) };
    print('problem' in row ? problemText(row) : rowText(row));
    rows.push(row);
    await keep(report);
  }
}

/** What `measure` gives, or why it gives nothing: the other workloads go on. */
async function orProblem<T>(workload: Workload, measure: () => Promise<T>): Promise<T | (Named & Missing)> {
  try {
    return await measure();
  } catch (error) {
    return { workload: workloadName(workload), problem: error instanceof Error ? error.message : String(error) };
  }
}

async function check(session: Session<GpuJobs>, file: string): Promise<VerifyReport> {
  const golden = await readFile(join(packageRoot, 'tests/golden', file));
  const { report } = await session.run('verify', { golden, file, recompute: false, defaultLimits: false });
  return report;
}

async function passesOf(
  session: Session<GpuJobs>,
  workload: Workload,
  roofline: RooflineSection,
  seconds: number,
): Promise<PassesSection> {
  const known = rooflineOf(roofline);
  const sampling = { samples: 20, milliseconds: seconds * 1000 };
  const request = { model: workload.model, plan: planOf(workload), sampling, ...(known ? { roofline: known } : {}) };
  return session.run('passes', request);
}

function planOf(workload: Workload): PlanRequest {
  const batch = Number(workload.batch);
  if (!Number.isInteger(batch)) throw new ConfigError('batch', workload.batch, 'must be a number here');
  return planRequestOf(workload, batch);
}

const problemText = ({ workload, problem }: Named & Missing): string => `${workload}: ${problem}`;

function rowText({ workload, milliseconds, imagesPerSecond, overlapped }: Named & Throughput): string {
  const [together, alone] = [overlapped.imagesPerSecond, imagesPerSecond].map((n) => n.toPrecision(4));
  const times = [milliseconds.median, milliseconds.p5, milliseconds.p95].map((ms) => ms.toPrecision(4)).join(' / ');
  return `${workload}: ${together} images/s overlapped, ${alone} one by one: ${times} ms (median, p5, p95)`;
}

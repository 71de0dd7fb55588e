// All that a machine with a GPU is asked in one go, under Node.js, where timestamps are not rounded: is what it computes
// right, where is its roofline, how far below it is each pass, how many images a second, beside PyTorch on the same card; then every
// kernel's cases, and which tiles are fastest. `parts.ts` has the order.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { packageRoot } from '../../cli/host/package-root.ts';
import type { HostBundle, Session } from '../../cli/host/session.ts';
import type { AdapterReport } from '../../src/jobs/adapter.ts';
import type { AutotuneReport } from '../../src/jobs/autotune.ts';
import type { PlanRequest } from '../../src/jobs/compile.ts';
import type { VerifyReport } from '../../src/jobs/verify.ts';
import { DAWN_FEATURES } from '../../src/node/dawn.ts';
import { ConfigError, GpuError } from '../../src/runtime/errors.ts';
import { kernelCases, suites } from '../../tests/e2e/kernels/suites.ts';
import type { CaseReport } from '../../tests/jobs/kernel-cases.ts';
import { planRequestOf } from '../plans.ts';
import type { PassesSection } from '../sections/passes/schema.ts';
import { passesAsText } from '../sections/passes/text.ts';
import { type Missing, type RooflineSection, rooflineOf } from '../sections/roofline/schema.ts';
import { rooflineAsText } from '../sections/roofline/text.ts';
import { type Workload, workloadName } from '../workloads.ts';
import type { GpuJobs } from './entry-node.ts';
import { boxSeconds, PARTS, type PartName, type TimeBox, timeBox } from './parts.ts';
import { measurePyTorch, type OwnRow, type PyTorchReport, ratiosAsText } from './pytorch.ts';
import type { Throughput } from './throughput.ts';

export const GPU_BUNDLE: HostBundle<GpuJobs> = { folder: 'gpu' };

/** PyTorch's numbers for networks that between them use every kernel. */
export const GOLDENS = [
  'imagenet-odd.safetensors',
  'bc-nothing-aligned.safetensors',
  'plain-narrow-one-image.safetensors',
];

/** Seconds below which nothing more is begun. */
const LEAST = 2;
/** Milliseconds of GPU time that a search for tiles may take. */
const AUTOTUNE_BUDGET = 3000;
const NO_TIME = 'there was no time left';

export interface Wanted {
  readonly parts: readonly PartName[];
  readonly passes: readonly Workload[];
  readonly rows: readonly Workload[];
  readonly autotune: readonly Workload[];
  /** Parts of kernels' ids whose cases are run; undefined: all. */
  readonly kernels: readonly string[] | undefined;
  /** For each pass table and row. */
  readonly seconds: number;
  /** For everything; infinite: as long as it takes. */
  readonly limit: number;
  readonly pytorch: { readonly python: string; readonly ways: string | undefined };
  readonly dawnFeatures: string | undefined;
}

type Named = { readonly workload: string };
type Row = Named & (Throughput | Missing);
type Kernel = {
  readonly kernel: string;
  /** With features as f16. */
  readonly packedF16: boolean;
} & ({ readonly cases: number; readonly wrong: readonly CaseReport[] } | Missing);

export interface GpuReport {
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly node: string;
  /** Dawn's features that were switched on; `timestamp_quantization` is off. */
  readonly dawnFeatures: readonly string[];
  readonly adapter: AdapterReport;
  readonly checks: VerifyReport[];
  roofline?: RooflineSection;
  readonly passes: (PassesSection | (Named & Missing))[];
  readonly rows: Row[];
  pytorch?: PyTorchReport | Missing;
  readonly kernels: Kernel[];
  readonly autotune: (Named & (AutotuneReport | Missing))[];
  /** Why a part ended early; the others go on. */
  readonly problems: Partial<Record<PartName, string>>;
  /** Seconds that each part took. */
  readonly seconds: Partial<Record<PartName, number>>;
}

export interface Output {
  print(text: string): void;
  /** Called with the report so far after each part and each of its rows. */
  keep(report: GpuReport): Promise<void>;
}

interface Run {
  readonly session: Session<GpuJobs>;
  readonly wanted: Wanted;
  readonly report: GpuReport;
  readonly output: Output;
}

const MEASURES: Readonly<Record<PartName, (run: Run, box: TimeBox) => Promise<void>>> = {
  verify,
  roofline,
  passes,
  rows,
  pytorch,
  kernels,
  autotune,
};

/** @throws GpuError where results on this GPU are wrong, before anything is timed; HostError */
export async function measureGpu(session: Session<GpuJobs>, wanted: Wanted, output: Output): Promise<void> {
  const { adapter } = session;
  const { print, keep } = output;
  print(adapter.name);
  if (adapter.software) print('software on a processor: none of these are figures of a GPU');
  const report: GpuReport = {
    date: new Date().toISOString(),
    node: process.version,
    dawnFeatures: [...DAWN_FEATURES, ...(wanted.dawnFeatures ? [wanted.dawnFeatures] : [])],
    adapter,
    checks: [],
    passes: [],
    rows: [],
    kernels: [],
    autotune: [],
    problems: {},
    seconds: {},
  };
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1000;
  const names = Object.keys(PARTS).flatMap((name) => wanted.parts.filter((part) => part === name));
  for (const [i, part] of names.entries()) {
    const start = elapsed();
    print(`\n-- ${part}`);
    const box = timeBox(boxSeconds(part, names.slice(i), wanted.limit - start), () => performance.now());
    try {
      if (box.left() < LEAST) print(NO_TIME);
      else await MEASURES[part]({ session, wanted, report, output }, box);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      report.problems[part] = problem;
      if (part === 'verify') throw error;
      print(`${part}: ${problem}`);
    } finally {
      report.seconds[part] = elapsed() - start;
      await keep(report);
    }
  }
}

async function verify({ session, report, output: { print } }: Run): Promise<void> {
  for (const file of GOLDENS) {
    const golden = await readFile(join(packageRoot, 'tests/golden', file));
    const { report: check } = await session.run('verify', { golden, file, recompute: false, defaultLimits: false });
    print(`${check.passed ? 'right' : 'WRONG'}: ${file}`);
    report.checks.push(check);
  }
  if (!report.checks.every(({ passed }) => passed))
    throw new GpuError('results on this GPU are wrong: nothing is timed');
}

async function roofline({ session, report, output: { print } }: Run): Promise<void> {
  report.roofline = await session.run('roofline', {});
  print(rooflineAsText(report.roofline));
}

async function passes({ session, wanted, report, output: { print, keep } }: Run, box: TimeBox): Promise<void> {
  const known = report.roofline && rooflineOf(report.roofline);
  for (const workload of wanted.passes) {
    const section = await orProblem({ workload: workloadName(workload) }, box, () => {
      const milliseconds = 1000 * Math.min(wanted.seconds, box.left());
      const request = { model: workload.model, plan: planOf(workload), sampling: { samples: 20, milliseconds } };
      return session.run('passes', { ...request, ...(known ? { roofline: known } : {}) }, { signal: box.signal });
    });
    print(`${'problem' in section ? problemText(section) : passesAsText(section, 30)}\n`);
    report.passes.push(section);
    await keep(report);
  }
}

async function rows({ session, wanted, report, output: { print, keep } }: Run, box: TimeBox): Promise<void> {
  for (const workload of wanted.rows) {
    const request = { plan: planOf(workload), seconds: wanted.seconds };
    const measured = await orProblem({ workload: workloadName(workload) }, box, () =>
      session.run('throughput', request, { signal: box.signal }),
    );
    const row: Row = { workload: workloadName(workload), ...measured };
    print('problem' in row ? problemText(row) : rowText(row));
    report.rows.push(row);
    await keep(report);
  }
}

async function pytorch({ wanted, report, output: { print } }: Run, box: TimeBox): Promise<void> {
  const { software } = report.adapter;
  const options = {
    ...wanted.pytorch,
    rows: wanted.rows.map(workloadName),
    device: software ? ('cpu' as const) : ('cuda' as const),
    seconds: wanted.seconds,
    limit: box.left(),
  };
  const found = await measurePyTorch(options, print);
  report.pytorch = found;
  if ('problem' in found) return print(`PyTorch was not measured: ${found.problem}`);
  const own = report.rows.flatMap((row): OwnRow[] => {
    if ('problem' in row) return [];
    return [
      { workload: row.workload, imagesPerSecond: row.overlapped.imagesPerSecond, check: checkText(row, report.checks) },
    ];
  });
  print(`\n${ratiosAsText(own, found)}`);
}

async function kernels({ session, wanted, report, output: { print, keep } }: Run, box: TimeBox): Promise<void> {
  const ids = [...new Set(suites.map(({ kernel }) => kernel.id))].sort();
  const chosen = ids.filter((id) => !wanted.kernels || wanted.kernels.some((part) => id.includes(part)));
  const f16 = new Set(kernelCases(0).flatMap((c) => (c.packedF16.length > 0 ? [c.suite.kernel.id] : [])));
  const both = [
    ...chosen.map((kernel) => ({ kernel, packedF16: false })),
    ...chosen.filter((kernel) => f16.has(kernel)).map((kernel) => ({ kernel, packedF16: true })),
  ];
  for (const one of both) {
    const request = { ...one, seed: 1, only: '' };
    const found = await orProblem(one, box, () => session.run('kernel-cases', request, { signal: box.signal }));
    if ('problem' in found) report.kernels.push(found);
    else {
      const wrong = found.reports.filter(({ passed }) => !passed);
      report.kernels.push({ ...one, cases: found.reports.length, wrong });
      for (const { name, message } of wrong.slice(0, 3))
        print(`WRONG ${one.kernel}: ${name}: ${message.slice(0, 300)}`);
    }
    await keep(report);
  }
  const ran = report.kernels.flatMap((one) => ('cases' in one ? [one] : []));
  const cases = ran.reduce((sum, one) => sum + one.cases, 0);
  const wrong = ran.reduce((sum, one) => sum + one.wrong.length, 0);
  print(`${cases - wrong} cases right, ${wrong} wrong; ${report.kernels.length - ran.length} kernels not run`);
}

async function autotune({ session, wanted, report, output: { print, keep } }: Run, box: TimeBox): Promise<void> {
  for (const workload of wanted.autotune) {
    const request = { plan: planOf(workload), autotune: 'full', budget: AUTOTUNE_BUDGET, kept: {} } as const;
    const found = await orProblem({ workload: workloadName(workload) }, box, () =>
      session.run('autotune', request, { signal: box.signal }),
    );
    report.autotune.push({ workload: workloadName(workload), ...found });
    if ('problem' in found) print(problemText({ ...found, workload: workloadName(workload) }));
    else {
      const { measured, classes, gpuMilliseconds, seconds } = found;
      print(
        `${workloadName(workload)}: ${measured} of ${classes} classes, ${gpuMilliseconds.toFixed(0)} ms of GPU, ${seconds.toFixed(1)} s`,
      );
    }
    await keep(report);
  }
}

/** What `measure` gives, or why it gives nothing: the others go on. */
async function orProblem<T, N extends object>(
  named: N,
  box: TimeBox,
  measure: () => Promise<T>,
): Promise<T | (N & Missing)> {
  if (box.left() < LEAST) return { ...named, problem: NO_TIME };
  try {
    return await measure();
  } catch (error) {
    return { ...named, problem: error instanceof Error ? error.message : String(error) };
  }
}

function planOf(workload: Workload): PlanRequest {
  const batch = Number(workload.batch);
  if (!Number.isInteger(batch)) throw new ConfigError('batch', workload.batch, 'must be a number here');
  return planRequestOf(workload, batch);
}

const problemText = ({ workload, problem }: Named & Missing): string => `${workload}: ${problem}`;

/** Which comparison a row rests on: with a small plan, which PyTorch's goldens stand for; alone where it is one image. */
function checkText({ check }: Throughput, checks: readonly VerifyReport[]): string {
  const goldens = checks.length > 0 ? `${checks.filter(({ passed }) => passed).length} goldens` : 'no goldens';
  return check ? `${goldens}, ${check.worst.split(' ')[0]} ${(check.error ?? Number.NaN).toExponential(1)}` : goldens;
}

function rowText({ workload, milliseconds, imagesPerSecond, overlapped, check }: Named & Throughput): string {
  const [together, alone] = [overlapped.imagesPerSecond, imagesPerSecond].map((n) => n.toPrecision(4));
  const times = [milliseconds.median, milliseconds.p5, milliseconds.p95].map((ms) => ms.toPrecision(4)).join(' / ');
  const off = check ? `; ${check.worst} off by ${(check.error ?? Number.NaN).toExponential(1)}` : '';
  return `${workload}: ${together} images/s overlapped, ${alone} one by one: ${times} ms (median, p5, p95)${off}`;
}

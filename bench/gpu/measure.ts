// `npm run bench:gpu`: all that a machine with a GPU is asked in one go, under Node.js, where timestamps are not rounded: is
// what it computes right, where is its roof, how far below it is each pass, how many images a second. Text as it comes,
// JSON at the end. pytorch.py beside this asks PyTorch the same on the same card.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { GPU_CHOICES } from '../../cli/host/gpu-choice.ts';
import { packageRoot } from '../../cli/host/package-root.ts';
import { openSession } from '../../cli/host/session.ts';
import type { AdapterReport } from '../../src/hosts/adapter.ts';
import type { VerifyReport } from '../../src/hosts/jobs/verify.ts';
import { type JsonValue, message } from '../../src/hosts/message.ts';
import { planRequestToJson } from '../../src/hosts/plan-request.ts';
import { ConfigError, GpuError } from '../../src/runtime/errors.ts';
import { passesAsText } from '../passes/passes-text.ts';
import { planRequestOf } from '../passes/plan-request-of.ts';
import type { PassesSection } from '../passes/section.ts';
import { roofAsText } from '../roof/roof-text.ts';
import { type Missing, type RoofSection, roofOf } from '../roof/section.ts';
import { parseWorkloads, type Workload, workloadName } from '../workload.ts';
import type { Throughput } from './throughput.ts';

/** PyTorch's numbers for networks that between them use every kernel. */
const GOLDENS = ['imagenet-odd.safetensors', 'bc-nothing-aligned.safetensors', 'plain-narrow-one-image.safetensors'];

const PASSES = 'densenet121:training:32,densenet121:inference:1';
const ROWS = `${PASSES},densenet121:inference:8,densenet121:inference:32,bc-100-12:training:64,bc-100-12:inference:64`;

type Named = { readonly workload: string };

type GpuReport = {
  readonly date: string;
  readonly node: string;
  readonly adapter: AdapterReport;
  readonly checks: readonly VerifyReport[];
  readonly roof: RoofSection;
  readonly passes: readonly (PassesSection | (Named & Missing))[];
  readonly rows: readonly (Named & (Throughput | Missing))[];
};

const { values } = parseArgs({
  options: {
    gpu: { type: 'string', default: 'hardware' },
    passes: { type: 'string', default: PASSES },
    rows: { type: 'string', default: ROWS },
    seconds: { type: 'string', default: '10' },
    'dawn-features': { type: 'string' },
    json: { type: 'string' },
  },
});

const gpu = GPU_CHOICES.find((choice) => choice === values.gpu);
if (!gpu) throw new ConfigError('--gpu', values.gpu, `must be one of ${GPU_CHOICES.join(', ')}`);
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new ConfigError('--seconds', values.seconds, 'must be a number above 0');
const [forPasses, forRows] = [parseWorkloads(values.passes), parseWorkloads(values.rows)];

const dawnFeatures = values['dawn-features'];
const session = await openSession({
  ...{ host: 'node', gpu, bundle: 'gpu' },
  ...(dawnFeatures === undefined ? {} : { dawnFeatures }),
});
try {
  const report = await measureAll();
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  await session.close();
}

async function measureAll(): Promise<GpuReport> {
  const { adapter } = session;
  print(adapter.name);
  if (adapter.software) print('software on a processor: none of these are figures of a GPU');
  const checks: VerifyReport[] = [];
  for (const file of GOLDENS) checks.push(await check(file));
  if (!checks.every(({ passed }) => passed)) throw new GpuError('results on this GPU are wrong: nothing is timed');
  const roof = await ask<RoofSection>('roof', {});
  print(`\n${roofAsText(roof)}`);
  const passes: GpuReport['passes'][number][] = [];
  for (const workload of forPasses) passes.push(await orProblem(workload, () => passesOf(workload, roof)));
  print('');
  const rows: GpuReport['rows'][number][] = [];
  for (const workload of forRows) rows.push(await orProblem(workload, () => rowOf(workload)));
  return { date: new Date().toISOString(), node: process.version, adapter, checks, roof, passes, rows };
}

/** What `measure` gives, or why it gives nothing: the other workloads go on. */
async function orProblem<T>(workload: Workload, measure: () => Promise<T>): Promise<T | (Named & Missing)> {
  try {
    return await measure();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    print(`${workloadName(workload)}: ${problem}`);
    return { workload: workloadName(workload), problem };
  }
}

async function check(file: string): Promise<VerifyReport> {
  const golden = await readFile(join(packageRoot, 'tests/golden', file));
  const { head } = await session.run('verify', message({ file, recompute: false, defaultLimits: false }, { golden }));
  const report = head as VerifyReport;
  print(`${report.passed ? 'right' : 'WRONG'}: ${file}`);
  return report;
}

async function passesOf(workload: Workload, roof: RoofSection): Promise<PassesSection> {
  const known = roofOf(roof);
  const section = await ask<PassesSection>('passes', {
    model: workload.model,
    plan: planOf(workload),
    effort: { samples: 20, milliseconds: seconds * 1000 },
    ...(known ? { roof: known } : {}),
  });
  print(`\n${passesAsText(section, 30)}`);
  return section;
}

async function rowOf(workload: Workload): Promise<Named & Throughput> {
  const result = await ask<Throughput>('throughput', { plan: planOf(workload), seconds });
  const { median, p5, p95 } = result.milliseconds;
  const [alone, together] = [result.imagesPerSecond, result.overlapped.imagesPerSecond].map((n) => n.toPrecision(4));
  const times = [median, p5, p95].map((ms) => ms.toPrecision(4)).join(' / ');
  const name = workloadName(workload);
  print(`${name}: ${together} images/s overlapped, ${alone} one by one: ${times} ms (median, p5, p95)`);
  return { workload: name, ...result };
}

function planOf(workload: Workload): JsonValue {
  const batch = Number(workload.batch);
  if (!Number.isInteger(batch)) throw new ConfigError('batch', workload.batch, 'must be a number here');
  return planRequestToJson(planRequestOf(workload, batch));
}

/** A job's answer; both ends are of one build. */
async function ask<T>(job: string, head: JsonValue): Promise<T> {
  return (await session.run(job, message(head))).head as unknown as T;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

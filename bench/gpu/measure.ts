// `npm run bench:gpu`: all that a machine with a GPU is asked in one go, under Node.js, where timestamps are not rounded: is
// what it computes right, where is its roof, how far below it is each pass, how many images a second. Text as it comes,
// JSON at the end. pytorch.py beside this asks PyTorch the same on the same card.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { GPU_CHOICES } from '../../cli/host/gpu-choice.ts';
import { packageRoot } from '../../cli/host/package-root.ts';
import { openSession, type Session } from '../../cli/host/session.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import type { AdapterReport } from '../../src/hosts/adapter.ts';
import { message } from '../../src/hosts/message.ts';
import { planRequestToJson } from '../../src/hosts/plan-request.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { type CheckReport, type Kind, kindOf } from '../check.ts';
import type { Measurement } from '../measure.ts';
import { passesAsText } from '../passes/passes-text.ts';
import type { PassesSection } from '../passes/section.ts';
import { roofAsText } from '../roof/roof-text.ts';
import { type Missing, type RoofSection, roofOf } from '../roof/section.ts';
import { parseWorkloads, type Workload, workloadName } from '../workload.ts';

const PASSES = 'densenet121:training:32,densenet121:inference:1';
const ROWS = `${PASSES},densenet121:inference:8,densenet121:inference:32,bc-100-12:training:64,bc-100-12:inference:64`;

const GOLDENS: Readonly<Record<Kind, string>> = {
  imagenet: 'imagenet-odd.safetensors',
  bottleneck: 'bc-nothing-aligned.safetensors',
  plain: 'plain-narrow-one-image.safetensors',
};

type GpuReport = {
  readonly date: string;
  readonly node: string;
  readonly adapter: AdapterReport;
  readonly checks: readonly CheckReport[];
  readonly roof: RoofSection;
  readonly passes: readonly (PassesSection | (Workload & Missing))[];
  readonly rows: readonly (Measurement | (Workload & Missing))[];
};

const { values } = parseArgs({
  options: {
    gpu: { type: 'string', default: 'hardware' },
    passes: { type: 'string', default: PASSES },
    rows: { type: 'string', default: ROWS },
    seconds: { type: 'string', default: '20' },
    json: { type: 'string' },
  },
});

const gpu = GPU_CHOICES.find((choice) => choice === values.gpu);
if (!gpu) throw new ConfigError('--gpu', values.gpu, `must be one of ${GPU_CHOICES.join(', ')}`);
const seconds = Number(values.seconds);
if (!(seconds > 0)) throw new ConfigError('--seconds', values.seconds, 'must be a number above 0');
const [forPasses, forRows] = [parseWorkloads(values.passes), parseWorkloads(values.rows)];

const session = await openSession({ host: 'node', gpu, bundle: 'gpu' });
try {
  const report = await measureAll(session);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
} finally {
  await session.close();
}

async function measureAll({ adapter }: Session): Promise<GpuReport> {
  print(adapter.name);
  if (adapter.software) print('software on a processor: none of these are figures of a GPU');
  const kinds = new Set([...forPasses, ...forRows].map(kindOf));
  const checks: CheckReport[] = [];
  for (const kind of kinds) checks.push(await check(kind));
  const wrong = new Set(checks.filter(({ passed }) => !passed).map(({ kind }) => kind));
  const roof = await ask<RoofSection>('roof', {});
  print(`\n${roofAsText(roof)}`);
  const right = async <T>(workload: Workload, measure: () => Promise<T>): Promise<T | (Workload & Missing)> => {
    try {
      if (wrong.has(kindOf(workload))) throw new Error('its results on this GPU are wrong: nothing is timed');
      return await measure();
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      print(`\n${workloadName(workload)}: ${problem}`);
      return { ...workload, problem };
    }
  };
  const passes: GpuReport['passes'][number][] = [];
  for (const workload of forPasses) passes.push(await right(workload, () => passesOf(workload, roof)));
  const rows: GpuReport['rows'][number][] = [];
  for (const workload of forRows) rows.push(await right(workload, () => rowOf(workload)));
  return { date: new Date().toISOString(), node: process.version, adapter, checks, roof, passes, rows };
}

async function check(kind: Kind): Promise<CheckReport> {
  const file = GOLDENS[kind];
  const golden = await readFile(join(packageRoot, 'tests/golden', file));
  const { head } = await session.run('check', message({ kind, file }, { golden }));
  const report = head as unknown as CheckReport;
  print(`${report.passed ? 'right' : 'WRONG'}: ${kind} networks, by ${file}`);
  return report;
}

async function passesOf({ model, mode, batch }: Workload, roof: RoofSection): Promise<PassesSection> {
  const plan = planRequestToJson({
    ...{ config: PRESETS[model], mode, batch },
    ...{ recompute: false, loss: 'cross-entropy', optimizer: 'sgd' },
  });
  const known = roofOf(roof);
  const effort = { samples: 20, milliseconds: seconds * 1000 };
  const section = await ask<PassesSection>('passes', { model, plan, effort, ...(known ? { roof: known } : {}) });
  print(`\n${passesAsText(section, 30)}`);
  return section;
}

async function rowOf(workload: Workload): Promise<Measurement> {
  const measurement = await ask<Measurement>('measure', { workload, effort: { repeats: 50, seconds } });
  const { median, p5, p95 } = measurement.milliseconds;
  const perSecond = measurement.imagesPerSecond.median.toPrecision(4);
  print(
    `${workloadName(workload)}: ${perSecond} images/s, ${[median, p5, p95].map((ms) => ms.toPrecision(4)).join(' / ')} ms (median, p5, p95)`,
  );
  return measurement;
}

/** A job's answer; its messages are those of our own bundle. */
async function ask<T>(job: string, head: Parameters<typeof message>[0]): Promise<T> {
  return (await session.run(job, message(head))).head as unknown as T;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

// `densenet bench`: how fast networks run on a host's GPU, and how right; the benchmark page's own code from a terminal.

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import {
  type BaselinesSection,
  type BenchJobs,
  combinations,
  FULL_SAMPLING,
  MODES,
  measureReport,
  modelOf,
  parseBatch,
  type Report,
  type Row,
  reportText,
  type SamplingOptions,
  SETS,
  SHORT_SET,
  type Workload,
  workloadName,
  workloadsNamed,
} from '../../bench/terminal.ts';
import { PRECISIONS } from '../../src/densenet/plan/feature-map.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { benchBaselines } from '../bench-baselines.ts';
import { benchProgress } from '../bench-progress.ts';
import { EXIT, exitCodeOf, interruptSignal } from '../exit.ts';
import { checkOutput, writeWhole } from '../files.ts';
import { hostFlags } from '../host/gpu-choice.ts';
import { packageRoot } from '../host/package-root.ts';
import { type HostBundle, openBundle, type Session } from '../host/session.ts';
import { addGlobalOptions, fraction, globalOptions, whole } from '../options.ts';
import { note, print } from '../output.ts';

const BENCH_BUNDLE: HostBundle<BenchJobs> = { folder: 'bench-hosts' };

interface BenchOptions {
  readonly models?: string;
  readonly batch?: string;
  readonly mode?: string;
  readonly recompute?: boolean;
  readonly precision?: string;
  readonly run?: string;
  readonly seconds: number;
  readonly repeats: number;
  readonly passes?: boolean;
  readonly kernels?: boolean;
  readonly baselines?: string;
  readonly json?: string;
}

export function register(program: Command): void {
  addGlobalOptions(program.command('bench'))
    .description('measure images per second on the GPU, after comparing its results with those of PyTorch')
    .option('--models <list>', 'networks, separated by commas')
    .option('--batch <list>', 'batch sizes, separated by commas; largest: the largest that fits into memory')
    .option('--mode <list>', `${MODES.join(', ')} or both`)
    .option('--recompute', 'in training, recompute activations in backward (gradient checkpointing)')
    .option('--precision <list>', PRECISIONS.join(', '))
    .option(
      '--run <list>',
      'workloads, instead of the options above: MODEL:MODE:BATCH[:recompute][:PRECISION], or a set: short, standard',
    )
    .option('--seconds <n>', 'longest time per workload, after the warm-up', fraction('above 0'), FULL_SAMPLING.seconds)
    .option('--repeats <n>', 'least number of repeats', whole(3, 100_000), FULL_SAMPLING.repeats)
    .option('--passes', 'also measure the GPU time of every pass, and compare it with the roofline')
    .option('--kernels', 'also measure every tile of every convolution kernel, at the shapes of the workloads')
    .option(
      '--baselines <list>',
      'compare with other libraries, in Chromium: tfjs, onnx, jax; allows --run tiny:MODE:BATCH',
    )
    .option('--json <file>', 'write everything as JSON, which the benchmark page opens')
    .addHelpText(
      'after',
      `
Without --models and --run, the short set is measured. A workload is repeated until the 95% confidence interval of its
median is narrower than ${100 * FULL_SAMPLING.width}% of the median, or its time is up. If this GPU's results differ from PyTorch's, an
error is reported instead of a number.

Examples:
  densenet bench
  densenet bench --models densenet121,bc-100-12 --batch 1,8,largest --mode inference,training --json report.json
  densenet bench --run densenet121:training:8:recompute --host chromium
  densenet bench --baselines tfjs,onnx,jax --run bc-100-12:inference:16 --json baselines.json`,
    )
    .action(async (options: BenchOptions, command: Command) => {
      if (options.json !== undefined) await checkOutput('--json', options.json);
      const { seconds, repeats, baselines } = options;
      if (baselines !== undefined) {
        const { gpu } = globalOptions(command);
        const report = await benchBaselines({ baselines, run: runText(options), seconds, repeats, gpu });
        print(reportText(report));
        await writeReport(options.json, report);
        process.exitCode = exitCodeOfBaselines(report.peers ?? []);
        return;
      }
      const workloads = workloadsOf(options);
      const sampling: SamplingOptions = { ...FULL_SAMPLING, seconds, repeats };
      const session = await openBundle(BENCH_BUNDLE, globalOptions(command));
      const report = await bench(session, workloads, sampling, options).finally(() => session.close());
      print(reportText(report));
      await writeReport(options.json, report);
      process.exitCode = exitCodeOfRows(report.rows);
    });
}

async function writeReport(file: string | undefined, report: Report): Promise<void> {
  if (file === undefined) return;
  await writeWhole(file, new TextEncoder().encode(`${JSON.stringify(report, undefined, 2)}\n`));
}

/** What other libraries run too, as the page's address says it: --run as it was given, as it may name what no preset is. */
const runText = (options: BenchOptions): string =>
  options.run !== undefined && !Object.hasOwn(SETS, options.run)
    ? options.run
    : workloadsOf(options).map(workloadName).join(',');

/** Other libraries may fail; ours may not. */
function exitCodeOfBaselines(section: BaselinesSection): number {
  const ours = section.flatMap(({ rows }) => rows.filter(({ peer }) => peer === 'ours'));
  if (ours.some(({ status }) => status === 'wrong')) return EXIT.checkFailed;
  return ours.some(({ status }) => status === 'failed') ? exitCodeOf('gpu') : EXIT.done;
}

/** A check that failed outweighs a row that could not be. */
function exitCodeOfRows(rows: readonly Row[]): number {
  const codes = rows.map((row) => (row.status === 'failed' ? exitCodeOf(row.code) : EXIT.done));
  return codes.includes(EXIT.checkFailed) ? EXIT.checkFailed : Math.max(EXIT.done, ...codes);
}

async function bench(
  session: Session<BenchJobs>,
  workloads: readonly Workload[],
  sampling: SamplingOptions,
  { passes, kernels }: Pick<BenchOptions, 'passes' | 'kernels'>,
): Promise<Report> {
  note(`${session.host}: ${session.adapter.name}`);
  const progress = benchProgress({ terminal: process.stderr.isTTY === true, note });
  try {
    return await measureReport(session, workloads, {
      sampling,
      passes,
      kernels,
      environment: {
        adapter: session.adapter,
        commit: commitHere(),
        flags: hostFlags(session.host, session.adapter.software ? 'software' : 'hardware'),
      },
      loadGolden: (file) => readFile(join(packageRoot, 'tests/golden', file)),
      signal: interruptSignal(),
      onProgress: (event) => progress.show(event),
      onLine: (text) => progress.line(text),
    });
  } finally {
    progress.end();
  }
}

function commitHere(): string {
  try {
    return execFileSync('git', ['-C', packageRoot, 'rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}

const list = (text: string) => text.split(',').map((part) => part.trim());

/** @throws ConfigError for what cannot be, and for --run beside what it stands for */
export function workloadsOf(
  options: Pick<BenchOptions, 'models' | 'batch' | 'mode' | 'recompute' | 'precision' | 'run'>,
) {
  const { models, batch, mode, recompute = false, precision, run } = options;
  const one = models ?? batch ?? mode ?? precision ?? (recompute ? '--recompute' : undefined);
  if (run !== undefined) {
    if (one !== undefined) throw new ConfigError('--run', run, `says everything; leave out ${one}`);
    const workloads = workloadsNamed(run);
    if (workloads.length === 0) throw new ConfigError('--run', run, 'names no workload');
    return workloads;
  }
  if (one === undefined) return SHORT_SET;
  const workloads = combinations({
    models: list(models ?? 'densenet121').map(modelOf),
    batches: list(batch ?? '1').map(parseBatch),
    modes: choose('--mode', MODES, mode ?? (recompute ? 'training' : 'inference')),
    recompute: [recompute],
    precisions: choose('--precision', PRECISIONS, precision ?? 'f32'),
  });
  if (workloads.length === 0) {
    throw new ConfigError(
      '--recompute',
      mode ?? models,
      'has nothing to compute again: train a network with bottlenecks',
    );
  }
  return workloads;
}

function choose<T extends string>(option: string, all: readonly T[], text: string): T[] {
  return list(text).map((name) => {
    const found = all.find((candidate) => candidate === name);
    if (!found) throw new ConfigError(option, name, `must be one of ${all.join(', ')}`);
    return found;
  });
}

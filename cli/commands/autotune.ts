// `densenet autotune`: which tile configuration is fastest for a network on this machine's GPU. It is cached, and `train` uses it.

import process from 'node:process';
import { type Command, Option } from 'commander';
import type { AutotuneMode } from '../../src/densenet/autotune/autotune.ts';
import {
  type AutotunedClass,
  type AutotunedPoint,
  bestOf,
  isSame,
  type MeasuredCandidate,
} from '../../src/densenet/autotune/cache.ts';
import type { AutotuneProgress } from '../../src/densenet/autotune/search.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import type { TileChoice } from '../../src/densenet/plan/tile-config.ts';
import type { AutotuneReport } from '../../src/jobs/autotune.ts';
import type { PlanRequest } from '../../src/jobs/compile.ts';
import { duration } from '../../ui/number-text.ts';
import { table } from '../../ui/text-table.ts';
import { readAutotunes, saveAutotunes } from '../autotune-cache-file.ts';
import { interruptSignal } from '../exit.ts';
import { openSession } from '../host/session.ts';
import { chooseNetwork } from '../networks.ts';
import { addGlobalOptions, globalOptions, precisionOption, whole } from '../options.ts';
import { note, print, printJson } from '../output.ts';
import { hyperparameterOption } from '../training/hyperparameter-options.ts';

interface AutotuneCommandOptions {
  readonly config?: string;
  readonly mode: 'training' | 'inference';
  readonly batch?: number;
  readonly recompute?: boolean;
  readonly precision: Precision;
  readonly autotune: Exclude<AutotuneMode, 'off'>;
  readonly budget: number;
  readonly json?: boolean;
}

export function register(program: Command): void {
  addGlobalOptions(program.command('autotune'))
    .description("find the fastest tile configuration for a network on this machine's GPU, and cache it")
    .argument('[model]', 'densenet121, bc-100-12, plain-40-12 …')
    .option('--config <json>', 'network configuration, with the keys of tests/golden/make_golden.py')
    .addOption(new Option('--mode <mode>', 'which plan').choices(['training', 'inference']).default('training'))
    .option('--batch <n>', 'images per step (default: 32 in training, 1 in inference)', whole(1, 1 << 20))
    .addOption(hyperparameterOption('recompute'))
    .addOption(precisionOption())
    .addOption(
      new Option('--autotune <mode>', 'measure (full), or show what is cached')
        .choices(['full', 'cached'])
        .default('full'),
    )
    .option('--budget <ms>', 'GPU time to measure for, in milliseconds', whole(1, 3_600_000), 3000)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Each candidate is first checked against float64 on this GPU; one with wrong results is rejected.
A software GPU uses up the budget on the first shapes: the others keep their defaults.`,
    )
    .action(async (model: string | undefined, options: AutotuneCommandOptions, command: Command) => {
      const { config, training } = chooseNetwork(model, options.config);
      const { mode, recompute = false, precision, budget } = options;
      const plan: PlanRequest = {
        config,
        mode,
        recompute,
        precision,
        batch: options.batch ?? (mode === 'training' ? 32 : 1),
        loss: training?.loss ?? 'cross-entropy',
        optimizer: training?.optimizer.kind ?? 'sgd',
      };
      const kept = await readAutotunes();
      const session = await openSession(globalOptions(command));
      try {
        note(`${session.host}: ${session.adapter.name}`);
        const request = { plan, autotune: options.autotune, budget, kept };
        const running = { onEvent: progress, signal: interruptSignal() };
        const { kept: found, ...report } = await session.run('autotune', request, running);
        if (report.source === 'measured') await saveAutotunes(found);
        for (const text of report.notes) note(text);
        if (options.json) printJson({ host: session.host, adapter: session.adapter.name, ...report });
        else print(autotuneAsText(report));
      } finally {
        await session.close();
      }
    });
}

function progress({ done, classes, shape, gpuMilliseconds }: AutotuneProgress): void {
  const line = `${done}/${classes} ${shape}, ${Math.round(gpuMilliseconds)} ms of GPU time`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}${done + 1 === classes ? '\n' : ''}`);
  else note(line);
}

/** What is printed for people: a line per measured point, its tile beside the default. */
function autotuneAsText({
  source,
  measured,
  classes,
  gpuMilliseconds,
  seconds,
  clock,
  autotuneRecord,
}: Omit<AutotuneReport, 'kept'>): string {
  const rows = autotuneRecord.classes.flatMap((found) => found.points.map((point) => rowOf(found, point)));
  const what =
    source === 'measured'
      ? `${measured} of ${classes} shape classes measured by ${clock}: ${Math.round(gpuMilliseconds)} ms of GPU time, ${duration(seconds)} in all`
      : source === 'cache'
        ? `${autotuneRecord.classes.length} shape classes are cached for this GPU`
        : 'nothing is cached for this GPU: the defaults are used';
  const rejected = autotuneRecord.classes.flatMap(({ kernel, points }) =>
    points.flatMap(({ candidates }) =>
      candidates.flatMap(({ tile, problem }) => (problem ? [`rejected: ${kernel} ${tile}: ${problem}`] : [])),
    ),
  );
  const heads = ['kernel', 'map', 'pixels', 'inputs', 'outputs', 'tile', 'ms', 'default ms', 'tried'];
  return [what, ...(rows.length > 0 ? [table(heads, rows)] : []), ...new Set(rejected)].join('\n');
}

function rowOf({ kernel, map, bucket, outputs }: AutotunedClass, { inputs, candidates }: AutotunedPoint): string[] {
  const choice = bestOf(candidates);
  const chosen = choice && candidates.find((candidate) => isSame(candidate, choice));
  return [
    ...[kernel, map || '-', `~2^${bucket}`, `${inputs}`, `${outputs}`],
    ...[chosen ? tileName(chosen) : '-', time(chosen), time(candidates[0]), `${candidates.length}`],
  ];
}

const tileName = ({ tile, splitK, subgroups }: TileChoice): string =>
  `${tile}${splitK === 1 ? '' : `, ${splitK} x splits`}${subgroups ? ', subgroups' : ''}`;

const time = (candidate: MeasuredCandidate | undefined): string => candidate?.milliseconds?.toPrecision(3) ?? '-';

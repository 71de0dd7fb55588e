// `densenet autotune`: which tiles are fastest for a network on this machine's GPU. What it finds is kept, and `train` uses it.
import process from 'node:process';
import { type Command, Option } from 'commander';
import type { AutotuneMode } from '../../src/densenet/autotune/autotune.ts';
import type { AutotuneProgress } from '../../src/densenet/autotune/search.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import type { PlanRequest } from '../../src/jobs/compile.ts';
import { readAutotunes, saveAutotunes } from '../autotune-cache-file.ts';
import { autotuneAsText } from '../autotune-text.ts';
import { addGlobalOptions, globalOptions } from '../global-options.ts';
import { openSession } from '../host/session.ts';
import { interruptSignal } from '../interrupt.ts';
import { chooseNetwork } from '../network-choice.ts';
import { whole } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { precisionOption } from '../precision-option.ts';

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
    .description("find the fastest tiles for a network on this machine's GPU, and keep them")
    .argument('[model]', 'densenet121, bc-100-12, plain-40-12 …')
    .option('--config <json>', 'a network by its configuration, with the keys of tests/golden/make_golden.py')
    .addOption(new Option('--mode <mode>', 'which plan').choices(['training', 'inference']).default('training'))
    .option('--batch <n>', 'images a step (default: 32 in training, 1 in inference)', whole(1, 1 << 20))
    .option('--recompute', 'training that keeps less and computes it again')
    .addOption(precisionOption())
    .addOption(
      new Option('--autotune <mode>', 'measure, or show what is cached').choices(['full', 'cached']).default('full'),
    )
    .option('--budget <ms>', 'milliseconds of GPU time that measuring may take', whole(1, 3_600_000), 3000)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Each tile is first checked against float64 on this GPU; one that computes something else is rejected.
A software GPU spends the budget on its first shapes: the others keep their defaults.`,
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

// `densenet tune`: which tiles are fastest for a network on this machine's GPU. What it finds is kept, and `train` uses it.
import process from 'node:process';
import { type Command, Option } from 'commander';
import type { Precision } from '../../src/densenet/plan/precision.ts';
import type { TuneMode } from '../../src/densenet/tune/tune.ts';
import type { TuneProgress } from '../../src/densenet/tune/tune-passes.ts';
import type { TuneInput, TuneReport } from '../../src/hosts/jobs/tune.ts';
import { message } from '../../src/hosts/message.ts';
import { planRequestToJson } from '../../src/hosts/plan-request.ts';
import { addGlobalOptions, globalOptions } from '../global-options.ts';
import { openSession } from '../host/session.ts';
import { interruptSignal } from '../interrupt.ts';
import { chooseNetwork } from '../network-choice.ts';
import { whole } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { precisionOption } from '../precision-option.ts';
import { tuneAsText } from '../tune-text.ts';
import { keepTunings, readTunings } from '../tuning-file.ts';

interface TuneCommandOptions {
  readonly config?: string;
  readonly mode: 'training' | 'inference';
  readonly batch?: number;
  readonly recompute?: boolean;
  readonly precision: Precision;
  readonly tune: Exclude<TuneMode, 'off'>;
  readonly budget: number;
  readonly json?: boolean;
}

export function register(program: Command): void {
  addGlobalOptions(program.command('tune'))
    .description("find the fastest tiles for a network on this machine's GPU, and keep them")
    .argument('[model]', 'densenet121, bc-100-12, plain-40-12 …')
    .option('--config <json>', 'a network by its configuration, with the keys of tests/golden/make_golden.py')
    .addOption(new Option('--mode <mode>', 'which plan').choices(['training', 'inference']).default('training'))
    .option('--batch <n>', 'images a step (default: 32 in training, 1 in inference)', whole(1, 1 << 20))
    .option('--recompute', 'training that keeps less and computes it again')
    .addOption(precisionOption())
    .addOption(new Option('--tune <how>', 'measure, or show what was kept').choices(['full', 'cached']).default('full'))
    .option('--budget <ms>', 'milliseconds of GPU time that measuring may take', whole(1, 3_600_000), 3000)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Each tile is first held against float64 on this GPU; one that computes something else is struck out.
A software GPU spends the budget on its first shapes: the others keep their defaults.`,
    )
    .action(async (model: string | undefined, options: TuneCommandOptions, command: Command) => {
      const { config, training } = chooseNetwork(model, options.config);
      const { mode, recompute = false, precision, budget } = options;
      const plan = planRequestToJson({
        ...{ config, mode, recompute, precision, batch: options.batch ?? (mode === 'training' ? 32 : 1) },
        loss: training?.loss ?? 'cross-entropy',
        optimizer: training?.optimizer.kind ?? 'sgd',
      });
      const kept = await readTunings();
      const session = await openSession(globalOptions(command));
      try {
        note(`${session.host}: ${session.adapter.name}`);
        const input: TuneInput = { plan, tune: options.tune, budget, kept };
        const onEvent = ({ head }: { head: unknown }) => progress(head as TuneProgress);
        const { head } = await session.run('tune', message(input), { onEvent, signal: interruptSignal() });
        const { kept: found, ...report } = head as unknown as TuneReport;
        if (report.source === 'measured') await keepTunings(found);
        for (const text of report.notes) note(text);
        if (options.json) printJson({ host: session.host, adapter: session.adapter.name, ...report });
        else print(tuneAsText(report));
      } finally {
        await session.close();
      }
    });
}

function progress({ done, classes, shape, gpuMilliseconds }: TuneProgress): void {
  const line = `${done}/${classes} ${shape}, ${Math.round(gpuMilliseconds)} ms of GPU time`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}${done + 1 === classes ? '\n' : ''}`);
  else note(line);
}

// `densenet lr-find`: a learning-rate sweep of a training, from the options that `train` has. Nothing is trained and nothing stays.
import process from 'node:process';
import type { Command } from 'commander';
import { buildNetwork } from '../../src/densenet/network.ts';
import { WEIGHT_AVERAGE } from '../../src/densenet/train/weight-average.ts';
import type { LrFindEvent } from '../../src/jobs/lr-find.ts';
import { sweepHtml } from '../../src/report/lr-sweep.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { duration, thousands } from '../../ui/number-text.ts';
import { readAutotunes } from '../autotune-cache-file.ts';
import { EXIT, interruptCode, interruptSignal } from '../exit.ts';
import { checkOutput, isFile, writeWhole } from '../files.ts';
import { openSession, type SessionOptions } from '../host/session.ts';
import { addGlobalOptions, fraction, globalOptions, whole } from '../options.ts';
import { note, print, printJson } from '../output.ts';
import { SCHEDULE_FIELDS } from '../training/hyperparameter-options.ts';
import { endText, suggestionsOf, sweepReport, sweepTitle } from '../training/lr-sweep-text.ts';
import { addNewRunOptions, openNewRun } from '../training/new-run.ts';
import { replyWithImages, requestImages } from '../training/opened-data.ts';
import type { NewRunOptions } from '../training/settings.ts';

interface LrFindOptions extends NewRunOptions {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
  readonly plot?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** What decides the rate over a run, how long that is, and what is made of its weights: nothing of it matters to a sweep. */
const OF_WHOLE_RUNS = new Set([
  'learningRate',
  'schedule',
  'warmup',
  'epochs',
  'earlyStop',
  ...Object.keys(SCHEDULE_FIELDS),
  ...Object.keys(WEIGHT_AVERAGE),
]);

export function register(program: Command): void {
  addNewRunOptions(addGlobalOptions(program.command('lr-find')), (field) => !OF_WHOLE_RUNS.has(field))
    .description('find a learning rate: a short training at rising rates, of which nothing is kept')
    .option('--from <rate>', 'the first learning rate', fraction('above 0'), 1e-7)
    .option('--to <rate>', 'the last one, where the loss does not diverge before', fraction('above 0'), 10)
    .option('--steps <n>', 'updates at most, each at the same multiple of the rate before it', whole(2, 1e6), 100)
    .option('--plot <file>', 'write the curve: one HTML file')
    .option('--overwrite', 'replace an existing file')
    .option('--json', 'print JSON, with every point')
    .addHelpText(
      'after',
      `
A learning-rate range test (Smith 2015, section 3.3; fastai's lr_find): the loss by the learning rate, smoothed, until it is more than
four times its minimum. Take the valley, and train with the same data, network, batch, optimizer and augmentation: the rate depends on
them. Learning rate, schedule and length of --config are not used; tiles are those that autotune has cached.

Exit codes: 0 a rate is suggested, 1 there were too few steps before the loss diverged, 130 interrupted (the steps so far are shown).

Examples:
  densenet lr-find --data photos --optimizer sgd
  densenet lr-find --checkpoint fashion.safetensors --fine-tune last-block --from 1e-6 --to 1
  densenet lr-find --model bc-40-36 --batch 32 --augment strong --plot sweep.html`,
    )
    .action(async (options: LrFindOptions, command: Command) => {
      const host = globalOptions(command);
      await checkOptions(options);
      const run = await openNewRun(options);
      try {
        await sweep(run, options, host);
      } finally {
        run.data.close();
      }
    });
}

/** @throws ConfigError */
async function checkOptions({ from, to, plot, overwrite = false }: LrFindOptions): Promise<void> {
  if (to <= from) throw new ConfigError('--to', to, `must be above the first rate, ${from} (--from)`);
  if (plot === undefined) return;
  if (!/\.html?$/i.test(plot))
    throw new ConfigError('--plot', plot, 'is written as HTML: choose a name that ends in .html');
  if (!overwrite && (await isFile(plot)))
    throw new ConfigError('--plot', plot, 'exists already; choose another name, or give --overwrite');
  await checkOutput('--plot', plot);
}

async function sweep(
  { name, settings, data, start }: Awaited<ReturnType<typeof openNewRun>>,
  options: LrFindOptions,
  host: SessionOptions,
): Promise<void> {
  const { from, to, steps, plot, json = false } = options;
  const { parameterCount } = buildNetwork(settings.config);
  const request = {
    ...settings,
    start,
    kept: await readAutotunes(),
    training: await requestImages(data.training),
    sweep: { from, to, steps },
  };
  const session = await openSession(host);
  const signal = interruptSignal();
  const progress = new Progress(steps);
  try {
    note(`${session.host}: ${session.adapter.name}`);
    note(`${name} (${thousands(parameterCount)} parameters) on ${thousands(data.training.count)} images`);
    const handlers = { onEvent: (event: LrFindEvent) => progress.tell(event), onAsk: replyWithImages(data), signal };
    const found = await session.run('lr-find', request, handlers);
    progress.end();
    if (plot !== undefined) {
      const page = sweepHtml({
        ...found,
        suggestions: suggestionsOf(found),
        title: sweepTitle(name, options.data),
        lines: endText(found, steps),
      });
      await writeWhole(plot, new TextEncoder().encode(page));
    }
    const { ended, points } = found;
    const suggestions = suggestionsOf(found) ?? null;
    if (json) {
      const about = { host: session.host, adapter: session.adapter.name, parameters: parameterCount };
      printJson({ ...about, ended, suggestions, points });
    } else print(sweepReport(found, steps));
    if (plot !== undefined) note(`the curve: ${plot}`);
    process.exitCode = ended === 'aborted' ? interruptCode() : suggestions ? EXIT.done : EXIT.checkFailed;
  } finally {
    progress.end();
    await session.close();
  }
}

/** Milliseconds between lines where there is no terminal. */
const LINE_EVERY = 10_000;

/** How far the sweep is: one line of a terminal, elsewhere a line every few seconds. */
class Progress {
  private done = 0;
  private lastLine = performance.now();

  constructor(private readonly steps: number) {}

  tell(event: LrFindEvent): void {
    if (event.kind === 'ready') {
      for (const text of event.notes) note(text);
      note(`shaders compiled in ${duration(event.seconds)}`);
      return;
    }
    this.done++;
    const { rate, loss } = event;
    const text = `step ${this.done}/${this.steps}: learning rate ${rate.toPrecision(2)}, loss ${loss.toPrecision(4)}`;
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
    else if (performance.now() - this.lastLine >= LINE_EVERY) {
      this.lastLine = performance.now();
      note(text);
    }
  }

  end(): void {
    if (process.stderr.isTTY && this.done > 0) process.stderr.write('\r\x1b[K');
    this.done = 0;
  }
}

// `densenet runs`: the runs in a folder, from their logs: what was trained, how far, and how well.
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import type {
  EndEntry,
  EpochEntry,
  EvaluationEntry,
  LogEntry,
  RunEntry,
} from '../../src/densenet/train/log-entries.ts';
import { bestEpoch, type EpochMetrics } from '../../src/densenet/train/run-metadata.ts';
import { reason } from '../../src/node/file-errors.ts';
import { readRunLog } from '../../src/node/run-log.ts';
import { ConfigError, DenseNetError } from '../../src/runtime/errors.ts';
import { duration, percent, thousands } from '../../ui/number-text.ts';
import { table } from '../../ui/text-table.ts';
import { isFile } from '../files.ts';
import { note, print, printJson } from '../output.ts';
import { RUN_FILES, RUNS } from '../training/run-folder.ts';

export function register(program: Command): void {
  program
    .command('runs')
    .description('list training runs: network, epochs, best validation accuracy, test accuracy')
    .argument('[folder]', 'folder of runs, or of one run', RUNS)
    .addOption(new Option('--sort <by>', 'order of the runs').choices(SORTINGS).default('name'))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExamples:\n  densenet runs\n  densenet runs experiments --sort accuracy')
    .action(async (folder: string, { sort, json }: { sort: Sorting; json?: boolean }) => {
      const found = (await summaries(folder)).sort(ORDERS[sort]);
      if (json) printJson(found);
      else if (found.length === 0) note(`${folder} holds no runs: densenet train makes some`);
      else print(table(HEADING, found.map(cells)));
    });
}

const SORTINGS = ['name', 'accuracy'] as const;
type Sorting = (typeof SORTINGS)[number];
const ORDERS: Readonly<Record<Sorting, (a: RunSummary, b: RunSummary) => number>> = {
  name: (a, b) => (a.name < b.name ? -1 : 1),
  accuracy: (a, b) => (b.best?.validationAccuracy ?? -1) - (a.best?.validationAccuracy ?? -1),
};

/** What a log comes to. */
export interface RunSummary {
  /** The folder's name. */
  readonly name: string;
  readonly model: string;
  readonly parameters: number | null;
  /** Updates and whole epochs. */
  readonly steps: number;
  readonly epochs: number;
  /** Of the best epoch (`bestEpoch`), counted from 0. */
  readonly best: { readonly epoch: number; readonly validationAccuracy: number } | null;
  /** Accuracy on the test images at its end; null: there are none, or it is not at its end. */
  readonly test: number | null;
  readonly seconds: number;
  /** How it ended; null: it runs, or was killed. */
  readonly ended: EndEntry['reason'] | null;
}

/** @throws ConfigError where the folder cannot be read; a message for each log that cannot */
async function summaries(folder: string): Promise<RunSummary[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    const why = reason(cause).replace('no such file', 'no such folder');
    throw new ConfigError('folder', folder, `cannot be read: ${why}; densenet train makes ${RUNS}`);
  });
  const folders = names.includes(RUN_FILES.log) ? [folder] : names.map((name) => join(folder, name));
  const found: RunSummary[] = [];
  for (const path of folders) {
    const log = join(path, RUN_FILES.log);
    if (!(await stat(path).catch(() => undefined))?.isDirectory() || !(await isFile(log))) continue;
    try {
      found.push(await summaryOf(basename(path), readRunLog(log)));
    } catch (error) {
      if (!(error instanceof DenseNetError)) throw error;
      note(error.message);
    }
  }
  return found;
}

type Scores = Pick<EpochMetrics, 'validationAccuracy' | 'validationLoss'>;

/** In a log, what is not there is not finite. */
const scoresOf = ({ validationAccuracy, validationLoss }: EpochEntry): Scores => ({
  validationAccuracy: Number.isNaN(validationAccuracy) ? null : validationAccuracy,
  validationLoss: Number.isNaN(validationLoss) ? null : validationLoss,
});

/** The summary of a log's entries, which are read one by one. */
export async function summaryOf(name: string, entries: AsyncIterable<LogEntry>): Promise<RunSummary> {
  let run: RunEntry | undefined;
  const scores: Scores[] = [];
  let last: Exclude<LogEntry, EvaluationEntry> | undefined;
  let test: EvaluationEntry | undefined;
  for await (const entry of entries) {
    if (entry.kind === 'evaluation') {
      if (entry.split === 'test') test = entry;
      continue;
    }
    last = entry;
    if (entry.kind === 'run') run = entry;
    // It goes on: what its network did is that of another one.
    if (entry.kind === 'resume') test = undefined;
    if (entry.kind !== 'epoch') continue;
    scores[entry.epoch] = scoresOf(entry);
  }
  const best = bestEpoch(scores);
  const at = last && 'step' in last ? last : { step: 0, seconds: 0 };
  return {
    name,
    model: run?.model ?? 'unknown',
    parameters: run?.parameters ?? null,
    steps: at.step,
    epochs: scores.length,
    best: best === undefined ? null : { epoch: best, validationAccuracy: scores[best]?.validationAccuracy ?? 0 },
    test: test?.accuracy ?? null,
    seconds: at.seconds,
    ended: last?.kind === 'end' ? last.reason : null,
  };
}

const HEADING = ['run', 'network', 'parameters', 'epochs', 'updates', 'best', 'in epoch', 'test', 'time', 'ended'];

const cells = ({ name, model, parameters, epochs, steps, best, test, seconds, ended }: RunSummary): string[] => [
  name,
  model,
  parameters === null ? '–' : thousands(parameters),
  String(epochs),
  thousands(steps),
  best === null ? '–' : percent(best.validationAccuracy),
  best === null ? '–' : String(best.epoch + 1),
  test === null ? '–' : percent(test),
  duration(seconds),
  ended ?? 'no',
];

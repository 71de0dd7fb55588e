// The folder of one training run: the best and the last network, the log, TensorBoard's events, the report. A new run has a
// folder of its own, by default `runs/2026-11-30-201947-MODEL`; nothing of another run is ever overwritten, and while a run
// uses a folder no other one can.
import { rmdirSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errnoOf, reason } from '../../src/node/file-errors.ts';
import { LOG_FILE } from '../../src/node/run-log.ts';
import { ConfigError } from '../../src/runtime/errors.ts';
import { lockFile } from '../file-lock.ts';
import { checkOutput, clearScratch, isFile } from '../files.ts';
import { atExit } from '../host/host-process.ts';

/** Where runs are, unless an option names a folder. */
export const RUNS = 'runs';

/** The files of a run, by what they hold. Event files have names of their own (node/run-log.ts). */
export const RUN_FILES = {
  /** The network of the best epoch. */
  best: 'best.safetensors',
  /** The state after the last update, which can be resumed; it is also a checkpoint. */
  last: 'last.safetensors',
  log: LOG_FILE,
  report: 'report.html',
} as const;

export type RunPaths = Readonly<Record<keyof typeof RUN_FILES, string>>;

export interface RunFolder {
  readonly path: string;
  /** Its files, which need not be there yet. */
  readonly files: RunPaths;
  /** Lets other runs use the folder. One that was made for this run and holds nothing is removed. */
  release(): void;
}

export interface NewRunOptions {
  /** `--run`; left out: a new folder in `runs`. */
  readonly folder?: string | undefined;
  /** The network's name. */
  readonly model: string;
  /** Where `runs` is; left out: the working directory. */
  readonly root?: string;
  /** Local time, for the name. */
  readonly now?: Date;
}

/**
 * Makes the folder of a new run, and locks it.
 * @throws ConfigError where it cannot be made, or holds a run; StorageError where another run uses it
 */
export async function newRunFolder({
  folder,
  model,
  root = RUNS,
  now = new Date(),
}: NewRunOptions): Promise<RunFolder> {
  const made: string[] = [];
  const path = folder ?? (await freeFolder(root, `${timeName(now)}-${fileName(model)}`, made));
  if (folder !== undefined) await make(path, made);
  const run = await claim(path, made);
  try {
    const names = await readdir(path);
    const other = names.find((name) => isRunFile(name));
    if (other !== undefined) {
      const last = names.includes(RUN_FILES.last) ? `resume it (--resume ${run.files.last}), or ` : '';
      throw new ConfigError('--run', path, `holds a run already (${other}): ${last}choose another folder`);
    }
    return run;
  } catch (error) {
    run.release();
    throw error;
  }
}

/**
 * Locks the folder of a run that goes on.
 * @param folder its folder, or its state's file
 * @throws ConfigError where there is no run to resume; StorageError where another run uses it
 */
export async function resumedRunFolder(option: string, folder: string): Promise<RunFolder> {
  const path = (await isFile(folder)) ? dirname(folder) : folder;
  if (!(await isFile(join(path, RUN_FILES.last))))
    throw new ConfigError(option, folder, `holds no run to resume: there is no ${RUN_FILES.last} in ${path}`);
  return claim(path);
}

/** Whether a folder holds a run: its log is there, or a network of it. */
export const isRunFolder = async (path: string): Promise<boolean> =>
  (await readdir(path).catch(() => [])).some((name) => isRunFile(name));

const isRunFile = (name: string): boolean =>
  Object.values<string>(RUN_FILES).includes(name) ||
  name.startsWith('events.out.tfevents.') ||
  epochOfFile(name) !== undefined;

/** The file of an epoch that is kept, which is counted from 0 here and from 1 for people. */
export const epochFile = (epoch: number): string => `epoch-${String(epoch + 1).padStart(2, '0')}.safetensors`;

/** The epoch whose network a file of this name is; undefined for other names. */
export function epochOfFile(name: string): number | undefined {
  const [, number] = /^epoch-(\d{2,})\.safetensors$/.exec(name) ?? [];
  const epoch = Number(number) - 1;
  return number !== undefined && epochFile(epoch) === name ? epoch : undefined;
}

/** @param made folders that were made for it, the outermost first */
async function claim(path: string, made: readonly string[] = []): Promise<RunFolder> {
  const files: RunPaths = {
    best: join(path, RUN_FILES.best),
    last: join(path, RUN_FILES.last),
    log: join(path, RUN_FILES.log),
    report: join(path, RUN_FILES.report),
  };
  // One lock for all of them.
  await checkOutput('--run', files.log);
  const unlock = await lockFile('--run', join(path, 'run'));
  for (const file of Object.values(files)) await clearScratch(file);
  // Behind the lock's own, which empties the folder.
  const forget = atExit(() => removeEmpty(made));
  const release = () => {
    forget();
    unlock();
    removeEmpty(made);
  };
  return { path, files, release };
}

/** A run that failed before it wrote anything leaves nothing. */
function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      // It holds something, and so do those around it.
      return;
    }
  }
}

/** @param made gets the folders that were not there, the outermost first */
async function make(path: string, made: string[]): Promise<void> {
  const outermost = await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    const why = errnoOf(cause) === 'EEXIST' ? 'it is a file' : reason(cause);
    throw new ConfigError('--run', path, `cannot be made: ${why}; choose another place`);
  });
  if (outermost === undefined) return;
  const folders = [resolve(path)];
  for (let folder = resolve(path); folder !== resolve(outermost); folder = dirname(folder))
    folders.unshift(dirname(folder));
  made.push(...folders);
}

/** The first folder of this name, or with a number behind it, that nobody has. It is made, so that it is ours. */
async function freeFolder(root: string, name: string, made: string[]): Promise<string> {
  await make(root, made);
  for (let n = 1; ; n++) {
    const path = join(root, n === 1 ? name : `${name}-${n}`);
    try {
      await mkdir(path);
      made.push(path);
      return path;
    } catch (cause) {
      if (errnoOf(cause) !== 'EEXIST')
        throw new ConfigError('--run', path, `cannot be made: ${reason(cause)}; choose another place (--run FOLDER)`);
    }
  }
}

/** `2026-11-30-201947`: sorted by name is sorted by time. */
function timeName(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}

/** Characters of a model's name that a folder's name has room for. */
const MOST_NAME = 60;

const fileName = (model: string): string =>
  model
    .replace(/[^A-Za-z0-9.]+/g, '-')
    .slice(0, MOST_NAME)
    .replace(/^[-.]+|[-.]+$/g, '') || 'model';

// One run per file: a lock beside it, `.NAME.lock`, with the process that holds it. A lock whose process is gone is taken
// over, also where another process has its id by now; a process on another host cannot be checked, so its lock counts.
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { errnoOf } from '../src/node/file-errors.ts';
import { StorageError } from '../src/runtime/errors.ts';
import { atExit } from './host/host-process.ts';

/** When this process started. */
const started = startOf(process.pid);

interface Holder {
  readonly pid: number;
  /** When the process started, in the system's own units; null if unknown. */
  readonly started: string | null;
  readonly host: string;
  /** The system's boot id, and its process namespace (a container has its own); null if unknown. */
  readonly boot: string | null;
  readonly processes: string | null;
  readonly since: string;
}

/**
 * Where a file's scratch lies: `.NAME.PID-START.partial`. Who holds the file's lock may clear those of processes that are
 * gone.
 */
export const scratchName = (path: string, of = ''): string =>
  join(dirname(path), `.${basename(path)}.${process.pid}-${started ?? 0}${of}.partial`);

/** The process that a scratch file of `path` is of, and whether it still runs; undefined for any other name. */
export function isScratchInUse(path: string, name: string): boolean | undefined {
  const begin = `.${basename(path)}.`;
  const [, pid, start] =
    /^(\d+)-(\d+)(\.\w+)?\.partial$/.exec(name.startsWith(begin) ? name.slice(begin.length) : '') ?? [];
  return pid === undefined ? undefined : isRunning(Number(pid), start === '0' ? null : (start ?? null));
}

/**
 * Takes the lock of a file, which need not be there yet; the returned function gives it back, as does the process's end.
 * @param option the file's option, for errors
 * @throws StorageError `busy` where another run has it, or may have it
 */
export async function lockFile(option: string, path: string): Promise<() => void> {
  const lock = join(dirname(path), `.${basename(path)}.lock`);
  const mine = JSON.stringify(myself());
  const busy = (why: string) => new StorageError('busy', `${option}: ${path} ${why}`);
  // Of several that find a lock whose process is gone, one gets it.
  for (let attempt = 0; attempt < 10; attempt++) {
    if (await claim(path, lock, mine)) return released(lock, mine);
    const text = await readFile(lock, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const holder = parseHolder(text);
    if (!holder) throw busy(`has an unreadable lock: if no training uses the file, remove ${lock}`);
    const { pid, host, since } = holder;
    const who = `is in use by process ${pid} on ${host}, since ${since}`;
    const standing = standingOf(holder);
    if (standing === 'runs') throw busy(`${who}: wait until it ends, or choose another file`);
    if (standing === 'unknown') {
      throw busy(`${who}, which cannot be checked from here: if it has ended, remove ${lock}`);
    }
    await setAside(path, lock, text);
  }
  throw busy(`is being locked by other processes: try again`);
}

function released(lock: string, mine: string): () => void {
  const release = () => {
    try {
      if (readFileSync(lock, 'utf8') === mine) rmSync(lock, { force: true });
    } catch {
      // It went with its folder.
    }
  };
  const forget = atExit(release);
  return () => {
    forget();
    release();
  };
}

/** Makes the lock where there is none. It appears with all of its text: a link to a scratch file that is whole. */
async function claim(path: string, lock: string, text: string): Promise<boolean> {
  const scratch = scratchName(path, '.lock');
  try {
    await writeFile(scratch, text);
    await link(scratch, lock).catch((cause) => {
      // Not every file system has links.
      if (errnoOf(cause) === 'EEXIST') throw cause;
      return writeFile(lock, text, { flag: 'wx' });
    });
    return true;
  } catch (cause) {
    if (errnoOf(cause) === 'EEXIST') return false;
    throw cause;
  } finally {
    await rm(scratch, { force: true });
  }
}

/** Removes the lock that says `text`. Renamed first, so that what is removed is that one and not its successor. */
async function setAside(path: string, lock: string, text: string): Promise<void> {
  const aside = scratchName(path, '.aside');
  try {
    await rename(lock, aside);
    if ((await readFile(aside, 'utf8')) !== text) await link(aside, lock);
  } catch {
    // Somebody else was quicker.
  }
  await rm(aside, { force: true });
}

const myself = (): Holder => ({
  pid: process.pid,
  started,
  host: hostname(),
  boot: textOf('/proc/sys/kernel/random/boot_id'),
  processes: processTable(),
  since: new Date().toISOString(),
});

function parseHolder(text: string): Holder | undefined {
  try {
    const { pid, started, host, boot, processes, since } = JSON.parse(text);
    const texts = [started, boot, processes].every((value) => value === null || typeof value === 'string');
    if (!Number.isSafeInteger(pid) || pid < 1 || !texts || typeof host !== 'string') return undefined;
    return { pid, started, host, boot, processes, since: String(since).slice(0, 40) };
  } catch {
    return undefined;
  }
}

function standingOf({ pid, started, host, boot, processes }: Holder): 'runs' | 'gone' | 'unknown' {
  const here = myself();
  if (host !== here.host) return 'unknown';
  if (boot !== here.boot) return 'gone';
  if (processes !== here.processes) return 'unknown';
  return isRunning(pid, started) ? 'runs' : 'gone';
}

/** Whether a process runs, and is the one that started then. */
function isRunning(pid: number, started: string | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // Another user's process may not be asked, but it is there.
    if (errnoOf(cause) !== 'EPERM') return false;
  }
  const now = startOf(pid);
  return now !== 'ended' && (started === null || now === null || now === started);
}

/** When a process started; `ended` for one that only waits to be collected; null where this system does not tell. */
function startOf(pid: number): string | null {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat !== null) {
    // Behind the name, which may hold anything: the state, and 19 fields later the start in clock ticks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : (fields[19] ?? null);
  }
  if (process.platform === 'win32' || process.platform === 'linux') return null;
  try {
    const at = Date.parse(execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }));
    return Number.isNaN(at) ? null : String(at);
  } catch {
    return null;
  }
}

const processTable = (): string | null => {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null;
  }
};

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

// What a training run logs into its folder: `log.jsonl`, an entry per line (densenet/train/log-entries.ts), and an event file
// for TensorBoard. Training never waits for it and never ends because of it: what cannot be written is reported once, and again
// at the end. A resumed run cuts its log where its state stands, so that the log has each step once; the line that a crash
// tore is cut with it. TensorBoard is told to drop the same steps.
import { createReadStream } from 'node:fs';
import { stat, truncate } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseJson } from '../data/json.ts';
import { eventFileName, fileVersionRecord, restartRecord, scalarRecord } from '../data/tensorboard.ts';
import {
  isBeyond,
  type LogEntry,
  type LogPosition,
  logLine,
  parseLogEntry,
  scalarsOf,
} from '../densenet/train/log-entries.ts';
import { DataError, DenseNetError, StorageError } from '../runtime/errors.ts';
import { AppendFile } from './append-file.ts';
import { errnoOf, reason } from './file-errors.ts';

/** The log's name in the folder of its run. */
export const LOG_FILE = 'log.jsonl';

export interface RunLogOptions {
  /** Where the run stands that is resumed; left out: it begins. */
  readonly resume?: LogPosition | undefined;
  /** Called once: the first file that cannot be written, or a log that cannot be gone on with. */
  readonly onProblem?: ((error: DenseNetError) => void) | undefined;
  /** Milliseconds since 1970; left out: the system's clock. */
  readonly now?: (() => number) | undefined;
}

export class RunLog {
  private constructor(
    private readonly log: AppendFile | undefined,
    private readonly events: AppendFile,
    private readonly now: () => number,
    /** Of a log that could not be gone on with. */
    private readonly problem: DenseNetError | undefined,
  ) {}

  /** Never throws: a log that cannot be opened is reported, and training goes on without it. */
  static async open(folder: string, { resume, onProblem, now = Date.now }: RunLogOptions = {}): Promise<RunLog> {
    const path = join(folder, LOG_FILE);
    let log: AppendFile | undefined;
    let problem: DenseNetError | undefined;
    let isTold = false;
    const tell = (error: DenseNetError) => {
      if (!isTold) onProblem?.(error);
      isTold = true;
    };
    try {
      log = new AppendFile(path, { from: resume && (await cutLog(path, resume)), onProblem: tell });
    } catch (error) {
      if (!(error instanceof DenseNetError)) throw error;
      problem = error;
      tell(error);
    }
    const seconds = now() / 1000;
    const events = new AppendFile(await freeEventFile(folder, seconds), { onProblem: tell });
    events.append(fileVersionRecord(seconds));
    if (resume) events.append(restartRecord(seconds, resume.step + 1));
    return new RunLog(log, events, now, problem);
  }

  /** Adds an entry, which is written soon. */
  write(entry: LogEntry): void {
    this.log?.append(Buffer.from(logLine(entry)));
    const scalars = scalarsOf(entry);
    if (scalars.length > 0 && 'step' in entry) this.events.append(scalarRecord(this.now() / 1000, entry.step, scalars));
  }

  /**
   * Resolves when all entries are on the disk, or cannot be written. Call it before a state is saved: the log of a run that is
   * resumed from there then has every step before.
   */
  async flush(): Promise<void> {
    await Promise.all([this.log?.flush(), this.events.flush()]);
  }

  /** Writes what waits, and closes the files. @returns what is missing in them, for the run's last messages */
  async close(): Promise<readonly DenseNetError[]> {
    const missing = await Promise.all([this.log?.close(), this.events.close()]);
    return [this.problem, ...missing].filter((error) => error !== undefined);
  }
}

async function freeEventFile(folder: string, seconds: number): Promise<string> {
  for (let number = 0; ; number++) {
    const path = join(folder, eventFileName(seconds, hostname(), process.pid, number));
    if (!(await stat(path).catch(() => undefined))) return path;
  }
}

/**
 * The entries of a log, in order; a last line that a crash tore is left out.
 * @throws DataError where another line is no entry; StorageError where the file cannot be read
 */
export async function* readRunLog(path: string): AsyncGenerator<LogEntry> {
  for await (const { entry } of entriesIn(path)) yield entry;
}

/**
 * Cuts a log where a state stands. @returns its bytes then, undefined where there is no log
 * @throws DataError where a line before that is no entry, so that nothing is cut; StorageError
 */
export async function cutLog(path: string, position: LogPosition): Promise<number | undefined> {
  const there = await stat(path).catch((cause: unknown) => {
    if (errnoOf(cause) === 'ENOENT') return undefined;
    throw new StorageError('failed', `${path} cannot be read: ${reason(cause)}`, { cause });
  });
  if (!there) return undefined;
  let end = 0;
  for await (const placed of entriesIn(path)) {
    if (isBeyond(placed.entry, position)) break;
    end = placed.end;
  }
  await truncate(path, end).catch((cause: unknown) => {
    throw new StorageError('failed', `${path} cannot be written: ${reason(cause)}`, { cause });
  });
  return end;
}

interface PlacedEntry {
  readonly entry: LogEntry;
  /** Where its line ends, in bytes. */
  readonly end: number;
}

const NEWLINE = 0x0a;
/** Longer than any entry. */
const MOST_LINE_BYTES = 1 << 22;

async function* entriesIn(path: string): AsyncGenerator<PlacedEntry> {
  let number = 0;
  let end = 0;
  /** What is wrong with a line: with the last one, a crash tore it. */
  let problem: DataError | undefined;
  for await (const { bytes, isWhole } of linesOf(path)) {
    if (problem) throw problem;
    number++;
    try {
      if (!isWhole) throw new DataError(path, end, 'it is cut short');
      const entry = parseLogEntry(parseJson(new TextDecoder().decode(bytes), path), path);
      end += bytes.length + 1;
      yield { entry, end };
    } catch (cause) {
      if (!(cause instanceof DenseNetError)) throw cause;
      const advice = 'repair it, or move the file away to begin a new one';
      problem = new DataError(path, end, `line ${number} is no entry of a log: ${cause.message}; ${advice}`, { cause });
    }
  }
}

/** Lines without their ends; the last one is whole if it has one. @throws StorageError where the file cannot be read */
async function* linesOf(path: string): AsyncGenerator<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path)) {
      const bytes = Buffer.concat([rest, chunk]);
      let from = 0;
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
        yield { bytes: bytes.subarray(from, at), isWhole: true };
        from = at + 1;
      }
      rest = bytes.subarray(from);
      if (rest.length > MOST_LINE_BYTES) break;
    }
  } catch (cause) {
    if (cause instanceof DenseNetError) throw cause;
    throw new StorageError('failed', `${path} cannot be read: ${reason(cause)}`, { cause });
  }
  if (rest.length > 0) yield { bytes: rest, isWhole: false };
}

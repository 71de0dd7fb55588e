// How a command ends: the one place where an error becomes an exit code and a sentence, and what Ctrl-C and its like do. By
// default they end everything at once; a command that has something to save takes the signal and gets one chance.
import process from 'node:process';
import { CommanderError } from 'commander';
import { DenseNetError, type ErrorCode } from '../src/runtime/errors.ts';
import { printableLines, printableMessage } from '../src/runtime/printable.ts';

export const EXIT = { done: 0, checkFailed: 1, badInput: 2, noGpu: 3 } as const;

const CODES: Readonly<Record<ErrorCode, number>> = {
  config: EXIT.badInput,
  data: EXIT.badInput,
  state: EXIT.badInput,
  limit: EXIT.badInput,
  'no-gpu': EXIT.noGpu,
  'device-lost': EXIT.checkFailed,
  disposed: EXIT.checkFailed,
  gpu: EXIT.checkFailed,
  'not-finite': EXIT.checkFailed,
  'wrong-result': EXIT.checkFailed,
  storage: EXIT.checkFailed,
  shader: EXIT.checkFailed,
};

/** The exit code for an error that was noted and not thrown; any other error counts as a failed check. */
export const exitCodeOf = (code: ErrorCode | 'other'): number => (code === 'other' ? EXIT.checkFailed : CODES[code]);

/** The exit code for whatever a command threw. */
export function exitCode(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.badInput;
  if (thrown instanceof DenseNetError) return CODES[thrown.code];
  return EXIT.checkFailed;
}

/** One sentence for standard error; the stack too where DEBUG names densenet. Commander has already said its own. */
export function errorText(thrown: unknown): string {
  if (thrown instanceof CommanderError) return '';
  if (!(thrown instanceof Error)) return `densenet: ${printableMessage(String(thrown), printableLines)}\n`;
  const name = thrown instanceof DenseNetError ? '' : `${thrown.name}: `;
  const stack = /\bdensenet\b/.test(process.env.DEBUG ?? '') ? `${printableLines(thrown.stack ?? '')}\n` : '';
  return `densenet: ${printableMessage(`${name}${thrown.message}`, printableLines)}\n${stack}`;
}

/** Exit codes of signals, as a shell has them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
/** As a shell has it for SIGPIPE: whoever read the output is gone. */
export const READER_GONE = 141;
/**
 * Milliseconds in which a signal is the same one again: Ctrl-C reaches a process from the terminal and from npm, which
 * passes it on; `timeout` sends its signal twice.
 */
const SAME_SIGNAL = 1000;
let taken: AbortController | undefined;
let takenAt = 0;
let code: number = SIGNALS.SIGINT;

/** Aborted at the first interrupt, which then does nothing else; the second, a second later, ends this process. */
export function interruptSignal(): AbortSignal {
  taken ??= new AbortController();
  return taken.signal;
}

/** The exit code of a command that was interrupted before its work was done: never 0. */
export const interruptCode = (): number => code;

/** Interrupts the command that took the signal, which then ends with `by`. False where none did. */
export function interrupt(by: number): boolean {
  if (!taken) return false;
  if (!taken.signal.aborted) {
    code = by;
    takenAt = performance.now();
    taken.abort();
  }
  return true;
}

/** Ends this process, and with it its hosts, when it is told to. */
export function handleInterrupts(): void {
  for (const [name, by] of Object.entries(SIGNALS))
    process.on(name, () => {
      const again = taken?.signal.aborted === true;
      if (again ? performance.now() - takenAt > SAME_SIGNAL : !interrupt(by)) process.exit(by);
    });
}

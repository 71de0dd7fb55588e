// Ctrl-C and its like. By default they end everything at once; a command that has something to save takes the signal
// and gets one chance.
import process from 'node:process';

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

// Ctrl-C and its like. By default they end everything at once; a command that has something to save takes the signal
// and gets one chance.
import process from 'node:process';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
/** As a shell has it for SIGPIPE: whoever read the output is gone. */
export const READER_GONE = 141;
let taken: AbortController | undefined;
let code: number = SIGNALS.SIGINT;

/** Aborted at the first interrupt, which then does nothing else; the second ends this process. */
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
    taken.abort();
  }
  return true;
}

/** Ends this process, and with it its hosts, when it is told to. */
export function handleInterrupts(): void {
  for (const [name, by] of Object.entries(SIGNALS))
    process.on(name, () => {
      if (taken?.signal.aborted || !interrupt(by)) process.exit(by);
    });
}

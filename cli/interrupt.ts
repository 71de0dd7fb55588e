// Ctrl-C and its like. By default they end everything at once; a command that has something to save takes the signal
// and gets one chance.
import process from 'node:process';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
let taken: AbortController | undefined;

/** Aborted at the first interrupt, which then does nothing else; the second ends this process. */
export function interruptSignal(): AbortSignal {
  taken ??= new AbortController();
  return taken.signal;
}

/** Ends this process, and with it its hosts, when it is told to. */
export function handleInterrupts(): void {
  for (const [name, code] of Object.entries(SIGNALS))
    process.on(name, () => {
      if (taken && !taken.signal.aborted) taken.abort();
      else process.exit(code);
    });
}

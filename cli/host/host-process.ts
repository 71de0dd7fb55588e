// A host that runs: a child process or a browser with a page. Whatever happens, none outlives this process.
import process from 'node:process';

export interface HostProcess {
  /** Its last words so far. */
  stderrTail(): string;
  /** Ends it at once, without waiting; may be called at any time and more than once. */
  kill(): void;
  /** Ends it and waits until nothing of it is left. */
  close(): Promise<void>;
}

/** Starts a host that will fetch its program and jobs from `url`; calls `onExit` when it ends, however it ends. */
export type Launch = (url: string, onExit: (how: string) => void) => Promise<HostProcess>;

const endings = new Set<() => void>();

process.on('exit', () => {
  for (const end of endings) end();
});

/** Has `end` called when this process ends, unless the returned function is called before. It must not wait. */
export function atExit(end: () => void): () => void {
  endings.add(end);
  return () => endings.delete(end);
}

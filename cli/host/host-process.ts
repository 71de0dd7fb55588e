// A host that runs: a child process or a browser with a page. Whatever happens, none outlives this process.
import process from 'node:process';

export interface HostProcess {
  /** Its last words so far. */
  lastWords(): string;
  /** Ends it at once, without waiting; may be called at any time and more than once. */
  kill(): void;
  /** Ends it and waits until nothing of it is left. */
  close(): Promise<void>;
}

/** Starts a host that will fetch its program and jobs from `url`; calls `onExit` when it ends, however it ends. */
export type Launch = (url: string, onExit: (how: string) => void) => Promise<HostProcess>;

const running = new Set<HostProcess>();

process.on('exit', killHosts);

/** Ends every host at once. */
export function killHosts(): void {
  for (const host of running) host.kill();
}

/** Ties a host's life to this process; the returned function unties it. */
export function tie(host: HostProcess): () => void {
  running.add(host);
  return () => running.delete(host);
}

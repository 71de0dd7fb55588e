// A host that runs: a child process or a browser with a page. Whatever happens, none outlives this process. What it wrote to its
// standard error last is kept for the error of one that died.
import process from 'node:process';
import { DenseNetError } from '../../src/runtime/errors.ts';

export interface HostProcess {
  /** The end of what it has written so far. */
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

const TAIL_LENGTH = 4096;

/** The end of a stream of text, however long the stream. */
export class TextTail {
  #text = '';

  add(chunk: string): void {
    this.#text = (this.#text + chunk).slice(-TAIL_LENGTH);
  }

  toString(): string {
    return this.#text;
  }
}

/** A host that died, fell silent or never answered: which one, what happened, and the end of its standard error. */
export class HostError extends DenseNetError {
  override readonly name = 'HostError';

  constructor(
    readonly host: string,
    problem: string,
    readonly stderrTail: string,
  ) {
    const quote = stderrTail.trim();
    super(
      'device-lost',
      `host ${host} ${problem}${quote ? `; the end of its output:\n${quote}` : '; it printed nothing'}`,
    );
  }
}

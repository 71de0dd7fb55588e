// What a command prints: results on standard output, everything else on standard error. A reader that went away
// (`densenet … | head`) is no error.
import process from 'node:process';
import { interrupt, READER_GONE } from './interrupt.ts';

/** Writes text to standard output. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Writes a value as JSON, indented, to standard output. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));

/** Writes a line about what is going on to standard error. */
export const note = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/**
 * Ends this process when what it writes arrives nowhere: quietly when the reader went away, else with a sentence. A command
 * that has something to save saves it first.
 */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (interrupt(error.code === 'EPIPE' ? READER_GONE : 1)) return;
      if (error.code === 'EPIPE') process.exit();
      process.stderr.write(`densenet: cannot write the output: ${error.message}\n`, () => process.exit(1));
    });
}

/** Resolves when all that was written has left this process. */
export const flushed = (): Promise<void> => new Promise((resolve) => process.stdout.write('', () => resolve()));

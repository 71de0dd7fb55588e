// What a command prints: results on standard output, everything else on standard error. A reader that went away
// (`densenet … | head`) is no error.
import process from 'node:process';

/** Writes text to standard output. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Writes text to standard output, without a line's end. */
export const write = (text: string): void => {
  process.stdout.write(text);
};

/** Writes a value as JSON, indented, to standard output. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, undefined, 2));

/** Writes a line about what is going on to standard error. */
export const note = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Ends this process when what it writes arrives nowhere: quietly when the reader went away, else with a sentence. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      process.stderr.write(`densenet: cannot write the output: ${error.message}\n`, () => process.exit(1));
    });
}

/** Resolves when all that was written has left this process. */
export const flushed = (): Promise<void> => new Promise((resolve) => process.stdout.write('', () => resolve()));

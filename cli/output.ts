// What a command prints: results on standard output, everything else on standard error. A reader that went away
// (`densenet … | head`) is not an error. Names come from files, so characters that control a terminal are escaped.
import process from 'node:process';
import { printableLines } from '../src/runtime/printable.ts';
import { interrupt, READER_GONE } from './exit.ts';

/** Writes text to standard output, line by line as it is. What comes from a file is `printable` in it already. */
export const print = (text: string): void => {
  process.stdout.write(`${printableLines(text)}\n`);
};

/** The same without the line's end. */
export const write = (text: string): void => {
  process.stdout.write(printableLines(text));
};

/** Writes a value as JSON, indented, to standard output. In JSON every such character can be written as an escape. */
export const printJson = (value: unknown): void => print(jsonText(value));

/** The same in one line: an object of a stream. */
export const printJsonLine = (value: unknown): void => print(jsonText(value, 0));

/** The value as JSON, indented or in one line, in which no character controls a terminal; it reads back as the same value. */
export const jsonText = (value: unknown, indent = 2): string =>
  JSON.stringify(value, undefined, indent).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? character : [...Array(character.length).keys()].map((i) => unitEscape(character, i)).join(''),
  );

const unitEscape = (text: string, i: number): string => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`;

/** Writes a line to standard error: progress, notes, warnings. */
export const note = (text: string): void => {
  process.stderr.write(`${printableLines(text)}\n`);
};

/**
 * Ends this process when what it writes arrives nowhere: quietly when the reader went away, else with a message. A command
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

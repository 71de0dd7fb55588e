// The one place where an error becomes an exit code and a sentence.
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

/** The exit code for an error that was noted and not thrown; one that is none of ours is a check that failed. */
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

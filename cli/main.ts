// The frame of the command line: what every command shares. A command is a file in commands/ with `register(program)`.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Command } from 'commander';
import { printableLines } from '../src/runtime/printable.ts';
import * as adapter from './commands/adapter.ts';
import * as autotune from './commands/autotune.ts';
import * as bench from './commands/bench.ts';
import * as data from './commands/data.ts';
import * as describe from './commands/describe.ts';
import * as evaluate from './commands/evaluate.ts';
import * as explain from './commands/explain.ts';
import * as exportCommand from './commands/export.ts';
import * as importCommand from './commands/import.ts';
import * as lrFind from './commands/lr-find.ts';
import * as predict from './commands/predict.ts';
import * as pull from './commands/pull.ts';
import * as quickStart from './commands/quick-start.ts';
import * as runs from './commands/runs.ts';
import * as train from './commands/train.ts';
import * as verify from './commands/verify.ts';
import { EXIT, errorText, exitCode, handleInterrupts } from './exit.ts';
import { packageRoot } from './host/package-root.ts';
import { endWithReader, flushed } from './output.ts';

const commands = [
  quickStart,
  train,
  lrFind,
  runs,
  evaluate,
  predict,
  explain,
  data,
  pull,
  importCommand,
  exportCommand,
  describe,
  adapter,
  verify,
  autotune,
  bench,
];

function densenet(): Command {
  const { version, description } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  const program = new Command('densenet').description(description).version(version).exitOverride();
  // Commander says "error:" where every other sentence of ours begins with the program's name.
  program.configureOutput({
    outputError: (text, write) => write(printableLines(text.replace(/^error: /, 'densenet: '))),
  });
  program.showHelpAfterError('(see densenet --help)').addHelpText(
    'after',
    `
Exit codes: ${EXIT.done} done, ${EXIT.checkFailed} the check failed, ${EXIT.badInput} bad input, ${EXIT.noGpu} no GPU,
130 interrupted (143: SIGTERM, 129: SIGHUP).`,
  );
  for (const command of commands) command.register(program);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

/** Runs the command in the process's arguments and ends the process with its exit code. */
export async function main(): Promise<void> {
  endWithReader();
  handleInterrupts();
  try {
    await densenet().parseAsync();
  } catch (thrown) {
    process.stderr.write(errorText(thrown));
    process.exitCode = exitCode(thrown);
  }
  await flushed();
  process.exit();
}

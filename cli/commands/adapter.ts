// `densenet adapter`: which GPU a host has, its features and limits.
import type { Command } from 'commander';
import { openSession } from '../host/session.ts';
import { addGlobalOptions, globalOptions } from '../options.ts';
import { print, printJson } from '../output.ts';

export function register(program: Command): void {
  addGlobalOptions(program.command('adapter'))
    .description('show the GPU that a host runs on, with its features and limits')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }, command: Command) => {
      const { host, adapter, close } = await openSession(globalOptions(command));
      await close();
      if (json) return printJson({ host, ...adapter });
      print(`${host}: ${adapter.name}`);
      print(`features: ${adapter.features.join(', ')}`);
      for (const [name, value] of Object.entries(adapter.limits)) print(`${name.padEnd(42)}${value}`);
    });
}

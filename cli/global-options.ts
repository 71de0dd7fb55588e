// The options that every command shares: which host, which GPU.
import { type Command, Option } from 'commander';
import { ConfigError } from '../src/runtime/errors.ts';
import { type CliHost, GPU_CHOICES, type GpuChoice, HOSTS } from './host/gpu-choice.ts';

export interface GlobalOptions {
  readonly host: CliHost;
  readonly gpu: GpuChoice;
  readonly dawnFeatures?: string;
}

/** Adds them to a command, so that they may stand behind its name. */
export const addGlobalOptions = (command: Command): Command =>
  command
    .addOption(new Option('--host <host>', 'where the shaders run').choices(HOSTS).default('node'))
    .addOption(new Option('--gpu <kind>', 'which GPU').choices(GPU_CHOICES).default('auto'))
    .option('--dawn-features <list>', 'toggles for Dawn, with --host node: dump_shaders and the like');

/** What was given. @throws ConfigError where --dawn-features meets a host that is not Dawn's. */
export function globalOptions(command: Command): GlobalOptions {
  const options = command.opts<GlobalOptions>();
  const { dawnFeatures, host } = options;
  if (dawnFeatures !== undefined && host !== 'node')
    throw new ConfigError('--dawn-features', dawnFeatures, `is for --host node, not ${host}`);
  return options;
}

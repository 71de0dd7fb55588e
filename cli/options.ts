// The options that several commands share, and how the numbers among options are read: whole or not, in which range, in which
// unit. A wrong value is Commander's error, which names the option and the value.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { PRECISIONS } from '../src/densenet/plan/feature-map.ts';
import { VENDORS } from '../src/runtime/adapter.ts';
import { ConfigError } from '../src/runtime/errors.ts';
import type { SaveEvery } from '../src/training/events.ts';
import { type CliHost, GPU_CHOICES, type GpuChoice, HOSTS } from './host/gpu-choice.ts';

/** Reads a whole number from `least` to `most`. */
export const whole =
  (least: number, most = 2 ** 31 - 1) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };

/** Reads a number in [least, below), or above 0 where `least` is 'above 0'. */
export const fraction =
  (least: number | 'above 0', below = Number.POSITIVE_INFINITY) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if ((least === 'above 0' ? value > 0 : value >= least) && value < below) return value;
    const range = below === Number.POSITIVE_INFINITY ? '' : ` and below ${below}`;
    throw new InvalidArgumentError(`It must be a number ${least === 'above 0' ? least : `from ${least}`}${range}.`);
  };

/** Reads how often: minutes (2m), seconds (30s), or a whole number of updates. */
export function saveEvery(text: string): SaveEvery {
  const [, number = '', unit] = /^(\d+(?:\.\d+)?)([ms])?$/.exec(text) ?? [];
  const value = Number(number);
  if (unit !== undefined && value > 0) return { seconds: unit === 'm' ? 60 * value : value };
  if (unit === undefined && Number.isInteger(value) && value > 0) return { updates: value };
  throw new InvalidArgumentError('It must be minutes (2m), seconds (30s) or a whole number of updates.');
}

/** Reads a list of finite numbers, separated by commas. */
export function numberList(text: string): readonly number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (values.every(Number.isFinite)) return values;
  throw new InvalidArgumentError('It must be numbers separated by commas, one per channel: 0.485,0.456,0.406.');
}

/** The options that every command has: which host, which GPU. */
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
    .option('--dawn-features <list>', 'Dawn toggles, with --host node: dump_shaders, for example');

/** What was given. @throws ConfigError where --dawn-features meets a host that is not Dawn's. */
export function globalOptions(command: Command): GlobalOptions {
  const options = command.opts<GlobalOptions>();
  const { dawnFeatures, host } = options;
  if (dawnFeatures !== undefined && host !== 'node')
    throw new ConfigError('--dawn-features', dawnFeatures, `is for --host node, not ${host}`);
  return options;
}

/** How features are stored. @param otherwise the default in words, where it is not f32 */
/** `--vendor`: whose GPUs' default tiles. */
export const vendorOption = (): Option =>
  new Option('--vendor <name>', "the default tiles of this vendor's GPUs, on any GPU").choices(VENDORS);

export function precisionOption(otherwise?: string): Option {
  const about =
    'how features are stored, and with f16-matrix also what is multiplied (subgroup matrices); sums are float32';
  const option = new Option('--precision <name>', otherwise ? `${about} (default: ${otherwise})` : about);
  return otherwise ? option.choices(PRECISIONS) : option.choices(PRECISIONS).default('f32');
}

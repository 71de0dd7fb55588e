// The option that says which part of a network is trained.
import { Option } from 'commander';
import type { Trainable } from '../src/densenet/plan/scope.ts';
import { ConfigError } from '../src/runtime/errors.ts';

const FROM_BLOCK = /^from-block-[1-9]\d?$/;

export const fineTuneOption = (): Option =>
  new Option(
    '--fine-tune <part>',
    'what is trained: classifier, last-block, from-block-N (and what follows it) or all; the rest keeps every bit',
  );

/** @throws ConfigError for a part that no network has */
export function trainableOf(part: string | undefined): { readonly trainable?: Trainable } {
  if (part === undefined) return {};
  if (part === 'all' || part === 'last-block' || part === 'classifier') return { trainable: part };
  if (FROM_BLOCK.test(part)) return { trainable: part as Trainable };
  throw new ConfigError('--fine-tune', part, 'must be classifier, last-block, from-block-N or all');
}

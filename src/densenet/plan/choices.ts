// Which tile each pass uses is part of a plan: the kernel's own default, unless choices say otherwise (a tuner's, for one
// GPU). A choice names a tile of the kernel's closed list; where a size does not have it, the default stands.

import type { Bindings, Kernel, Parameters, Widened } from '../../runtime/kernel.ts';
import { must, type Rule } from '../../runtime/options.ts';

export interface Choice {
  /** Name of one of the kernel's `tilings`. */
  readonly tiling: string;
  /** One of SPLIT_FACTORS: parts of a split sum, as a multiple of the default. */
  readonly splits: number;
}

/** What decides tiles: pure, so that the same plan is recorded each time. */
export interface Choices {
  /** Undefined: the kernel's default. Only a size's maps and channels may decide. */
  of(kernel: string, size: unknown): Choice | undefined;
}

/** Checks the option `choices`. */
export const tileChoices: Rule = must(
  (value) => typeof value === 'object' && value !== null && 'of' in value && typeof value.of === 'function',
  'must be the tiles that tune() chose, or left out',
);

export const DEFAULT_CHOICES: Choices = { of: () => undefined };

export const SPLIT_FACTORS = [1, 0.5, 2] as const;

/** What a pass will run with: the tile that was chosen for the size, and what the plan decides. */
export function parametersOf<S, P extends Parameters, B extends Bindings<S>>(
  choices: Choices,
  kernel: Kernel<S, P, B>,
  size: S,
  decided: Partial<Widened<P>> = {},
): Widened<P> {
  const choice = choices.of(kernel.id, size);
  const tiling = choice && kernel.tilings(size).find(({ name }) => name === choice.tiling);
  // A tiling's parameters are some of the kernel's own.
  return { ...kernel.choose(size), ...(tiling?.parameters as Partial<Widened<P>> | undefined), ...decided };
}

/** The size with as many splits as were chosen for it. */
export function splitSize<S extends object, P extends Parameters, B extends Bindings<S & { splits: number }>>(
  choices: Choices,
  kernel: Kernel<S & { splits: number }, P, B>,
  size: S,
): S & { splits: number } {
  const whole = { ...size, splits: 1 };
  const factor = choices.of(kernel.id, size)?.splits ?? 1;
  return { ...size, splits: kernel.splits?.(whole, parametersOf(choices, kernel, whole), factor) ?? 1 };
}

// Which tile each pass uses is part of a plan: the kernel's own default, unless a tile configuration names another (the
// autotuner's, for one GPU). It names one of the kernel's `tileCandidates`; where a size does not have it, the default stands.

import type { Bindings, Kernel, Parameters, Promoted } from '../../runtime/kernel.ts';
import { must, type Rule } from '../../runtime/options.ts';

/** A tile for a kernel at one size. */
export interface TileChoice {
  /** Name of one of the kernel's `tileCandidates`. */
  readonly tile: string;
  /** One of SPLIT_FACTORS: parts of a split sum, as a multiple of the default. */
  readonly splitK: number;
}

/** What decides tiles: pure, so that the same plan is recorded each time. */
export interface TileConfig {
  /** Undefined: the kernel's default. Only a size's maps and channels may decide. */
  of(kernel: string, size: unknown): TileChoice | undefined;
}

/** Checks the option `tileConfig`. */
export const tileConfigRule: Rule = must(
  (value) => typeof value === 'object' && value !== null && 'of' in value && typeof value.of === 'function',
  'must be the tileConfig of autotune(), or left out',
);

export const DEFAULT_TILES: TileConfig = { of: () => undefined };

export const SPLIT_FACTORS = [1, 0.5, 2] as const;

/** What a pass will run with: the tile that was chosen for the size, and what the plan decides. */
export function parametersOf<S, P extends Parameters, B extends Bindings<S>>(
  tileConfig: TileConfig,
  kernel: Kernel<S, P, B>,
  size: S,
  decided: Partial<Promoted<P>> = {},
): Promoted<P> {
  const chosenTile = tileConfig.of(kernel.id, size);
  const tile = chosenTile && kernel.tileCandidates(size).find(({ name }) => name === chosenTile.tile);
  // A tile's parameters are some of the kernel's own.
  return { ...kernel.choose(size), ...(tile?.parameters as Partial<Promoted<P>> | undefined), ...decided };
}

/** The size with as many splits as were chosen for it. */
export function splitSize<S extends object, P extends Parameters, B extends Bindings<S & { splitK: number }>>(
  tileConfig: TileConfig,
  kernel: Kernel<S & { splitK: number }, P, B>,
  size: S,
): S & { splitK: number } {
  const whole = { ...size, splitK: 1 };
  const factor = tileConfig.of(kernel.id, size)?.splitK ?? 1;
  return { ...size, splitK: kernel.splitK?.(whole, parametersOf(tileConfig, kernel, whole), factor) ?? 1 };
}

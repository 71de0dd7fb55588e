// Which tile each pass uses is part of a plan: the kernel's own default, unless a tile configuration names another (the
// autotuner's, for one GPU). It names one of the kernel's `tileCandidates`; where a size does not have it, the default stands.

import { VENDORS, type Vendor } from '../../runtime/adapter.ts';
import type { Device } from '../../runtime/device.ts';
import type { Bindings, Kernel, Parameters, Promoted } from '../../runtime/kernel.ts';
import { check, must, oneOf, type Rule } from '../../runtime/options.ts';
import { DEFAULT_TARGET, type TileTarget, tileTarget } from '../../runtime/tile-target.ts';

/** A tile for a kernel at one size. */
export interface TileChoice {
  /** Name of one of the kernel's `tileCandidates`. */
  readonly tile: string;
  /** One of SPLIT_FACTORS: parts of a split sum, as a multiple of the default. */
  readonly splitK: number;
  /** Whether its sums are by subgroup operations, on a device that was opened with them. Left out: they are not. */
  readonly subgroups?: boolean;
}

/** What decides tiles: pure, so that the same plan is recorded each time. */
export interface TileConfig {
  /** Undefined: the kernel's default. Only a size's maps and channels may decide. */
  of(kernel: string, size: unknown): TileChoice | undefined;
  /** What kind of GPU the defaults are for. */
  readonly target?: TileTarget | undefined;
}

/** Checks the option `tileConfig`. */
export const tileConfigRule: Rule = must(
  (value) => typeof value === 'object' && value !== null && 'of' in value && typeof value.of === 'function',
  'must be the tileConfig of autotune(), or left out',
);

export const DEFAULT_TILES: TileConfig = { of: () => undefined };

/**
 * The default tiles of a vendor's GPUs, on any GPU: for tests, and to see what another GPU is given.
 * @throws ConfigError for a vendor that has none
 */
export function vendorTiles(vendor: Vendor): TileConfig {
  check('vendor', vendor, oneOf(...VENDORS));
  return { ...DEFAULT_TILES, target: tileTarget(vendor) };
}

/** The tiles of a plan on a device: what `given` chooses, else the defaults of its target, else of the device's vendor. */
export function tilesOn(
  { tileTarget: own }: Pick<Device, 'tileTarget'>,
  given: TileConfig = DEFAULT_TILES,
): TileConfig & { readonly target: TileTarget } {
  const { target = own } = given;
  const threads = Math.min(target.threads, own.threads);
  return { of: (kernel, size) => given.of(kernel, size), target: { ...target, threads } };
}

export const SPLIT_FACTORS = [1, 0.5, 2] as const;

/** What a pass will run with: the tile that was chosen for the size, and what the plan decides. */
export function parametersOf<S, P extends Parameters, B extends Bindings<S>>(
  tileConfig: TileConfig,
  kernel: Kernel<S, P, B>,
  size: S,
  decided: Partial<Promoted<P>> = {},
): Promoted<P> {
  const chosenTile = tileConfig.of(kernel.id, size);
  const { target = DEFAULT_TARGET } = tileConfig;
  const tile = chosenTile && kernel.tileCandidates(size, target).find(({ name }) => name === chosenTile.tile);
  // A tile's parameters are some of the kernel's own.
  const own = tile?.parameters as Partial<Promoted<P>> | undefined;
  return withFewerThreads({ ...kernel.choose(size, target), ...own, ...decided }, target);
}

/** Kernels without tiles have what threads there are under these names. */
const THREADS = ['WORKGROUP', 'LANES'] as const;

function withFewerThreads<P extends Parameters>(parameters: P, { threads }: TileTarget): P {
  const fewer = THREADS.filter((name) => Number(parameters[name]) > threads).map((name) => [name, threads] as const);
  return { ...parameters, ...Object.fromEntries(fewer) };
}

/** The size with as many splits as were chosen for it. */
export function splitSize<S extends object, P extends Parameters, B extends Bindings<S & { splitK: number }>>(
  tileConfig: TileConfig,
  kernel: Kernel<S & { splitK: number }, P, B>,
  size: S,
): S & { splitK: number } {
  const whole = { ...size, splitK: 1 };
  const factor = tileConfig.of(kernel.id, size)?.splitK ?? 1;
  const parameters = parametersOf(tileConfig, kernel, whole);
  return { ...size, splitK: kernel.splitK?.(whole, parameters, factor, tileConfig.target) ?? 1 };
}

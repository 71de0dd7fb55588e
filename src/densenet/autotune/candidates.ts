// What there is to measure: the tiles of recorded passes, and sums by subgroup operations, by shape class. Passes of one class are taken to want the same
// tile: one kernel at one map size, one power of two of pixels in the batch, and one number of output channels. Along its
// input channels, which grow from layer to layer of a block, up to three points of a class are measured.

import type { Vendor } from '../../runtime/adapter.ts';
import type { AnyKernel, Parameters, TileCandidate } from '../../runtime/kernel.ts';
import { costOf, type RecordedPass } from '../../runtime/program.ts';
import type { TileTarget } from '../../runtime/tile-target.ts';
import { withTile } from '../plan/convolution.ts';
import type { TileChoice } from '../plan/tile-config.ts';

/** The properties of a size that decide a tile, or how sums are added up. */
interface SizeFacts {
  readonly map: string;
  readonly columns: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Passes that are taken to want the same tile. */
export interface ShapeClass {
  /** The kernel's id. */
  readonly kernel: string;
  /** `56x56`; empty where the kernel only knows pixels. */
  readonly map: string;
  /** Pixels of the batch, as the nearest power of two's exponent. */
  readonly bucket: number;
  /** Output channels. */
  readonly outputs: number;
}

const number = (size: object, name: string): number | undefined => {
  const value: unknown = Reflect.get(size, name);
  return typeof value === 'number' ? value : undefined;
};

function factsOf(size: unknown): SizeFacts | undefined {
  if (typeof size !== 'object' || size === null) return undefined;
  const [inputs, outputs] = [number(size, 'inputs'), number(size, 'outputs')];
  const [images, height, width] = [number(size, 'images'), number(size, 'height'), number(size, 'width')];
  if (inputs === undefined || outputs === undefined) return sumFactsOf(size);
  if (images !== undefined && height !== undefined && width !== undefined)
    return { map: `${height}x${width}`, columns: images * height * width, inputs, outputs };
  const columns = number(size, 'columns');
  return columns === undefined ? undefined : { map: '', columns, inputs, outputs };
}

/** Of the kernels that add up and have no tile: norms' ends, by rows and partial sums per row; others, by how much they add up. */
function sumFactsOf(size: object): SizeFacts | undefined {
  const [channels, first = 0, tiles] = [number(size, 'channels'), number(size, 'first'), number(size, 'tiles')];
  if (channels !== undefined && tiles !== undefined)
    return { map: '', columns: tiles, inputs: Math.max(1, channels - first), outputs: 0 };
  // Tables of places, which measuring would fill with anything.
  if (number(size, 'tensors') !== undefined) return undefined;
  const columns = number(size, 'count') ?? number(size, 'images');
  return columns === undefined ? undefined : { map: '', columns, inputs: 1, outputs: 0 };
}

/** Whether its sums have another text, by subgroup operations. */
const hasSubgroups = ({ parts }: AnyKernel): boolean => parts.some((part) => part.subgroups !== undefined);

/** What a device allows candidates: its default tiles' target, and whether it has subgroup operations. */
export interface CandidateTarget {
  readonly tiles?: TileTarget | undefined;
  readonly subgroups?: boolean;
}

/** Pixels of the batch; 0 where the size has none. */
export const pixelsOf = (size: unknown): number => factsOf(size)?.columns ?? 0;

/** The class of a size, and its input channels; undefined for sizes of kernels without tiles. */
export function classOf(kernel: string, size: unknown): (ShapeClass & { readonly inputs: number }) | undefined {
  const facts = factsOf(size);
  if (!facts) return undefined;
  const { map, columns, inputs, outputs } = facts;
  return { kernel, map, bucket: Math.round(Math.log2(columns)), outputs, inputs };
}

export const classKey = ({ kernel, map, bucket, outputs }: ShapeClass): string =>
  `${kernel} ${map} 2^${bucket} ${outputs}`;

export interface ClassPasses {
  readonly shape: ShapeClass;
  /** Of all its passes. */
  readonly flops: number;
  /** The pass to measure at each point, by growing input channels. */
  readonly points: readonly { readonly inputs: number; readonly pass: RecordedPass }[];
}

const MOST_POINTS = 3;

/** The passes with candidates to choose from, by class; the class with most FLOPs first. */
export function classesOf(
  passes: readonly RecordedPass[],
  { tiles, subgroups = false }: CandidateTarget = {},
): ClassPasses[] {
  const classes = new Map<string, { shape: ShapeClass; flops: number; byInputs: Map<number, RecordedPass> }>();
  for (const pass of passes) {
    const hasChoice =
      pass.kernel.tileCandidates(pass.size, tiles).length > 0 || (subgroups && hasSubgroups(pass.kernel));
    if (!hasChoice) continue;
    const found = classOf(pass.kernel.id, pass.size);
    if (!found) continue;
    const { inputs, ...shape } = found;
    const key = classKey(shape);
    const known = classes.get(key) ?? { shape, flops: 0, byInputs: new Map<number, RecordedPass>() };
    known.flops += pass.cost.flops;
    if (!known.byInputs.has(inputs)) known.byInputs.set(inputs, pass);
    classes.set(key, known);
  }
  return [...classes.values()]
    .map(({ shape, flops, byInputs }) => ({ shape, flops, points: pointsOf(byInputs) }))
    .sort((a, b) => b.flops - a.flops);
}

/** The first, the middle and the last. */
function pointsOf(byInputs: ReadonlyMap<number, RecordedPass>): ClassPasses['points'] {
  const all = [...byInputs].map(([inputs, pass]) => ({ inputs, pass })).sort((a, b) => a.inputs - b.inputs);
  if (all.length <= MOST_POINTS) return all;
  return [0, all.length >> 1, all.length - 1].flatMap((i) => all[i] ?? []);
}

/** A pass under one tile. */
export interface Candidate extends TileChoice {
  readonly size: unknown;
  readonly parameters: Parameters;
}

/**
 * The pass under each of its kernel's tiles: the default first, then by the time that the cost model expects. Of a kernel without
 * tiles: as it is, and with its sums by subgroup operations.
 */
export function candidatesOf(
  pass: RecordedPass,
  vendor: Vendor,
  { tiles: target, subgroups = false }: CandidateTarget = {},
): Candidate[] {
  const { kernel, size, packedF16 } = pass;
  const machine = machineOf(vendor);
  const [first, ...others] = kernel.tileCandidates(size, target).map((tile) => {
    const made = candidate(pass, { tile: tile.name, splitK: 1 }, tile.parameters, target);
    return { made, seconds: expectedSeconds(kernel, made.size, made.parameters, tile, machine, packedF16) };
  });
  if (!first) {
    if (!subgroups || !hasSubgroups(kernel)) return [];
    const own = { tile: 'default', splitK: 1, size, parameters: pass.parameters };
    return [own, { ...own, subgroups: true }];
  }
  return [first, ...others.sort((a, b) => a.seconds - b.seconds)].map(({ made }) => made);
}

/** The same tile with its sum split differently, where that makes a difference. */
export function withSplitK(
  pass: RecordedPass,
  from: Candidate,
  factors: readonly number[],
  target?: TileTarget,
): Candidate[] {
  const splitKOf = ({ size }: Candidate) => (size as { readonly splitK?: number }).splitK;
  const seen = new Set([splitKOf(from)]);
  return factors.flatMap((factor) => {
    if (!pass.kernel.splitK) return [];
    const split = candidate(pass, { tile: from.tile, splitK: factor }, from.parameters, target);
    if (seen.has(splitKOf(split))) return [];
    seen.add(splitKOf(split));
    return [split];
  });
}

function candidate(
  { kernel, size, parameters: own }: RecordedPass,
  chosenTile: TileChoice,
  tile: Parameters,
  target: TileTarget | undefined,
): Candidate {
  const parameters = withTile(kernel.id, size, own, tile);
  const splitK = kernel.splitK?.(size, parameters, chosenTile.splitK, target);
  return { ...chosenTile, parameters, size: splitK === undefined ? size : { ...(size as object), splitK } };
}

export interface Machine {
  /** FLOP/s, a multiply-add being two; bytes/s. */
  readonly peak: number;
  readonly bandwidth: number;
  /** Workgroups at a time. */
  readonly slots: number;
  /** Seconds from one dependent pass to the next. */
  readonly launch: number;
}

/** By vendor; WebGPU does not tell the number of cores. */
const MACHINES: Readonly<Partial<Record<Vendor, Machine>>> = {
  nvidia: { peak: 40e12, bandwidth: 1.5e12, slots: 132 * 4, launch: 4e-6 },
  amd: { peak: 30e12, bandwidth: 0.8e12, slots: 96 * 4, launch: 5e-6 },
  apple: { peak: 3.6e12, bandwidth: 0.1e12, slots: 10 * 6, launch: 7e-6 },
  intel: { peak: 2e12, bandwidth: 0.07e12, slots: 64, launch: 8e-6 },
};

const UNKNOWN: Machine = { peak: 10e12, bandwidth: 0.4e12, slots: 264, launch: 5e-6 };

export const machineOf = (vendor: Vendor): Machine => MACHINES[vendor] ?? UNKNOWN;

/**
 * The cost model: seconds that one pass is expected to take on a GPU of which little is known. The longer of its arithmetic, at
 * the share of the peak that its tile's density allows, and its traffic; rounded up to whole waves of all the workgroups that
 * the GPU holds at once; and a launch. What this expects to be fastest is measured first, so that the others can be stopped
 * early.
 * @param parameters the tile's, and whatever the plan decided
 */
export function expectedSeconds(
  kernel: AnyKernel,
  size: unknown,
  parameters: Parameters,
  { density }: Pick<TileCandidate, 'density'>,
  { peak, bandwidth, slots, launch }: Machine,
  packedF16: readonly string[] = [],
): number {
  const { flops, bytes } = costOf(kernel, size, parameters, packedF16);
  const workgroups = kernel.grid(size, parameters).reduce((product, n) => product * n, 1);
  const waves = workgroups / slots;
  return Math.max(flops / (peak * density), bytes / bandwidth) * (Math.ceil(waves) / waves) + launch;
}

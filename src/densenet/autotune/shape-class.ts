// Shape classes: passes that are taken to want the same tile. A class is a kernel at one map size, one power of two of
// pixels in the batch, and one number of output channels; along its input channels, which grow from layer to layer of a
// block, up to three points are measured.

import type { RecordedPass } from '../../runtime/program.ts';

/** What of a size decides a tile. Every kernel that has tiles has these. */
interface Facts {
  readonly map: string;
  readonly columns: number;
  readonly inputs: number;
  readonly outputs: number;
}

export interface ShapeClass {
  readonly kernel: string;
  /** `56x56`; empty where the kernel knows pixels only. */
  readonly map: string;
  /** Pixels of the batch, as the nearest power of two's exponent. */
  readonly bucket: number;
  readonly outputs: number;
}

const number = (size: object, name: string): number | undefined => {
  const value: unknown = Reflect.get(size, name);
  return typeof value === 'number' ? value : undefined;
};

function factsOf(size: unknown): Facts | undefined {
  if (typeof size !== 'object' || size === null) return undefined;
  const [inputs, outputs] = [number(size, 'inputs'), number(size, 'outputs')];
  const [images, height, width] = [number(size, 'images'), number(size, 'height'), number(size, 'width')];
  if (inputs === undefined || outputs === undefined) return undefined;
  if (images !== undefined && height !== undefined && width !== undefined)
    return { map: `${height}x${width}`, columns: images * height * width, inputs, outputs };
  const columns = number(size, 'columns');
  return columns === undefined ? undefined : { map: '', columns, inputs, outputs };
}

/** Pixels of the batch; 0 where the size has none. */
export const pixelsOf = (size: unknown): number => factsOf(size)?.columns ?? 0;

/** The class of a size and its place in it; undefined for sizes of kernels that have no tiles. */
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
  /** All its passes' FLOPs. */
  readonly flops: number;
  /** The pass to measure at each point, by growing input channels. */
  readonly points: readonly { readonly inputs: number; readonly pass: RecordedPass }[];
}

const MOST_POINTS = 3;

/** The passes that have tiles to choose from, by class; the class with most FLOPs first. */
export function classesOf(passes: readonly RecordedPass[]): ClassPasses[] {
  const classes = new Map<string, { shape: ShapeClass; flops: number; byInputs: Map<number, RecordedPass> }>();
  for (const pass of passes) {
    if (pass.kernel.tileCandidates(pass.size).length === 0) continue;
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

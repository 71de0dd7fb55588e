// The sweep over kernels as it stands in a report: plain JSON, described by section.schema.json beside it. By kernel and
// shape, each tile of the kernel's closed list: its time, and what of peak that is; or why it has none.

import { type Roofline, shareOfPeak } from '../roofline/schema.ts';

export type VariantTime = {
  readonly milliseconds: number;
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Of peak: 1 is as fast as this GPU can. Left out where no roofline was given. */
  readonly share?: number;
};

export type VariantRow = {
  readonly tile: string;
  /** Parts of a split sum, as a multiple of the default. */
  readonly splitK: number;
  /** Every parameter: `TILE_M=128 …`. */
  readonly variant: string;
  readonly workgroups: number;
  readonly flops: number;
  readonly bytes: number;
  /** Its results on this GPU were right, and this is its time; or what was wrong. */
  readonly time: VariantTime | { readonly problem: string };
};

export type KernelShape = {
  readonly kernel: string;
  /** `56x56`; empty where the kernel knows pixels only. */
  readonly map: string;
  /** Pixels of the batch. */
  readonly pixels: number;
  readonly inputs: number;
  readonly outputs: number;
  /** The default first. */
  readonly variants: readonly VariantRow[];
};

export type KernelsSection = {
  /** What the shapes are of: `densenet121, training, batch 32`; several, where several plans were swept. */
  readonly plans: readonly string[];
  readonly clock: 'timestamps' | 'wall clock';
  readonly roofline?: Roofline;
  readonly ended: 'every shape' | 'time over' | 'stopped';
  readonly shapes: readonly KernelShape[];
};

export type TimedVariant = VariantRow & { readonly time: VariantTime };
export const isTimed = (row: VariantRow): row is TimedVariant => !('problem' in row.time);

/** One run's time against the roofline: the longer of its FLOPs at the roofline's FLOP/s and its bytes at its bytes/s. */
export function variantTime(
  flops: number,
  bytes: number,
  milliseconds: number,
  roofline: Roofline | undefined,
): VariantTime {
  const seconds = milliseconds / 1000;
  const rates = { milliseconds, flopsPerSecond: flops / seconds, bytesPerSecond: bytes / seconds };
  if (!roofline) return rates;
  return { ...rates, share: shareOfPeak(flops, bytes, milliseconds, roofline) };
}

export function fastestOf({ variants }: KernelShape): TimedVariant | undefined {
  const timed = variants.filter(isTimed);
  return timed.reduce<TimedVariant | undefined>(
    (best, row) => (best && best.time.milliseconds <= row.time.milliseconds ? best : row),
    undefined,
  );
}

export const defaultOf = ({ variants }: KernelShape): TimedVariant | undefined => variants.slice(0, 1).find(isTimed);

/** Shapes of each kernel together, in the order in which kernels come first. */
export function byKernel(shapes: readonly KernelShape[]): [kernel: string, shapes: KernelShape[]][] {
  const groups = new Map<string, KernelShape[]>();
  for (const shape of shapes) groups.set(shape.kernel, [...(groups.get(shape.kernel) ?? []), shape]);
  return [...groups];
}

/** `128 to 32 at 14x14, 6,272 pixels`. */
export const shapeName = ({ map, pixels, inputs, outputs }: KernelShape): string =>
  `${inputs} to ${outputs}${map && ` at ${map}`}, ${pixels.toLocaleString('en')} pixels`;

export const tileName = ({ tile, splitK }: Pick<VariantRow, 'tile' | 'splitK'>): string =>
  splitK === 1 ? tile : `${tile}, ${splitK} × splits`;

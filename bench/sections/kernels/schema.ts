// The sweep over kernels as it stands in a report. By kernel and shape, each of the kernel's tile candidates: its time, and
// what share of peak that is; or why it has none.

import * as v from 'valibot';
import { countFromOne, positive, text, type Value } from '../../schema.ts';
import { missingSchema, type Roofline, rooflineSchema, shareOfPeak } from '../roofline/schema.ts';

const variantTimeSchema = v.strictObject({
  milliseconds: positive,
  flopsPerSecond: positive,
  bytesPerSecond: positive,
  /** Of peak: 1 is as fast as this GPU can. Left out where no roofline was given. */
  share: v.exactOptional(positive),
});
export type VariantTime = Value<typeof variantTimeSchema>;

const variantRowSchema = v.strictObject({
  tile: text,
  /** Parts of a split sum, as a multiple of the default. */
  splitK: positive,
  /** Every parameter: `TILE_M=128 …`. */
  variant: text,
  workgroups: countFromOne,
  flops: positive,
  bytes: positive,
  /** Its results on this GPU were right, and this is its time; or what was wrong. */
  time: v.union([variantTimeSchema, missingSchema]),
});
export type VariantRow = Value<typeof variantRowSchema>;

const kernelShapeSchema = v.strictObject({
  kernel: text,
  /** `56x56`; empty where the kernel knows pixels only. */
  map: v.pipe(v.string(), v.regex(/^(\d+x\d+)?$/)),
  /** Pixels of the batch. */
  pixels: countFromOne,
  inputs: countFromOne,
  outputs: countFromOne,
  /** The default first. */
  variants: v.pipe(v.array(variantRowSchema), v.nonEmpty()),
});
export type KernelShape = Value<typeof kernelShapeSchema>;

export const kernelsSectionSchema = v.strictObject({
  /** What the shapes are of: `densenet121, training, batch 32`; several, where several plans were swept. */
  plans: v.pipe(v.array(text), v.nonEmpty()),
  clock: v.picklist(['timestamps', 'wall clock']),
  roofline: v.exactOptional(rooflineSchema),
  ended: v.picklist(['every shape', 'time over', 'stopped']),
  shapes: v.array(kernelShapeSchema),
});
export type KernelsSection = Value<typeof kernelsSectionSchema>;

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

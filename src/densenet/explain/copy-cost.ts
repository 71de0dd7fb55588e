// What concatenation would copy, had a dense block no buffer of its own: each reader that joins outputs of several
// writers would need them side by side in new memory. Reader r joins the block's input and r - 1 outputs of k channels:
// inputs + (r - 1) k channels are copied, which adds up to a square of the number of layers. Here they lie side by side
// from the start, and what is copied is counted in the plan itself.

import type { Program, Region } from '../../runtime/program.ts';
import type { DenseBlock } from '../network.ts';
import type { FeatureMap } from '../plan/feature-map.ts';

export interface CopyCost {
  /** Channels that reader r (layers 1 to L, then what follows the block) would copy; the first joins nothing. */
  readonly channels: readonly number[];
  /** All of them. */
  readonly total: number;
  /** Channels of the block: what its one buffer holds. */
  readonly buffer: number;
}

export function concatenationCost({ inputs, layers, channels }: DenseBlock): CopyCost {
  const copied = [...layers.map((layer) => layer.inputs), channels].map((n) => (n === inputs ? 0 : n));
  return { channels: copied, total: copied.reduce((sum, n) => sum + n, 0), buffer: channels };
}

/** Bytes that a program's forward passes write to a block's buffer beyond writing it once: 0 where nothing is copied. */
export function copiedBytes({ passes }: Program, { region }: FeatureMap): number {
  const written: Region[] = passes
    .filter(({ section }) => section === 'forward')
    .flatMap(({ kernel, regions }) =>
      [...regions].filter(([name]) => kernel.bindings[name]?.kind === 'write').map(([, out]) => out),
    )
    .filter(({ buffer }) => buffer === region.buffer);
  return written.reduce((sum, { bytes }) => sum + bytes, 0) - region.bytes;
}

// What a kernel's shader with subgroup matrices states beside its text: how the subgroups of a workgroup share the kernel's
// tile, and at which sizes it is compared with float64.

import type { Parameters, Part } from '../runtime/kernel.ts';
import type { MatrixComponent, MatrixShape } from '../runtime/subgroup-matrix.ts';
import type { AnyTileCheck } from './check-kernel.ts';

/** What a device multiplies by one instruction. */
export interface MatrixTarget {
  readonly component: MatrixComponent;
  readonly shape: MatrixShape;
  /** Invocations of the largest subgroup. */
  readonly subgroupSize: number;
  /** Workgroup memory. */
  readonly workgroupBytes: number;
}

/** A shader with the bindings, tiles and grid of a kernel's own. */
export interface MatrixText {
  /** Of the kernel. */
  readonly check: AnyTileCheck;
  readonly source: string;
  readonly parts: readonly Part[];
  /** Those of the kernel's parameters that the text states. */
  readonly parameters: readonly string[];
  /** The text's other constants for a variant of the kernel, or why there are none. */
  layout(parameters: Parameters, target: MatrixTarget): Readonly<Record<string, number>> | string;
  /** Whether the variant rounds what it reads to f16, rather than find it so. */
  isRounded(parameters: Parameters): boolean;
  /** Sizes that tell a wrong shader. */
  sizes(parameters: Parameters): readonly unknown[];
}

/** Invocations of a workgroup under WebGPU's default limits. */
export const MOST_THREADS = 256;
/** Sums of a subgroup: more take registers that the operands need. */
const MOST_SUMS = 1024;
/** The same of floats: Apple's M1 is said to slow down past eight blocks. */
const MOST_FLOATS = 512;

/** How a workgroup's subgroups share the blocks of its tile. */
export interface Units {
  readonly rows: number;
  readonly columns: number;
}

/**
 * How a workgroup's subgroups can share `rows` x `columns` blocks of sums, the best first: four of them, or nearly, which hide each
 * other's waiting, each with as square a share as there is. Empty where a subgroup would have too many.
 */
export function unitsOf(
  rows: number,
  columns: number,
  { component, shape: { M, N }, subgroupSize }: MatrixTarget,
): Units[] {
  const most = (component === 'f32' ? MOST_FLOATS : MOST_SUMS) / (M * N);
  const distance = (u: Units) => Math.abs(Math.log2((u.rows * u.columns) / 4));
  const edge = (u: Units) => rows / u.rows + columns / u.columns;
  return [1, 2, 4, 8]
    .flatMap((r) => [1, 2, 4, 8].map((c): Units => ({ rows: r, columns: c })))
    .filter((u) => rows % u.rows === 0 && columns % u.columns === 0)
    .filter((u) => u.rows * u.columns * subgroupSize <= MOST_THREADS)
    .filter((u) => (rows / u.rows) * (columns / u.columns) <= most)
    .toSorted((a, b) => distance(a) - distance(b) || edge(a) - edge(b));
}

// The tables that tell `layout/pack-weights` what to do: pure functions of where weights lie and how kernels want them.

/** One weight and its packed copy. Offsets and strides count floats of their arenas. */
export interface PackedWeight {
  readonly source: number;
  readonly destination: number;
  /** The contracted channels, a; and the columns, b. */
  readonly rows: number;
  readonly columns: number;
  readonly paddedRows: number;
  /** A multiple of 4, as is the destination. */
  readonly paddedColumns: number;
  readonly taps: number;
  /** Floats from one row, one column to the next in the source; taps are adjacent there. */
  readonly rowStride: number;
  readonly columnStride: number;
  /** Taps in reverse order: a kernel rotated by half a turn. */
  readonly rotated: boolean;
  /** Element of `affine` whose x multiplies column 0; the next column takes the next. Left out: no scale. */
  readonly scale?: number | undefined;
}

/** A convolution's weight as PyTorch stores it, [outputs][inputs][taps], and where its copy goes. */
export interface ConvolutionWeight {
  readonly source: number;
  readonly destination: number;
  readonly outputs: number;
  readonly inputs: number;
  readonly taps: number;
  /** What the kernel that reads the copy asks for; at least the contracted channels, the columns. */
  readonly paddedRows: number;
  readonly paddedColumns: number;
  readonly scale?: number | undefined;
}

/** For a forward kernel: [inputs][taps][outputs]. `scale` multiplies outputs: a norm behind the convolution. */
export const forwardPacking = ({ outputs, inputs, taps, ...rest }: ConvolutionWeight): PackedWeight => ({
  ...rest,
  taps,
  rows: inputs,
  columns: outputs,
  rowStride: taps,
  columnStride: inputs * taps,
  rotated: false,
});

/** For a backward-data kernel: [outputs][taps, reversed][inputs]. */
export const backwardPacking = ({ outputs, inputs, taps, ...rest }: ConvolutionWeight): PackedWeight => ({
  ...rest,
  taps,
  rows: outputs,
  columns: inputs,
  rowStride: inputs * taps,
  columnStride: taps,
  rotated: true,
});

/** Floats of a packed copy. */
export const packedFloats = (w: Pick<PackedWeight, 'paddedRows' | 'paddedColumns' | 'taps'>): number =>
  w.paddedRows * w.taps * w.paddedColumns;

/** Elements that a workgroup packs: four at a time per invocation of pack-weights.wgsl. */
export const PACKED_A_GROUP = 1024;
const UNSCALED = 0xffffffff;

export interface PackTable {
  /** Twelve words (three vec4u) per tensor. */
  readonly table: Uint32Array<ArrayBuffer>;
  /** One word per workgroup: its tensor. */
  readonly groups: Uint32Array<ArrayBuffer>;
}

/** The two tables for a network's weights, in the order given. */
export function packTable(weights: readonly PackedWeight[]): PackTable {
  const table: number[] = [];
  const groups: number[] = [];
  for (const [tensor, w] of weights.entries()) {
    table.push(w.destination, w.source, w.rows, w.columns);
    table.push(w.paddedRows, w.paddedColumns, w.taps, w.rowStride);
    table.push(w.columnStride, w.rotated ? 1 : 0, w.scale ?? UNSCALED, groups.length);
    for (let e = 0; e < packedFloats(w); e += PACKED_A_GROUP) groups.push(tensor);
  }
  return { table: new Uint32Array(table), groups: new Uint32Array(groups) };
}

/** The weights that a table names, for references. */
export function unpackedTable(table: ArrayLike<number>): PackedWeight[] {
  const word = (i: number) => table[i] ?? 0;
  return Array.from({ length: table.length / 12 }, (_, t): PackedWeight => {
    const at = 12 * t;
    return {
      destination: word(at),
      source: word(at + 1),
      rows: word(at + 2),
      columns: word(at + 3),
      paddedRows: word(at + 4),
      paddedColumns: word(at + 5),
      taps: word(at + 6),
      rowStride: word(at + 7),
      columnStride: word(at + 8),
      rotated: word(at + 9) !== 0,
      scale: word(at + 10) === UNSCALED ? undefined : word(at + 10),
    };
  });
}

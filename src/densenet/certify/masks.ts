// On which side of zero the GPU had each pre-activation, and which pixel its max-pooling took: from the very values that the passes
// read and the very scales and shifts, whose product and sum is exact in float64. `checkPass` has held the passes' outputs against
// these signs, so they are those that the kernels used and not only those that they should have.

import { unpackF16 } from '../../runtime/float16.ts';
import type { Network, Norm } from '../network.ts';
import type { PlanBuilder } from '../plan/builder.ts';
import { elementsOf, type MultiplyAdd, strideOf } from './check-pass.ts';
import { mapsOf } from './operations.ts';
import { firstMaximum, type Masks } from './reference-layers.ts';
import type { PassVisit } from './trace.ts';

interface Capture {
  /** [channels][stride], as the GPU reads it. */
  readonly x: ArrayLike<number>;
  readonly stride: number;
  /** [channels][4]: scale, shift, mean, invStd. */
  readonly affine: ArrayLike<number>;
}

export class GpuMasks implements Masks {
  private readonly captured = new Map<Norm, Capture>();
  private readonly split = new Set<Norm>();
  private readonly rows = new Map<Norm, Uint8Array>();
  private pooled: Int32Array | undefined;

  constructor(
    private readonly plan: PlanBuilder,
    private readonly network: Network,
  ) {}

  /** Notes what a norm reads, where the pass is the first that reads through it. */
  capture({ pass, memory }: PassVisit): void {
    const norm = this.normOf(pass);
    const x = pass.regions.get('x');
    const affine = pass.regions.get('affine');
    if (!norm || !x || !affine || pass.section !== 'forward' || this.captured.has(norm)) return;
    const bytes = memory.at(x);
    // A block's channels stay as they are; what else there is may be written again.
    const isKept = this.plan.blocks.some(({ features }) => features.region.buffer === x.buffer);
    this.captured.set(norm, {
      x: pass.packedF16.includes('x') ? unpackF16(bytes) : elementsOf(pass, 'x', isKept ? bytes : bytes.slice()),
      stride: strideOf(pass),
      affine: elementsOf(pass, 'affine', memory.at(affine).slice()),
    });
  }

  /** Notes how a pass that goes through a norm was found to round. */
  noteRounding({ pass }: PassVisit, multiplyAdd: MultiplyAdd): void {
    const norm = this.normOf(pass);
    if (norm && multiplyAdd === 'split') this.split.add(norm);
  }

  /** The norms whose pre-activations are known. */
  get norms(): Iterable<Norm> {
    return this.captured.keys();
  }

  open(norm: Norm, channel: number): Uint8Array | undefined {
    const captured = this.captured.get(norm);
    if (!captured) return undefined;
    const { x, stride, affine } = captured;
    const columns = this.columnsOf(norm);
    const row = this.rows.get(norm) ?? new Uint8Array(columns);
    this.rows.set(norm, row);
    const [scale, shift] = [affine[4 * channel] ?? 0, affine[4 * channel + 1] ?? 0];
    const isSplit = this.split.has(norm);
    for (let p = 0; p < columns; p++) {
      const product = (x[channel * stride + p] ?? Number.NaN) * scale;
      row[p] = (isSplit ? Math.fround(product) : product) + shift > 0 ? 1 : 0;
    }
    return row;
  }

  get argMax(): Int32Array | undefined {
    const { norm } = this.network.stem;
    const captured = norm && this.captured.get(norm);
    const [block] = this.plan.blocks;
    if (!norm || !captured || !block) return undefined;
    this.pooled ??= this.argMaxOf(norm, captured, block.grid.map);
    return this.pooled;
  }

  /** Which of two maxima is the first is decided after the rounding. */
  private argMaxOf(norm: Norm, { x, stride, affine }: Capture, map: { height: number; width: number }): Int32Array {
    const last = this.network.stem.layers.at(-1);
    const from = mapsOf(this.plan.batch, last?.map ?? map);
    const to = mapsOf(this.plan.batch, map);
    const isSplit = this.split.has(norm);
    return Int32Array.from({ length: norm.channels * to.columns }, (_, i) => {
      const c = Math.floor(i / to.columns);
      const [scale, shift] = [affine[4 * c] ?? 0, affine[4 * c + 1] ?? 0];
      return firstMaximum(i % to.columns, from, to, (p) => {
        const product = (x[c * stride + p] ?? Number.NaN) * scale;
        return Math.fround((isSplit ? Math.fround(product) : product) + shift);
      });
    });
  }

  private columnsOf(norm: Norm): number {
    const { stem, blocks } = this.network;
    const own = stem.layers.find((layer) => layer.norm === norm);
    const block = blocks.find(
      ({ layers, transition }) =>
        transition?.norm === norm ||
        layers.some((layer) => layer.norm1 === norm || (layer.kind === 'bottleneck' && layer.norm2 === norm)),
    );
    const { height, width } = own?.map ?? (block ?? blocks.at(-1))?.map ?? { height: 0, width: 0 };
    return this.plan.batch * height * width;
  }

  /** The norm that a pass goes through. */
  private normOf({ regions }: PassVisit['pass']): Norm | undefined {
    const affine = regions.get('affine');
    if (!affine || affine.buffer !== this.plan.affines.buffer || !regions.has('x')) return undefined;
    return this.network.norms.find((norm) => norm.affineOffset * 16 === affine.offset);
  }
}

// The packed copies of convolution weights that kernels read: which convolution needs which, at what padding, where.
// One pass per chunk makes them from the parameter arena: once per set of weights for layers in evaluation mode, and at the
// start of a training step for the others, whose chunks lie apart.

import { roundUp } from '../../runtime/kernel.ts';
import { type Program, type Region, slice } from '../../runtime/program.ts';
import {
  backwardPacking,
  type ConvolutionWeight,
  forwardPacking,
  type PackedWeight,
  packedFloats,
  packTable,
} from '../../shaders/layout/pack-table.ts';
import { layoutPackWeights } from '../../shaders/layout/pack-weights.ts';
import type { Convolution, Network, Norm } from '../network.ts';
import type { PlanBuilder, WeightCopies } from './builder.ts';
import { packedSizes } from './convolution.ts';
import { Grid } from './feature-map.ts';
import type { Depth, Scope } from './scope.ts';
import { parametersOf, type TileConfig } from './tile-config.ts';

type Direction = 'forward' | 'backward';

interface Place {
  readonly chunk: number;
  /** Floats from the chunk's start. */
  readonly offset: number;
  readonly floats: number;
}

/** Floats of one buffer at most: 128 MiB, what every device can bind. */
const CHUNK = 1 << 25;
const ALIGNMENT = 64;

/** Where backward does not go, each bottleneck's second norm can be folded into its 1x1 weights. */
export type PackingKind = 'folded' | 'plain';

export interface PackingOptions {
  /** Copies for backward-data too, of the convolutions that it goes through. */
  readonly scope: Scope;
  /** What is folded: everything up to there. */
  readonly folded: Depth;
}

export class PackedWeights implements WeightCopies {
  private readonly places = new Map<string, Place>();
  private readonly chunks: { kind: PackingKind; floats: number; weights: PackedWeight[] }[] = [];
  private regions: readonly Region[] = [];

  constructor(
    private readonly network: Network,
    private readonly batch: number,
    private readonly options: PackingOptions,
    private readonly tileConfig: TileConfig,
  ) {
    this.walk();
  }

  forward(conv: Convolution): Region {
    return this.region('forward', conv);
  }

  backward(conv: Convolution): Region {
    return this.region('backward', conv);
  }

  allocate(program: Program): void {
    this.regions = this.chunks.map(({ floats }, i) =>
      program.buffer(`packed weights ${i + 1}`, floats * 4, 'persistent', 'packed weights'),
    );
  }

  /** Records the packing passes of one kind of layers; folded, they read the affine maps. */
  record(plan: PlanBuilder, wanted: PackingKind): void {
    for (const [i, { kind, floats, weights }] of this.chunks.entries()) {
      const packed = this.regions[i];
      if (!packed || kind !== wanted) continue;
      const { table, groups } = packTable(weights);
      plan.pass(
        layoutPackWeights,
        {
          tensors: weights.length,
          workgroups: groups.length,
          parameters: this.network.arena.parameters,
          packed: floats,
          affines: this.network.arena.affines,
        },
        {
          table: plan.program.constant(`packing table ${i + 1}`, table, 'tables'),
          groups: plan.program.constant(`packing groups ${i + 1}`, groups, 'tables'),
          parameters: plan.parameters,
          affine: plan.affines,
          packed,
        },
        { parameters: { HAS_SCALE: kind === 'folded' } },
      );
    }
  }

  private region(direction: Direction, conv: Convolution): Region {
    const place = this.places.get(`${direction} ${conv.name}`);
    const region = place && this.regions[place.chunk];
    if (!place || !region) throw new Error(`${conv.name} has no packed copy for ${direction}`);
    return slice(region, place.offset * 4, place.floats * 4);
  }

  private walk(): void {
    const { stem, blocks, config } = this.network;
    const { folded } = this.options;
    let grid = new Grid(this.batch, { height: config.height, width: config.width });
    for (const { conv, map } of stem.layers) {
      const to = new Grid(this.batch, map);
      this.addConvolution(folded.stem ? 'plain' : 'folded', conv, grid, to);
      grid = to;
    }
    for (const [b, block] of blocks.entries()) {
      const grid = new Grid(this.batch, block.map);
      const kind = b < folded.firstBlock ? 'folded' : 'plain';
      for (const layer of block.layers) {
        this.addConvolution(kind, layer.conv1, grid, grid, layer.kind === 'bottleneck' ? layer.norm2 : undefined);
        if (layer.kind === 'bottleneck') this.addConvolution(kind, layer.conv2, grid, grid);
      }
      const next = blocks[b + 1];
      const after = next && new Grid(this.batch, next.map);
      if (block.transition && after) this.addConvolution(kind, block.transition.conv, after, after);
    }
  }

  /** @param behind the norm that follows a bottleneck's convolution: folded into its weights */
  private addConvolution(kind: PackingKind, conv: Convolution, from: Grid, to: Grid, behind?: Norm): void {
    const { forward, backward } = packedSizes(conv, from, to, (kernel, size) =>
      parametersOf(this.tileConfig, kernel, size),
    );
    const scale = kind === 'folded' ? behind?.affineOffset : undefined;
    this.add(kind, 'forward', conv, forward.rows, forward.columns, scale);
    if (backward && this.options.scope.needsInputGradient(conv.weight))
      this.add(kind, 'backward', conv, backward.rows, backward.columns);
  }

  private add(
    kind: PackingKind,
    direction: Direction,
    conv: Convolution,
    paddedRows: number,
    paddedColumns: number,
    scale?: number,
  ): void {
    const taps = conv.size * conv.size;
    const floats = packedFloats({ paddedRows, paddedColumns, taps });
    const last = this.chunks.at(-1);
    // What is folded comes first, and so do its chunks.
    const chunk = last && last.kind === kind && last.floats + floats <= CHUNK ? last : { kind, floats: 0, weights: [] };
    if (chunk !== last) this.chunks.push(chunk);
    const { inputs, outputs, weight } = conv;
    const source: ConvolutionWeight = {
      source: weight.offset,
      destination: chunk.floats,
      outputs,
      inputs,
      taps,
      paddedRows,
      paddedColumns,
      scale,
    };
    this.places.set(`${direction} ${conv.name}`, { chunk: this.chunks.length - 1, offset: chunk.floats, floats });
    chunk.weights.push(direction === 'forward' ? forwardPacking(source) : backwardPacking(source));
    chunk.floats += roundUp(floats, ALIGNMENT);
  }
}

// The packed copies of convolution weights that kernels read: which convolution needs which, at what padding, where.
// One pass a chunk makes them from the parameter arena: once a set of weights for layers in evaluation mode, and at the
// start of a training step for the others, whose chunks lie apart.

import { roundUp } from '../../runtime/kernel.ts';
import type { Program, Region } from '../../runtime/program.ts';
import { slice } from '../../runtime/program.ts';
import { conv1x1BackwardData, packedBackwardData as packed1x1Backward } from '../../shaders/conv1x1/backward-data.ts';
import { conv1x1Forward, packedForward as packed1x1Forward } from '../../shaders/conv1x1/forward.ts';
import { conv3x3BackwardData, packedBackwardData as packed3x3Backward } from '../../shaders/conv3x3/backward-data.ts';
import { conv3x3Forward, packedForward as packed3x3Forward } from '../../shaders/conv3x3/forward.ts';
import {
  backwardPacking,
  type ConvolutionWeight,
  forwardPacking,
  type PackedWeight,
  packedFloats,
  packTable,
} from '../../shaders/layout/pack-table.ts';
import { layoutPackWeights } from '../../shaders/layout/pack-weights.ts';
import { packedForward as packedStem, stemForward } from '../../shaders/stem/forward.ts';
import type { Convolution, Network, Norm } from '../network.ts';
import type { Depth } from '../trainable-range.ts';
import type { PlanBuilder } from './builder.ts';
import { Grid } from './feature-map.ts';
import type { Scope } from './scope.ts';
import { conv1x1Size, conv3x3Size, stemSize } from './sizes.ts';
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

export class PackedWeights {
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
    const image = new Grid(this.batch, { height: config.height, width: config.width });
    const stemKind = folded.stem ? 'plain' : 'folded';
    if (stem.kind === 'imagenet') {
      const size = stemSize(stem.conv, image, new Grid(this.batch, stem.map));
      const { rows, columns } = packedStem(size, parametersOf(this.tileConfig, stemForward, size));
      this.add(stemKind, 'forward', stem.conv, rows, columns);
    } else this.add3x3(stemKind, stem.conv, image);
    for (const [b, block] of blocks.entries()) {
      const grid = new Grid(this.batch, block.map);
      const kind = b < folded.firstBlock ? 'folded' : 'plain';
      for (const layer of block.layers) {
        if (layer.kind === 'bottleneck') {
          this.add1x1(kind, layer.conv1, grid, layer.norm2);
          this.add3x3(kind, layer.conv2, grid);
        } else this.add3x3(kind, layer.conv1, grid);
      }
      const next = blocks[b + 1];
      if (block.transition && next) this.add1x1(kind, block.transition.conv, new Grid(this.batch, next.map), undefined);
    }
  }

  /** @param behind the norm that follows the convolution, where it has one */
  private add1x1(kind: PackingKind, conv: Convolution, grid: Grid, behind: Norm | undefined): void {
    const size = conv1x1Size(conv, grid);
    const ahead = packed1x1Forward(size, parametersOf(this.tileConfig, conv1x1Forward, size));
    const scale = kind === 'folded' ? behind?.affineOffset : undefined;
    this.add(kind, 'forward', conv, ahead.rows, ahead.columns, scale);
    if (!this.options.scope.needsInputGradient(conv.weight)) return;
    const back = packed1x1Backward(size, parametersOf(this.tileConfig, conv1x1BackwardData, size));
    this.add(kind, 'backward', conv, back.rows, back.columns);
  }

  private add3x3(kind: PackingKind, conv: Convolution, grid: Grid): void {
    const size = conv3x3Size(conv, grid);
    const ahead = packed3x3Forward(size, parametersOf(this.tileConfig, conv3x3Forward, size));
    this.add(kind, 'forward', conv, ahead.rows, ahead.columns);
    if (!this.options.scope.needsInputGradient(conv.weight)) return;
    const back = packed3x3Backward(size, parametersOf(this.tileConfig, conv3x3BackwardData, size));
    this.add(kind, 'backward', conv, back.rows, back.columns);
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

// What the layer functions of a plan speak to: it hands out the buffers of a network at one batch size (arenas, feature
// maps, scratch) and records passes. It decides no arithmetic and no tile: sizes come from the network, tiles from the
// kernels.

import {
  type Bindings,
  fieldBytes,
  type Kernel,
  type Parameters,
  type Promoted,
  type Supplied,
} from '../../runtime/kernel.ts';
import { OFFSET_ALIGNMENT, type PassOptions, Program, type Region, slice } from '../../runtime/program.ts';
import { AUGMENT_FIELDS } from '../../shaders/layout/augment.ts';
import { type Dropout, NO_DROPOUT } from '../../shaders/parts/dropout.ts';
import { STEP_FIELDS } from '../../shaders/parts/step.ts';
import { NOTHING, VERDICT_WORDS } from '../../shaders/parts/verdict.ts';
import type { MapSize } from '../config.ts';
import type { Convolution, DenseBlock, Network, Norm, Parameter } from '../network.ts';
import { FeatureMap, Grid, type Precision, storesF16 } from './feature-map.ts';
import type { Scope } from './scope.ts';
import { parametersOf, splitSize, type TileConfig } from './tile-config.ts';

/** Channels that a pass has written, whose partial statistics wait for the next reader's finalisation. */
export interface PendingStatistics {
  readonly partials: Region;
  readonly tiles: number;
}

/** The copies of convolution weights that kernels read (packing.ts). */
export interface WeightCopies {
  allocate(program: Program): void;
  forward(conv: Convolution): Region;
  backward(conv: Convolution): Region;
}

/** One dense block's memory. */
export interface BlockMemory {
  readonly block: DenseBlock;
  readonly grid: Grid;
  readonly features: FeatureMap;
}

/** Staging buffers through which an engine reads results: so many of a region's size. */
export interface Readback {
  readonly region: Region;
  readonly depth: number;
}

/** Bytes from the verdict to the loss: each can be bound alone. */
const LOSS_OFFSET = OFFSET_ALIGNMENT;

/** A result in which nothing was met yet. */
export function cleanResult(): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(LOSS_OFFSET / 4 + 2);
  words.fill(NOTHING, 0, VERDICT_WORDS);
  return words;
}

/** What a training step's result says. */
export function readResult(bytes: Uint8Array<ArrayBuffer>) {
  const [loss = Number.NaN, correct = 0] = new Float32Array(bytes.buffer, bytes.byteOffset + LOSS_OFFSET, 2);
  const verdict = new Uint32Array(bytes.buffer, bytes.byteOffset, VERDICT_WORDS);
  return { loss, correct, verdict, settled: verdict.every((place) => place === NOTHING) };
}

export class PlanBuilder {
  readonly program = new Program();
  readonly parameters: Region;
  readonly running: Region;
  /** vec4 per norm channel: scale, shift, mean, invStd. */
  readonly affines: Region;
  readonly step: Region;
  readonly blocks: readonly BlockMemory[];
  readonly inputGrid: Grid;
  private zeros: Region | undefined;
  private outcome: Region | undefined;
  private stagedRunning: Region | undefined;
  private augmentation: Region | undefined;

  constructor(
    readonly network: Network,
    readonly batch: number,
    readonly weights: WeightCopies,
    readonly precision: Precision,
    private readonly tileConfig: TileConfig,
    readonly scope: Scope,
    /** Whether passes run by subgroup matrices where their kernels and the device can. */
    private readonly matrices = precision === 'f16-matrix',
  ) {
    const { arena, config } = network;
    const { program } = this;
    this.parameters = program.buffer('parameters', arena.parameters * 4, 'external', 'parameters');
    this.running = program.buffer('running statistics', arena.running * 4, 'external', 'parameters');
    this.affines = program.buffer('affine maps', arena.affines * 16, 'persistent', 'statistics');
    this.step = program.buffer('step', fieldBytes(STEP_FIELDS), 'persistent', 'settings');
    this.inputGrid = this.grid({ height: config.height, width: config.width });
    this.blocks = network.blocks.map((block) => {
      const grid = this.grid(block.map);
      return { block, grid, features: this.featureMap(`${block.name} features`, block.channels, grid, 'features') };
    });
    weights.allocate(program);
  }

  grid(map: MapSize): Grid {
    return new Grid(this.batch, map, this.precision);
  }

  /** Features, in the plan's precision. */
  featureMap(label: string, channels: number, grid: Grid, purpose: string): FeatureMap {
    return new FeatureMap(this.features(label, grid.bytes(channels, this.packedF16), purpose), grid);
  }

  /** Images and gradients: float32 in every precision. */
  floatMap(label: string, channels: number, grid: Grid, purpose: string): FeatureMap {
    return new FeatureMap(this.program.buffer(label, grid.bytes(channels), 'transient', purpose), grid);
  }

  /** Memory of features, in the plan's precision. */
  features(label: string, bytes: number, purpose: string): Region {
    return this.program.buffer(label, bytes, 'transient', purpose, this.packedF16);
  }

  /** Whether features are f16. */
  get packedF16(): boolean {
    return storesF16(this.precision);
  }

  /** Memory between two neighbouring passes. */
  scratch(label: string, bytes: number): Region {
    return this.program.buffer(label, bytes, 'transient', 'scratch');
  }

  /** The correction of a gradient that needs none, vec4 per channel. */
  noCorrection(channels: number): Region {
    const { blocks, norms } = this.network;
    const most = Math.max(...blocks.map((block) => block.channels), ...norms.map((norm) => norm.channels));
    this.zeros ??= this.program.constant('no correction', new Float32Array(most * 4), 'tables');
    return slice(this.zeros, 0, channels * 16);
  }

  parameter(parameter: Parameter): Region {
    return slice(this.parameters, parameter.offset * 4, parameter.count * 4);
  }

  runningOf(norm: Norm): Region {
    return slice(this.running, norm.runningOffset * 4, 2 * norm.varianceOffset * 4);
  }

  /** What a training step is read back as: its verdict, then its loss. */
  get result(): Region {
    this.outcome ??= this.program.constant('result', cleanResult(), 'output');
    return this.outcome;
  }

  /** u32 [VERDICT_WORDS]: what the step has met that is not finite. */
  get verdict(): Region {
    return slice(this.result, 0, VERDICT_WORDS * 4);
  }

  /** f32 [2]: the mean loss, and right answers. */
  get loss(): Region {
    return slice(this.result, LOSS_OFFSET, 8);
  }

  /** AUGMENT_FIELDS, zeros: what happens to byte images besides their normalisation. */
  get augment(): Region {
    this.augmentation ??= this.program.buffer('augmentation', fieldBytes(AUGMENT_FIELDS), 'persistent', 'settings');
    return this.augmentation;
  }

  /** Running statistics as the step makes them, laid out as those that count. */
  get staged(): Region {
    this.stagedRunning ??= this.program.buffer(
      'staged running statistics',
      this.running.bytes,
      'persistent',
      'statistics',
    );
    return this.stagedRunning;
  }

  /** As `staged`; undefined where no pass of the plan has them. */
  get stagedIfUsed(): Region | undefined {
    return this.stagedRunning;
  }

  stagedOf(norm: Norm): Region {
    return slice(this.staged, norm.runningOffset * 4, 2 * norm.varianceOffset * 4);
  }

  affine(norm: Norm): Region {
    return slice(this.affines, norm.affineOffset * 16, norm.channels * 16);
  }

  packedForward(conv: Convolution): Region {
    return this.weights.forward(conv);
  }

  packedBackward(conv: Convolution): Region {
    return this.weights.backward(conv);
  }

  /** Dropout of what a convolution writes; the stem's has none (paper, section 3), nor has one in evaluation mode. */
  dropout(conv: Convolution): Dropout {
    const { stem, config } = this.network;
    return stem.layers.some((layer) => layer.conv === conv) || this.scope.isEvalMode(conv)
      ? NO_DROPOUT
      : { stream: conv.index, dropout: config.dropout };
  }

  /** The image's size, for the passes that change its layout. */
  get nchw() {
    const { images, map, stride } = this.inputGrid;
    return { images, channels: this.network.config.inputChannels, height: map.height, width: map.width, stride };
  }

  /** What a pass of this size will run with, by the plan's tile configuration. */
  parametersOf<S, P extends Parameters, B extends Bindings<S>>(
    kernel: Kernel<S, P, B>,
    size: S,
    decided: Partial<Promoted<P>> = {},
  ): Promoted<P> {
    return parametersOf(this.tileConfig, kernel, size, decided);
  }

  /** The size with its number of splits, by the plan's tile configuration. */
  splitSize<S extends object, P extends Parameters, B extends Bindings<S & { splitK: number }>>(
    kernel: Kernel<S & { splitK: number }, P, B>,
    size: S,
  ): S & { splitK: number } {
    return splitSize(this.tileConfig, kernel, size);
  }

  pass<S, P extends Parameters, B extends Bindings<S>>(
    kernel: Kernel<S, P, B>,
    size: S,
    bindings: Supplied<B, Region>,
    options: PassOptions<P> = {},
  ): void {
    const parameters = this.parametersOf(kernel, size, options.parameters);
    const isGrouped = this.tileConfig.of(kernel.id, size)?.subgroups === true;
    const shader = isGrouped ? 'subgroups' : this.matrices ? 'matrix' : 'portable';
    this.program.pass(kernel, size, bindings, { ...options, parameters, shader });
  }
}

/** One block's buffers in training. */
export interface TrainedBlock extends BlockMemory {
  /** vec2 per channel: batch mean and biased variance, shared by all readers of the channel. */
  readonly statistics: Region;
  /** vec4 per channel: the deferred correction of the gradients below; zeros where running statistics are used. */
  readonly correction: Region;
  /** Its readers' norms are in evaluation mode: they need no statistics of what is written. */
  readonly isEvalMode: boolean;
  /** Sum over readers of scale * g. */
  readonly gradient: FeatureMap;
  /** What was written last and no reader has finalised yet. */
  pendingStatistics: (PendingStatistics & { readonly first: number }) | undefined;
}

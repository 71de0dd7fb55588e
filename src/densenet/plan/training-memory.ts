// The buffers that only training needs: what forward keeps for backward, and what backward writes. Which of them share
// memory is decided by their lifetimes (runtime/program.ts), not here; a block's bottlenecks lie together so that the
// gradients of a larger map can take their place when they are dead.

import { type Region, slice } from '../../runtime/program.ts';
import { gradientReduce } from '../../shaders/gradient/reduce.ts';
import { SUMMED_AT_ONCE, type SummedWeight, weightGroups } from '../../shaders/parts/weight-sums.ts';
import type { BottleneckLayer, Parameter } from '../network.ts';
import type { BlockMemory, PlanBuilder, TrainedBlock } from './builder.ts';
import type { PartialGradients } from './convolution.ts';
import { FeatureMap, type Grid } from './feature-map.ts';
import type { TrainableRange } from './scope.ts';

/** Bytes of one buffer of bottlenecks at most: what every device can allocate. */
const LARGEST_GROUP = 1 << 28;

export class TrainingMemory {
  /** Blocks ahead of what is trained, in evaluation mode, of which backward wants nothing; and the others. */
  readonly frozen: readonly BlockMemory[];
  readonly blocks: readonly TrainedBlock[];
  /** Of the trained part of the parameter arena, laid out as that; undefined where no parameter is trained. */
  readonly gradients: Region | undefined;
  readonly pooled: Region;
  /** The image, channel-major. */
  readonly image: FeatureMap;
  private readonly bottlenecks = new Map<BottleneckLayer, FeatureMap>();

  constructor(
    private readonly plan: PlanBuilder,
    readonly recompute: boolean,
    /** [N][classes]: the gradient that backward starts from. */
    readonly dlogits: Region,
    /** Left out: no parameter is trained. */
    readonly part?: TrainableRange,
  ) {
    const { network, program, batch } = plan;
    const { config } = network;
    this.gradients =
      part && program.buffer('parameter gradients', part.floats * 4, 'persistent', 'parameter gradients');
    this.pooled = program.buffer('pooled features', network.norm5.channels * batch * 4, 'transient', 'features');
    this.image = plan.floatMap('image', config.inputChannels, plan.inputGrid, 'input');
    this.frozen = plan.blocks.slice(0, part?.firstBlock ?? 0);
    this.blocks = plan.blocks.slice(this.frozen.length).map((memory) => this.blockOf(memory));
    if (!recompute) for (const memory of this.blocks) this.placeBottlenecks(memory);
  }

  /** The gradients' arena, where a parameter is trained. */
  get trained(): { readonly gradients: Region; readonly first: number; readonly floats: number } {
    const { gradients, part } = this;
    if (!gradients || !part) throw new Error('no parameter is trained');
    return { gradients, first: part.first, floats: part.floats };
  }

  /** Where the gradient of a parameter that is trained lies in the arena, in floats. */
  gradientOffset(parameter: Parameter): number {
    return parameter.offset - this.trained.first;
  }

  /** Where it goes. */
  gradientOf(parameter: Parameter): Region {
    return slice(this.trained.gradients, this.gradientOffset(parameter) * 4, parameter.count * 4);
  }

  /** A bottleneck's output before its norm: kept, or (recompute) a new one each time it is computed. */
  bottleneck(layer: BottleneckLayer, grid: Grid): FeatureMap {
    return (
      this.bottlenecks.get(layer) ??
      this.plan.featureMap(`${layer.name} bottleneck`, layer.conv1.outputs, grid, 'bottlenecks')
    );
  }

  private blockOf(memory: BlockMemory): TrainedBlock {
    const { plan } = this;
    const { block, grid } = memory;
    const { name, channels } = block;
    const isEvalMode = plan.scope.areReadersInEvalMode(block);
    const perChannel = (what: string, bytes: number) =>
      plan.program.buffer(`${name} ${what}`, channels * bytes, 'transient', 'statistics');
    return {
      ...memory,
      isEvalMode,
      statistics: perChannel('statistics', 8),
      correction: isEvalMode ? plan.noCorrection(channels) : perChannel('correction', 16),
      gradient: plan.floatMap(`${name} gradient`, channels, grid, 'feature gradients'),
      pendingStatistics: undefined,
    };
  }

  /** Those that backward reads. */
  private placeBottlenecks({ block, grid }: TrainedBlock): void {
    const layers = block.layers
      .filter((layer) => layer.kind === 'bottleneck')
      .filter((layer) => this.plan.scope.needsGradient(layer.conv2.weight));
    const [first] = layers;
    if (!first) return;
    const bytes = grid.bytes(first.conv1.outputs, this.plan.packedF16);
    const perGroup = Math.max(1, Math.floor(LARGEST_GROUP / bytes));
    const groups = Math.ceil(layers.length / perGroup);
    const size = Math.ceil(layers.length / groups);
    for (let from = 0; from < layers.length; from += size) {
      const members = layers.slice(from, from + size);
      const label = `${block.name} bottlenecks ${from + 1}-${from + members.length}`;
      const group = this.plan.features(label, bytes * members.length, 'bottlenecks');
      for (const [i, layer] of members.entries()) {
        this.bottlenecks.set(layer, new FeatureMap(slice(group, i * bytes, bytes), grid));
      }
    }
  }
}

/** Workgroups of 64 that may sum beside a norm: an axis of a grid has 65,535. */
const MOST_GROUPS = 50_000;

/** Weights whose gradients wait, and their partial sums as bindings. */
interface WaitingGradients {
  readonly label: string;
  readonly weights: readonly SummedWeight[];
  readonly partials: Readonly<Record<string, Region>>;
}

/**
 * Weight gradients that wait, as partial sums, to be summed into the arena: by the next norm's pass in backward, which
 * others wait for anyway, or by passes of their own where none follows. A layer's two wait at most for its own end.
 */
export class WeightGradients {
  private waiting: PartialGradients[] = [];

  constructor(
    private readonly plan: PlanBuilder,
    private readonly memory: TrainingMemory,
  ) {}

  add(partial: PartialGradients): void {
    if (this.waiting.length === SUMMED_AT_ONCE) this.sum();
    this.waiting.push(partial);
  }

  /** Hands what waits to a pass that sums it beside its own work, in workgroups of 64 at the least. */
  take(): WaitingGradients {
    const all = this.handOver();
    if (weightGroups(all, 64) <= MOST_GROUPS) return all;
    this.record(all);
    return this.handOver();
  }

  /** Records the pass that sums what waits. */
  sum(): void {
    if (this.waiting.length > 0) this.record(this.handOver());
  }

  private handOver(): WaitingGradients {
    const { waiting } = this;
    this.waiting = [];
    return {
      label: waiting[0]?.conv.name ?? '',
      weights: waiting.map(({ conv: { weight }, splitK }) => ({
        count: weight.count,
        splitK,
        offset: this.memory.gradientOffset(weight),
      })),
      partials: Object.fromEntries(waiting.map(({ partials }, k) => [`partials${k}`, partials])),
    };
  }

  private record({ label, weights, partials }: WaitingGradients): void {
    const { gradients, floats } = this.memory.trained;
    this.plan.pass(
      gradientReduce,
      { weights, arena: floats },
      { gradients, ...partials, step: this.plan.step },
      { label },
    );
  }
}

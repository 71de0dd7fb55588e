// The buffers that only training needs: what forward keeps for backward, and what backward writes. Which of them share
// memory is decided by their lifetimes (runtime/program.ts), not here; a block's bottlenecks lie together so that the
// gradients of a larger map can take their place when they are dead.

import { type Region, slice } from '../../runtime/program.ts';
import { gradientReduce, REDUCED_AT_ONCE } from '../../shaders/gradient/reduce.ts';
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

  /** Where the gradient of a parameter that is trained goes. */
  gradientOf(parameter: Parameter): Region {
    const { gradients, part } = this;
    if (!gradients || !part) throw new Error(`${parameter.name} is not trained`);
    return slice(gradients, (parameter.offset - part.first) * 4, parameter.count * 4);
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

/** Partial gradients that may wait at a time, and how many are summed at the next good place. */
const MOST_BYTES = 32 * 2 ** 20;
const SETTLED_BYTES = 21 * 2 ** 20;

/**
 * Weight gradients that wait, as partial sums, to be summed into the arena: several weights in one pass, so that there are
 * fewer passes, and fewer that write the arena and so wait for each other. What waits holds memory, and is bounded.
 */
export class WeightGradients {
  private waiting: PartialGradients[] = [];

  constructor(
    private readonly plan: PlanBuilder,
    private readonly memory: TrainingMemory,
  ) {}

  add(partial: PartialGradients): void {
    const bytes = [...this.waiting, partial].reduce((sum, { partials }) => sum + partials.bytes, 0);
    if (bytes > MOST_BYTES || this.waiting.length === REDUCED_AT_ONCE) this.sum();
    this.waiting.push(partial);
  }

  /**
   * Sums what waits if there is much of it. To be called behind a pass that takes long and writes no parameter's
   * gradient: the sum runs beside it then, where behind a norm's gradients it would wait for the arena.
   */
  settle(): void {
    const bytes = this.waiting.reduce((sum, { partials }) => sum + partials.bytes, 0);
    if (bytes > SETTLED_BYTES || this.waiting.length > REDUCED_AT_ONCE - 2) this.sum();
  }

  /** Records the pass that sums what waits. */
  sum(): void {
    const [first] = this.waiting;
    const { part, gradients } = this.memory;
    if (!first || !part || !gradients) return;
    const at = (k: number) => this.waiting[k]?.partials;
    this.plan.pass(
      gradientReduce,
      {
        weights: this.waiting.map(({ conv: { weight }, splitK }) => ({
          count: weight.count,
          splitK,
          offset: weight.offset - part.first,
        })),
        arena: part.floats,
      },
      {
        partials0: at(0),
        partials1: at(1),
        partials2: at(2),
        partials3: at(3),
        partials4: at(4),
        partials5: at(5),
        gradients,
        step: this.plan.step,
      },
      { label: first.conv.name },
    );
    this.waiting = [];
  }
}

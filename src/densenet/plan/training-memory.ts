// The buffers that only training needs: what forward keeps for backward, and what backward writes. Which of them share
// memory is decided by their lives (runtime/lifetimes.ts), not here; bottlenecks lie together a block so that the
// gradients of a larger map can take their place when they are dead.

import { type Region, slice } from '../../runtime/program.ts';
import type { BottleneckLayer, Parameter } from '../network.ts';
import type { TrainedPart } from '../trained-part.ts';
import type { BlockMemory, PlanBuilder, Written } from './builder.ts';
import { FeatureMap, type Grid } from './feature-map.ts';

/** One block's buffers in training. */
export interface TrainedBlock extends BlockMemory {
  /** vec2 a channel: batch mean and biased variance, shared by all readers of the channel. */
  readonly statistics: Region;
  /** vec4 a channel: the deferred correction of the gradients below. */
  readonly correction: Region;
  /** Sum over readers of scale * g. */
  readonly gradient: FeatureMap;
  /** What was written last and no reader has finalised yet. */
  unread: (Written & { readonly first: number }) | undefined;
}

/** Bytes of one buffer of bottlenecks at most: what every device can allocate. */
const LARGEST_GROUP = 1 << 28;

export class TrainingMemory {
  /** Blocks in evaluation mode, which come first, and trained ones. */
  readonly frozen: readonly BlockMemory[];
  readonly blocks: readonly TrainedBlock[];
  /** Of the trained part of the parameter arena, laid out as that. */
  readonly gradients: Region;
  readonly dlogits: Region;
  readonly pooled: Region;
  /** The image, channel-major. */
  readonly image: FeatureMap;
  private readonly bottlenecks = new Map<BottleneckLayer, FeatureMap>();

  constructor(
    private readonly plan: PlanBuilder,
    readonly recompute: boolean,
    readonly part: TrainedPart,
  ) {
    const { network, program, batch } = plan;
    const { config } = network;
    this.gradients = program.buffer('parameter gradients', part.floats * 4, 'kept', 'parameter gradients');
    this.dlogits = program.buffer('logit gradients', batch * config.classes * 4, 'transient', 'scratch');
    this.pooled = program.buffer('pooled features', network.norm5.channels * batch * 4, 'transient', 'features');
    this.image = plan.floatMap('image', config.inputChannels, plan.inputGrid, 'input');
    this.frozen = plan.blocks.slice(0, part.firstBlock);
    this.blocks = plan.blocks.slice(part.firstBlock).map((memory) => ({
      ...memory,
      statistics: program.buffer(
        `${memory.block.name} statistics`,
        memory.block.channels * 8,
        'transient',
        'statistics',
      ),
      correction: program.buffer(
        `${memory.block.name} correction`,
        memory.block.channels * 16,
        'transient',
        'statistics',
      ),
      gradient: plan.floatMap(`${memory.block.name} gradient`, memory.block.channels, memory.grid, 'feature gradients'),
      unread: undefined,
    }));
    if (!recompute) for (const memory of this.blocks) this.placeBottlenecks(memory);
  }

  /** Where a parameter's gradient goes. */
  gradientOf(parameter: Parameter): Region {
    return slice(this.gradients, (parameter.offset - this.part.first) * 4, parameter.count * 4);
  }

  /** A bottleneck's output before its norm: kept, or (recompute) a new one each time it is computed. */
  bottleneck(layer: BottleneckLayer, grid: Grid): FeatureMap {
    return (
      this.bottlenecks.get(layer) ??
      this.plan.featureMap(`${layer.name} bottleneck`, layer.conv1.outputs, grid, 'bottlenecks')
    );
  }

  private placeBottlenecks({ block, grid }: TrainedBlock): void {
    const layers = block.layers.filter((layer) => layer.kind === 'bottleneck');
    const [first] = layers;
    if (!first) return;
    const bytes = grid.bytes(first.conv1.outputs, this.plan.halves);
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

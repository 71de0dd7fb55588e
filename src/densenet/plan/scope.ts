// Which range of a network's parameters is trained, and what of the network a plan differentiates. In PyTorch's terms the
// rest has `requires_grad = False` and its batch norms are in `eval()`. Parameters are in the arena in the network's order, so
// the range is the arena's tail: gradients, moments and updates cover that and nothing else.

import { ConfigError } from '../../runtime/errors.ts';
import type { Convolution, DenseBlock, Network, Norm, Parameter } from '../network.ts';

/**
 * `from-block-N`: dense block N (counted from 1) and what follows it; `last-block` is that of the last one. What comes
 * before runs in evaluation mode and keeps every bit, running statistics too. `classifier`: the last layer alone.
 */
export type Trainable = 'all' | 'last-block' | 'classifier' | `from-block-${number}`;

/** Where evaluation mode ends: whether the stem is trained, and the first dense block that is (their number: none). */
export interface Depth {
  /** Whether the stem is trained. */
  readonly stem: boolean;
  /** First dense block that is trained, counted from 0. */
  readonly firstBlock: number;
}

/** What a training changes: the end of the parameter arena. Everything before it is in evaluation mode. */
export interface TrainableRange extends Depth {
  /** The parameters that are trained. */
  readonly parameters: readonly Parameter[];
  /** The range in the parameter arena, in floats. */
  readonly first: number;
  /** Length of the range, in floats. */
  readonly floats: number;
  /** How many parameters are trained. */
  readonly count: number;
}

/** All of a network in evaluation mode, as inference has it. */
export const nothingTrained = (network: Network): Depth => ({ stem: false, firstBlock: network.blocks.length });

/** @throws ConfigError for a block that the network does not have */
export function trainableRange(network: Network, trainable: Trainable = 'all'): TrainableRange {
  const { parameters, classifier, arena } = network;
  const { stem, firstBlock } = depthOf(network, trainable);
  const block = network.blocks[firstBlock]?.layers[0]?.norm1.gamma;
  const first = stem ? 0 : (block ?? classifier.weight).offset;
  const trained = parameters.filter(({ offset }) => offset >= first);
  return {
    stem,
    firstBlock,
    parameters: trained,
    first,
    floats: arena.parameters - first,
    count: trained.reduce((sum, { count }) => sum + count, 0),
  };
}

function depthOf(network: Network, trainable: Trainable): Depth {
  const blocks = network.blocks.length;
  if (trainable === 'all') return { stem: true, firstBlock: 0 };
  if (trainable === 'classifier') return nothingTrained(network);
  if (trainable === 'last-block') return { stem: false, firstBlock: blocks - 1 };
  const [, number] = /^from-block-(\d{1,2})$/.exec(trainable) ?? [];
  if (number === undefined || Number(number) < 1 || Number(number) > blocks) {
    const rule = `must be all, last-block, classifier or from-block-N, with N from 1 to ${blocks}`;
    throw new ConfigError('trainable', trainable, rule);
  }
  return { stem: false, firstBlock: Number(number) - 1 };
}

const EVERYTHING = Number.POSITIVE_INFINITY;

/**
 * What of a network a plan differentiates: which layers run as in evaluation, which parameters get a gradient, and how far
 * back from the logits any gradient is taken. Passes beyond that are not recorded.
 */
export class Scope {
  private constructor(
    /**
     * Parameters from this place in the arena on are trained. Layers ahead of it are in evaluation mode: norms use their
     * running statistics, which are constants in backward and do not move; what a convolution writes is not dropped.
     */
    private readonly trainedFrom: number,
    /** Backward goes on to all that lies behind this place: the arena lies in the order of forward. */
    private readonly from: number,
    /** Among the trained ones, those that are frozen by name: no pass needs to take their gradient. */
    private readonly frozen: ReadonlySet<Parameter> = new Set(),
  ) {}

  /** Training: backward goes to the first parameter that is trained, or to the input. */
  static training({ first }: TrainableRange, inputGradient: boolean, frozen?: ReadonlySet<Parameter>): Scope {
    return new Scope(first, inputGradient ? -1 : first, frozen);
  }

  /**
   * Explanation: everything as in evaluation, no parameter's gradient.
   * @param behind the last parameter that backward does not reach; undefined: it goes to the input
   */
  static explanation(behind: Parameter | undefined): Scope {
    return new Scope(EVERYTHING, behind ? behind.offset + behind.count : -1);
  }

  /** No gradient at all: inference. */
  static readonly forward = new Scope(EVERYTHING, EVERYTHING);

  isEvalMode(layer: Norm | Convolution): boolean {
    return ('gamma' in layer ? layer.gamma : layer.weight).offset < this.trainedFrom;
  }

  requiresGradient(parameter: Parameter): boolean {
    return parameter.offset >= this.trainedFrom && !this.frozen.has(parameter);
  }

  /** Whether a gradient is wanted of the parameter or of anything ahead of it. */
  needsGradient(parameter: Parameter): boolean {
    return this.from <= parameter.offset;
  }

  /** Whether a gradient is wanted of anything ahead of the parameter: of what its layer read. */
  needsInputGradient(parameter: Parameter): boolean {
    return this.from < parameter.offset;
  }

  /** Whether the norms that read a block's channels are in evaluation mode: all are, or none. */
  areReadersInEvalMode(block: DenseBlock): boolean {
    return block.layers.every((layer) => this.isEvalMode(layer.norm1));
  }
}

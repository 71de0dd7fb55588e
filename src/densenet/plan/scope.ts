// What of a network a plan differentiates: which layers run as in evaluation, which parameters get a gradient, and how
// far back from the logits any gradient is taken. Passes beyond that are not recorded.

import type { Convolution, DenseBlock, Norm, Parameter } from '../network.ts';
import type { TrainableRange } from '../trainable-range.ts';

const EVERYTHING = Number.POSITIVE_INFINITY;

export class Scope {
  private constructor(
    /**
     * Parameters from this place in the arena on are trained. Layers ahead of it are in evaluation mode: norms use their
     * running statistics, which are constants in backward and do not move; what a convolution writes is not dropped.
     */
    private readonly trainedFrom: number,
    /** Backward goes on to all that lies behind this place: the arena lies in the order of forward. */
    private readonly from: number,
  ) {}

  /** Training: backward goes to the first parameter that is trained, or to the input. */
  static training({ first }: TrainableRange, inputGradient: boolean): Scope {
    return new Scope(first, inputGradient ? -1 : first);
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
    return parameter.offset >= this.trainedFrom;
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

// What of a network a plan differentiates: which layers run as in evaluation, which parameters get a gradient, and how
// far back from the logits any gradient is taken. Passes beyond that are not recorded.

import { ConfigError } from '../../runtime/errors.ts';
import type { Convolution, DenseBlock, Network, Norm, Parameter } from '../network.ts';

export interface ScopeOptions {
  /**
   * Layers in evaluation mode, as `eval()` puts PyTorch's modules: a norm uses its running statistics, which are
   * constants in backward and do not move; what a convolution writes is not dropped. Default: none.
   */
  readonly evaluates?: ((layer: Norm | Convolution) => boolean) | undefined;
  /** Parameters whose gradients are wanted. Default: all. */
  readonly trains?: ((parameter: Parameter) => boolean) | undefined;
}

export class Scope {
  private constructor(
    private readonly options: ScopeOptions,
    /** A place in the parameter arena, which lies in the order of forward: backward goes on to all that lies behind it. */
    private readonly from: number,
  ) {}

  /**
   * Training: backward goes to the first parameter that is trained, or to the input.
   * @throws ConfigError for a norm that is trained in evaluation mode, and for norms of both modes over one block
   */
  static training(network: Network, options: ScopeOptions, inputGradient: boolean): Scope {
    const first = network.parameters.find((parameter) => options.trains?.(parameter) ?? true);
    const scope = new Scope(options, inputGradient ? -1 : (first?.offset ?? Number.POSITIVE_INFINITY));
    scope.check(network);
    return scope;
  }

  /**
   * Explanation: everything as in evaluation, no parameter's gradient.
   * @param behind the last parameter that backward does not reach; undefined: it goes to the input
   */
  static explanation(behind: Parameter | undefined): Scope {
    const options = { evaluates: () => true, trains: () => false };
    return new Scope(options, behind ? behind.offset + behind.count : -1);
  }

  /** No gradient at all: inference. */
  static readonly forward = new Scope({ trains: () => false }, Number.POSITIVE_INFINITY);

  evaluates(layer: Norm | Convolution): boolean {
    return this.options.evaluates?.(layer) ?? false;
  }

  trains(parameter: Parameter): boolean {
    return this.options.trains?.(parameter) ?? true;
  }

  /** The trained parameters as ranges of the arena, in floats: neighbours are one range. */
  trainedRanges({ parameters, arena }: Network): { offset: number; count: number }[] {
    const ranges: { offset: number; count: number }[] = [];
    let isOpen = false;
    for (const [i, parameter] of parameters.entries()) {
      const end = parameters[i + 1]?.offset ?? arena.parameters;
      const count = end - parameter.offset;
      const last = ranges.at(-1);
      if (!this.trains(parameter)) isOpen = false;
      else if (isOpen && last) last.count += count;
      else {
        ranges.push({ offset: parameter.offset, count });
        isOpen = true;
      }
    }
    return ranges;
  }

  /** Whether a gradient is wanted of the parameter or of anything ahead of it. */
  reaches(parameter: Parameter): boolean {
    return this.from <= parameter.offset;
  }

  /** Whether a gradient is wanted of anything ahead of the parameter: of what its layer read. */
  goesThrough(parameter: Parameter): boolean {
    return this.from < parameter.offset;
  }

  /** Whether the norms that read a block's channels are in evaluation mode: all are, or none. */
  evaluatesReaders(network: Network, block: DenseBlock): boolean {
    return readersOf(network, block).every((norm) => this.evaluates(norm));
  }

  private check(network: Network): void {
    for (const norm of network.norms) {
      const trained = [norm.gamma, norm.beta].find((parameter) => this.trains(parameter));
      if (trained && this.evaluates(norm)) {
        throw new ConfigError(
          'trains',
          trained.name,
          'belongs to a norm in evaluation mode, whose parameters are constants',
        );
      }
    }
    for (const block of network.blocks) {
      const readers = readersOf(network, block);
      const odd = readers.find((norm) => this.evaluates(norm) !== this.evaluates(readers[0] ?? norm));
      if (odd) {
        throw new ConfigError(
          'evaluates',
          odd.name,
          `must be in the same mode as the other norms that read ${block.name}`,
        );
      }
    }
  }
}

/** Every norm that reads a block's channels: its layers' first ones, and its transition's or the network's last. */
const readersOf = ({ norm5 }: Network, { layers, transition }: DenseBlock): Norm[] => [
  ...layers.map((layer) => layer.norm1),
  transition?.norm ?? norm5,
];

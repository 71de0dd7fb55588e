// Where a gradient can be taken: torchvision's module names, as hooks there would see their outputs, and the input. Block b
// holds both what enters it (the output of the transition ahead, or of the stem) and its own output, the concatenation.

import { ConfigError } from '../../runtime/errors.ts';
import { type DenseBlock, lastConvolution, type Network, type Parameter } from '../network.ts';

/** Where a gradient is taken: the input, a module's output as a PyTorch hook would see it, or the head. */
export type ExplanationTarget =
  /** d logit / d input. */
  | {
      /** The input. */
      readonly kind: 'input';
    }
  /** The first `channels` channels of a block's buffer; backward does not go past the parameter `behind`. */
  | {
      /** A module's output. */
      readonly kind: 'features';
      /** The module, by torchvision's name without `features.`. */
      readonly name: string;
      /** Whose buffer holds it. */
      readonly block: DenseBlock;
      /** Channels of the output. */
      readonly channels: number;
      /** The last parameter ahead of it. */
      readonly behind: Parameter;
    }
  /** The last norm's output, before (norm5) or after (relu5) its ReLU: its gradient needs no pass at all. */
  | {
      /** The network's end. */
      readonly kind: 'head';
      /** Before or after the ReLU. */
      readonly name: 'norm5' | 'relu5';
    };

export const INPUT: ExplanationTarget = { kind: 'input' };

const nameOf = ({ name }: { readonly name: string }) => name.replace(/^features\./, '');

/**
 * Every place whose features can be explained, by name, in the order of forward: `pool0` (`conv0` where the stem does not
 * pool), `denseblock1`, `transition1`, ..., `norm5`, and `relu5`, the last norm's output after its ReLU.
 */
export function featureTargets(network: Network): ReadonlyMap<string, ExplanationTarget> {
  const { stem, blocks } = network;
  const targets = new Map<string, ExplanationTarget>();
  const add = (name: string, block: DenseBlock, channels: number, behind: Parameter) =>
    targets.set(name, { kind: 'features', name, block, channels, behind });
  const [first] = blocks;
  // The last parameter of the stem: what enters the first block lies behind it.
  const { conv, norm } = stem.layers.at(-1) ?? stem;
  const entry = norm?.beta ?? conv.weight;
  if (first) add(norm ? 'pool0' : 'conv0', first, first.inputs, entry);
  for (const [b, block] of blocks.entries()) {
    const layer = block.layers.at(-1);
    const entered = blocks[b - 1]?.transition?.conv.weight ?? entry;
    add(nameOf(block), block, block.channels, layer ? lastConvolution(layer).weight : entered);
    const next = blocks[b + 1];
    if (block.transition && next) add(nameOf(block.transition), next, next.inputs, block.transition.conv.weight);
  }
  for (const name of ['norm5', 'relu5'] as const) targets.set(name, { kind: 'head', name });
  return targets;
}

/**
 * The target of a name, with or without torchvision's `features.` before it; or `input`.
 * @throws ConfigError naming those that the network has
 */
export function targetOf(network: Network, name: string): ExplanationTarget {
  if (name === 'input') return INPUT;
  const targets = featureTargets(network);
  const target = targets.get(name.replace(/^features\./, ''));
  if (target) return target;
  throw new ConfigError(
    'target',
    name,
    `is not an output of this network; it has ${[...targets.keys()].join(', ')} and input`,
  );
}

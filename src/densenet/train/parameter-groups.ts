// What of an update depends on the parameter: multipliers of learning rate and weight decay, and which parameters are frozen
// by name. On the GPU it is a table behind the clip's two numbers (shaders/parts/groups.wgsl); without any of it there is
// no table, and the plan is as it was.

import {
  type Fields,
  field,
  flag,
  list,
  matching,
  number,
  type Output,
  object,
  type Schema,
} from '../../data/schema.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { likeliest } from '../../runtime/options.ts';
import { ARENA_BLOCK } from '../../shaders/optimizer/arena.ts';
import type { Network, Parameter } from '../network.ts';
import type { TrainableRange } from '../plan/scope.ts';

const PATTERN: Schema<string> = matching(
  /^[\w.*?-]{1,200}$/,
  "must be a parameter's name, in which * stands for any characters and ? for one: features.denseblock1.*",
);

export const PARAMETER_GROUPS = {
  /** Whether weight decay is also of norms and biases; timm's convention is that it is not. */
  decayNorms: field(flag, {
    help: 'decay the weights of batch norms and biases too',
    option: '--decay-norms',
    default: true,
  }),
  /** The classifier's learning rate, as a multiple of the others'. */
  headLearningRate: field(number({ above: 0 }), {
    help: "the classifier's learning rate, as a multiple of the others'",
    option: '--head-lr <factor>',
    default: 1,
  }),
  /**
   * Each earlier part of the network has the learning rate of the next one times this: stem, dense blocks each with the
   * transition behind it, and last norm5 and the classifier, which has the whole rate (BEiT, arXiv 2106.08254; timm).
   */
  layerDecay: field(number({ above: 0, max: 1 }), {
    help: 'multiply the learning rate by this for every part of the network further from the classifier',
    option: '--layer-decay <factor>',
    default: 1,
  }),
  /** Patterns of parameter names that are not trained: no update, no decay, no state, no part in the gradient's norm. */
  freeze: field(list(PATTERN), {
    help: 'do not train the parameters of these names; * stands for any characters',
    option: '--freeze <patterns>',
  }),
} as const satisfies Fields;

/**
 * How the update of a parameter differs from the others'.
 * @interface
 */
export type ParameterGroups = Output<typeof PARAMETER_GROUPS>;
export const PARAMETER_GROUP_SCHEMA: Schema<ParameterGroups> = object(PARAMETER_GROUPS);

/** All parameters alike. */
export const NO_GROUPS: ParameterGroups = { decayNorms: true, headLearningRate: 1, layerDecay: 1, freeze: [] };

/** What multiplies a parameter's learning rate and its weight decay; rate 0: frozen. */
export interface Multipliers {
  readonly rate: number;
  readonly decay: number;
}

/** Parameters whose names match one of the patterns. @throws ConfigError for a pattern that no parameter has */
export function frozenParameters({ parameters }: Network, patterns: readonly string[]): ReadonlySet<Parameter> {
  return new Set(
    patterns.flatMap((pattern) => {
      const regex = new RegExp(`^${pattern.replace(/[.-]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')}$`);
      const found = parameters.filter(({ name }) => regex.test(name));
      if (found.length > 0) return found;
      const likely =
        likeliest(
          pattern,
          parameters.map(({ name }) => name),
        ) ?? parameters[0]?.name;
      throw new ConfigError('freeze', pattern, `is the name of no parameter of this network; one is ${likely}`);
    }),
  );
}

/**
 * The multipliers of every parameter that is trained, in their order.
 * @throws ConfigError for a pattern that no parameter has, or patterns that leave nothing to train
 */
export function multipliersOf(network: Network, part: TrainableRange, groups: ParameterGroups): readonly Multipliers[] {
  const { decayNorms, headLearningRate, layerDecay, freeze } = groups;
  const frozen = frozenParameters(network, freeze);
  if (part.parameters.every((parameter) => frozen.has(parameter)))
    throw new ConfigError('freeze', freeze, 'leave nothing to train');
  const head = new Set([network.classifier.weight, network.classifier.bias]);
  const last = network.blocks.length + 1;
  return part.parameters.map((parameter) => {
    const isDecayed = decayNorms || parameter.role === 'convolution' || parameter.role === 'linear';
    const rate = layerDecay ** (last - partOf(network, parameter)) * (head.has(parameter) ? headLearningRate : 1);
    return { rate: frozen.has(parameter) ? 0 : rate, decay: isDecayed ? 1 : 0 };
  });
}

/** 0: the stem; b: dense block b, counted from 1, and the transition behind it; then norm5 and the classifier. */
function partOf({ blocks }: Network, { name }: Parameter): number {
  const [, block] = /^features\.(?:denseblock|transition)(\d+)\./.exec(name) ?? [];
  if (block !== undefined) return Number(block);
  return /^features\.(conv|norm)[0-4]\./.test(name) ? 0 : blocks.length + 1;
}

/**
 * The kernels' table: a pair (learning rate, weight decay) per 64 floats of the trained part of the arena. Undefined where
 * all of them are 1.
 * @throws ConfigError as `multipliersOf`
 */
export function groupTable(
  network: Network,
  part: TrainableRange,
  groups: ParameterGroups = NO_GROUPS,
): Float32Array<ArrayBuffer> | undefined {
  const multipliers = multipliersOf(network, part, groups);
  if (multipliers.every(({ rate, decay }) => rate === 1 && decay === 1)) return undefined;
  const table = new Float32Array(2 * (part.floats / ARENA_BLOCK)).fill(1);
  for (const [i, { offset, count }] of part.parameters.entries()) {
    const { rate = 1, decay = 1 } = multipliers[i] ?? {};
    const first = (offset - part.first) / ARENA_BLOCK;
    for (let block = first; block < first + Math.ceil(count / ARENA_BLOCK); block++)
      table.set([rate, decay], 2 * block);
  }
  return table;
}

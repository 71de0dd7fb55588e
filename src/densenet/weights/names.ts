// Other programs' names for a DenseNet's tensors -> ours, which are torchvision's. What is recognised: torchvision's
// names, its old ones (`norm.1`), MONAI's (`layers.`), a trunk in a plain Sequential (numbered children), under any
// prefix: the prefix is whatever stands before the first dense block, not one of a list. Pure; shapes decide nothing
// here but which of a Sequential's children is what.

import { WeightsError } from '../../runtime/errors.ts';
import type { Shapes } from './architecture.ts';
import { nameSequentialIndices } from './sequential-indices.ts';
import { SECOND_MODEL } from './unused.ts';

export type NamingScheme = 'torchvision' | 'torchvision-legacy' | 'monai' | 'sequential';

export interface RecognisedNames {
  readonly scheme: NamingScheme;
  /** What stands before `features.` (or, where that is missing, before the blocks) in the file's names. */
  readonly prefix: string;
  /** Canonical name `features.…` to the file's own name. */
  readonly trunk: ReadonlyMap<string, string>;
  /** The file's names of everything outside the trunk: classifiers, and what belongs to no DenseNet. */
  readonly outside: readonly string[];
  /** Those of another DenseNet beside it, whose prefix says that it is an average, a teacher or the like. */
  readonly copies: readonly string[];
}

const TRACKED = /(^|\.)num_batches_tracked$/;
/** torchvision's own rule for its old files. */
const LEGACY = /^(.*denselayer_?\d+\.(?:norm|relu|conv))\.([12]\.[^.]+)$/;
const MONAI = /^(.*denselayer\d+)\.layers\.(.+)$/;
const LAYER = /^(|.*?\.)denseblock_?\d+\.denselayer_?\d+\.(?:norm|conv)[12]\./;

/**
 * @param file what errors call it
 * @throws WeightsError where no dense block is found, or the blocks of several networks
 */
export function recogniseNames(tensors: Shapes, file: string): RecognisedNames {
  let scheme: NamingScheme = 'torchvision';
  const modern = new Map<string, string>();
  const numbered = nameSequentialIndices(tensors);
  if (numbered) scheme = 'sequential';
  for (const own of tensors.keys()) {
    if (TRACKED.test(own)) continue;
    const named = numbered?.get(own) ?? own;
    const legacy = named.replace(LEGACY, '$1$2');
    const plain = legacy.replace(MONAI, '$1.$2');
    if (legacy !== named && scheme === 'torchvision') scheme = 'torchvision-legacy';
    if (plain !== legacy && scheme === 'torchvision') scheme = 'monai';
    modern.set(plain, own);
  }
  const { trunk: trunkPrefix, others } = findTrunk(modern, file);
  const roots = others.map((prefix) => prefix.replace(/features\.$/, ''));
  const trunk = new Map<string, string>();
  const outside: string[] = [];
  const copies: string[] = [];
  for (const [name, own] of modern) {
    if (isTrunk(name, trunkPrefix)) trunk.set(canonical(name.slice(trunkPrefix.length)), own);
    else if (roots.some((root) => name.startsWith(root))) copies.push(own);
    else outside.push(own);
  }
  return { scheme, prefix: trunkPrefix.replace(/features\.$/, ''), trunk: nameLastNorm(trunk), outside, copies };
}

/** What stands before the dense blocks, the same for all of them; and before those of copies of the network. */
function findTrunk(
  names: ReadonlyMap<string, string>,
  file: string,
): { readonly trunk: string; readonly others: readonly string[] } {
  const prefixes = new Set<string>();
  for (const name of names.keys()) {
    const prefix = LAYER.exec(name)?.[1];
    if (prefix !== undefined) prefixes.add(prefix);
  }
  const isCopy = (prefix: string) => prefix.split('.').some((part) => SECOND_MODEL.test(part));
  const own = prefixes.size === 1 ? [...prefixes] : [...prefixes].filter((prefix) => !isCopy(prefix));
  const first = own[0] ?? [...prefixes][0];
  if (first === undefined) {
    const shown = [...names.values()].slice(0, 4).join(', ') || 'none';
    throw new WeightsError(
      file,
      `no DenseNet: none of its ${names.size} tensors is named like a dense layer's ` +
        `(denseblock1.denselayer1.norm1.weight, with anything before it). The first are: ${shown}${kerasAdvice(names)}`,
      { unknown: [...names.values()] },
    );
  }
  if (own.length !== 1) {
    const all = [...prefixes].map((prefix) => JSON.stringify(prefix)).join(', ');
    throw new WeightsError(
      file,
      `holds several DenseNets, under ${all}; leave out all but one (\`ignore\`; --ignore PREFIX … on the command line)`,
    );
  }
  return { trunk: first, others: [...prefixes].filter((prefix) => prefix !== first) };
}

/** Keras's names, `conv2_block1_1_conv/kernel` and `gamma`, in a file that somebody converted without renaming. */
function kerasAdvice(names: ReadonlyMap<string, string>): string {
  if (![...names.keys()].some((name) => /(^|[/._])(kernel|gamma|moving_mean)(:0)?$/.test(name))) return '';
  return (
    ". These are Keras's: give them torchvision's names, transpose kernels from HWIO to OIHW, and say that the batch norms' " +
    'epsilon is 1.001e-5'
  );
}

/** Parts that only a trunk has; where the trunk has no prefix of its own, they tell it from the classifier. */
const PARTS = /^(?:conv\d|norm\w*|denseblock_?\d+|transition_?\d+)\./;

function isTrunk(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  return prefix.endsWith('features.') || PARTS.test(name.slice(prefix.length));
}

const canonical = (rest: string) =>
  `features.${rest.replace(/^(denseblock|transition)_(\d)/, '$1$2').replace(/\.denselayer_(\d)/, '.denselayer$1')}`;

/** The norm after the last block is called norm5 whatever the number of blocks; some files call it otherwise. */
function nameLastNorm(trunk: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const has = (norm: string) => trunk.has(`features.${norm}.weight`);
  if (has('norm5') || trunk.has('features.conv1.weight')) return trunk;
  const others = [...trunk.keys()].flatMap((name) => /^features\.(norm\w+)\.weight$/.exec(name)?.[1] ?? []);
  const [last, ...more] = others.filter((norm) => norm !== 'norm0');
  if (last === undefined || more.length > 0) return trunk;
  const from = `features.${last}.`;
  return new Map(
    [...trunk].map(([name, own]) => [name.startsWith(from) ? `features.norm5.${name.slice(from.length)}` : name, own]),
  );
}

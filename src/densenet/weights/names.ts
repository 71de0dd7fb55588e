// Other programs' names for a DenseNet's tensors -> torchvision's. Recognised: torchvision's names, its legacy ones
// (`norm.1`), MONAI's (`layers.`) and a trunk in a plain nn.Sequential (`4.denselayer1.norm1.weight`), under any prefix: the
// prefix is whatever comes before the first dense block, not one of a list. Pure; shapes only help to tell the children of
// a Sequential apart.

import type { Shapes } from '../../data/tensor.ts';
import { WeightsError } from '../../runtime/errors.ts';

/** Whose names a file's tensors have; sequential: indices of `nn.Sequential`. */
export type NamingScheme = 'torchvision' | 'torchvision-legacy' | 'monai' | 'sequential' | 'keras' | 'mmpretrain';

/** Whose names a file has, where its reader knows it, and which of them is which of torchvision's. */
export interface Naming {
  readonly scheme: NamingScheme;
  /** By the file's name. */
  readonly canonical: ReadonlyMap<string, string>;
}

export interface RecognisedNames {
  readonly scheme: NamingScheme;
  /** What comes before `features.` (or, where that is missing, before the blocks) in the file's names. */
  readonly prefix: string;
  /** Canonical name `features.…` to the file's own name. */
  readonly trunk: ReadonlyMap<string, string>;
  /** The file's names of everything outside the trunk: classifiers, and what belongs to no DenseNet. */
  readonly outside: readonly string[];
  /** Those of a second DenseNet in the file, whose prefix marks it as an average (EMA), a teacher or the like. */
  readonly copies: readonly string[];
}

/** A part of a name after which the names of a second network follow, beside the one to be imported. */
export const SECOND_MODEL =
  /^(ema|ema_\w+|\w+_ema|swa|swa_model|averaged?(_model)?|avg_model|shadow|shadow_params|teacher|teacher_\w+|\w+_teacher|momentum_\w+|\w+_momentum|key_encoder|encoder_k|target_(encoder|model|network|net)|discriminator)$/;

const TRACKED = /(^|\.)num_batches_tracked$/;
/** torchvision's own rule for its legacy files. */
const LEGACY = /^(.*denselayer_?\d+\.(?:norm|relu|conv))\.([12]\.[^.]+)$/;
const MONAI = /^(.*denselayer\d+)\.layers\.(.+)$/;
const LAYER = /^(|.*?\.)denseblock_?\d+\.denselayer_?\d+\.(?:norm|conv)[12]\./;
const SEQUENTIAL_LAYER = /^(|.*\.)(\d+)\.denselayer\d+\./;
/** Parts that only a trunk has; where the trunk has no prefix of its own, they tell it from the classifier. */
const TRUNK_PARTS = /^(?:conv\d|norm\w*|denseblock_?\d+|transition_?\d+)\./;
const KERAS = /(^|[/._])(kernel|gamma|moving_mean)(:0)?$/;

/**
 * @param file what errors call it
 * @param given whose names they are, where the file's reader knows it
 * @throws WeightsError where no dense block is found, or the blocks of several networks
 */
export function recogniseNames(tensors: Shapes, file: string, given?: Naming): RecognisedNames {
  let scheme: NamingScheme = 'torchvision';
  const modern = new Map<string, string>();
  const known = given?.canonical ?? nameSequentialIndices(tensors);
  if (known) scheme = given?.scheme ?? 'sequential';
  for (const own of tensors.keys()) {
    if (TRACKED.test(own)) continue;
    const named = known?.get(own) ?? own;
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

/** Names as a sentence lists them; beyond `most` they are counted. */
export function listNames(names: readonly string[], most: number): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `${names.slice(0, most).join(', ')}${more}`;
}

/** What comes before the dense blocks, the same for all of them; and before those of copies of the network. */
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
      `is not a DenseNet: none of its ${names.size} tensors is named like a dense layer's ` +
        `(denseblock1.denselayer1.norm1.weight, under any prefix); the first are ${shown}${kerasHelp(names)}`,
      { unknown: [...names.values()] },
    );
  }
  if (own.length !== 1) {
    const all = [...prefixes].map((prefix) => JSON.stringify(prefix)).join(', ');
    throw new WeightsError(
      file,
      `holds several DenseNets, under ${all}; leave out all but one (\`ignore\`; --ignore PREFIX on the command line)`,
    );
  }
  return { trunk: first, others: [...prefixes].filter((prefix) => prefix !== first) };
}

/** For Keras's names, `conv2_block1_1_conv/kernel` and `gamma`, in a file that was converted without renaming. */
function kerasHelp(names: ReadonlyMap<string, string>): string {
  if (![...names.keys()].some((name) => KERAS.test(name))) return '';
  return (
    ". These are Keras's names: give Keras's own file (.h5 or .keras); or rename them as torchvision does, transpose kernels from " +
    "HWIO to OIHW, and set the batch norms' epsilon to 1.001e-5 (`batchNormEpsilon`; --batch-norm-epsilon)"
  );
}

function isTrunk(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  return prefix.endsWith('features.') || TRUNK_PARTS.test(name.slice(prefix.length));
}

const canonical = (rest: string) =>
  `features.${rest.replace(/^(denseblock|transition)_(\d)/, '$1$2').replace(/\.denselayer_(\d)/, '.denselayer$1')}`;

/** The norm after the last block is called norm5 whatever the number of blocks; some files call it otherwise. */
function nameLastNorm(trunk: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const has = (norm: string) => trunk.has(`features.${norm}.weight`);
  if (has('norm5')) return trunk;
  const others = [...trunk.keys()].flatMap((name) => /^features\.(norm\w+)\.weight$/.exec(name)?.[1] ?? []);
  const [last, ...more] = others.filter(
    (norm) => norm !== 'norm0' && !trunk.has(`features.${norm.replace('norm', 'conv')}.weight`),
  );
  if (last === undefined || more.length > 0) return trunk;
  const from = `features.${last}.`;
  return new Map(
    [...trunk].map(([name, own]) => [name.startsWith(from) ? `features.norm5.${name.slice(from.length)}` : name, own]),
  );
}

/**
 * A trunk in a plain nn.Sequential has sequential indices where torchvision has names. Which child is which follows from
 * what it holds and from the order: the stem comes before the first block, norm5 after the last.
 * @returns the file's names to torchvision's, for the children with an index; undefined where there is none
 */
function nameSequentialIndices(tensors: Shapes): ReadonlyMap<string, string> | undefined {
  const prefix = [...tensors.keys()].flatMap((name) => SEQUENTIAL_LAYER.exec(name)?.[1] ?? [])[0];
  if (prefix === undefined) return undefined;
  /** By index, the names of what a child holds. */
  const children = new Map<number, string[]>();
  for (const name of tensors.keys()) {
    const [, index, rest] = name.startsWith(prefix) ? (/^(\d+)\.(.+)$/s.exec(name.slice(prefix.length)) ?? []) : [];
    if (index === undefined || rest === undefined) continue;
    const rests = children.get(Number(index));
    if (rests) rests.push(rest);
    else children.set(Number(index), [rest]);
  }
  const indices = [...children.keys()].sort((a, b) => a - b);
  /** The children that hold such a name, each with its place among them, from 1. */
  const placesOf = (pattern: RegExp): ReadonlyMap<number, number> => {
    const found = indices.filter((index) => children.get(index)?.some((rest) => pattern.test(rest)));
    return new Map(found.map((index, i) => [index, i + 1]));
  };
  const blocks = placesOf(/^denselayer\d+\./);
  const transitions = placesOf(/^conv\.weight$/);
  const norms = placesOf(/^running_mean$/);
  const [firstBlock = 0] = blocks.keys();
  const shapeOf = (index: number) => tensors.get(`${prefix}${index}.weight`)?.shape;
  const stem = indices.filter((index) => index < firstBlock && shapeOf(index)?.length === 4);
  const nameOf = (index: number): string | undefined => {
    if (blocks.has(index)) return `denseblock${blocks.get(index)}`;
    if (transitions.has(index)) return `transition${transitions.get(index)}`;
    if (norms.has(index)) return index < firstBlock ? `norm${(norms.get(index) ?? 1) - 1}` : 'norm5';
    return stem.includes(index) ? `conv${stem.indexOf(index)}` : undefined;
  };
  const named = new Map<string, string>();
  for (const [index, rests] of children) {
    const name = nameOf(index);
    if (name === undefined) continue;
    for (const rest of rests) named.set(`${prefix}${index}.${rest}`, `${prefix}${name}.${rest}`);
  }
  return named;
}

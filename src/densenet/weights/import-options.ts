// What may be said beside a file of weights, and which of its tensors are left out because somebody said so.

import { ConfigError } from '../../runtime/errors.ts';
import { aNumber, flag, must, nested, type Rules, required, SEED, whole } from '../../runtime/options.ts';
import type { SidecarFile } from './sidecar-files.ts';

/** What is known about a file of weights beside its tensors; it counts before what the file says. */
export interface ImportOptions {
  /** A config.json that lies beside the weights. */
  readonly config?: SidecarFile | undefined;
  /** Class names that lie beside the weights. */
  readonly labels?: SidecarFile | undefined;
  /** Of the input, in pixels, whatever anything else says; with `channels`, for weights that take as many. */
  readonly size?:
    | {
        /** 1 or 3. */
        readonly channels?: number | undefined;
        /** In pixels. */
        readonly height: number;
        /** In pixels. */
        readonly width: number;
      }
    | undefined;
  /** Several labels an image (a sigmoid each) or one (a softmax), whatever anything else says. */
  readonly multiLabel?: boolean | undefined;
  /** For weights without a classifier: make one, to be trained. */
  readonly newClassifier?:
    | {
        /** Number of classes. */
        readonly classes: number;
        /** Of the initial weights; default 0. */
        readonly seed?: number;
      }
    | undefined;
  /**
   * Tensors to leave out, though the network that they were saved from may compute with them: names, modules (`fc2` is all
   * that begins with `fc2.`), or globs, in which `*` stands for any text.
   */
  readonly ignore?: readonly string[] | undefined;
  /** What batch norms add to the variance, whatever the file says; default 1e-5, PyTorch's. */
  readonly batchNormEpsilon?: number | undefined;
}

const aText = must((value) => typeof value === 'string', 'must be a string');
const SIDECAR_FILE = { name: required(aText), text: required(aText) } satisfies Rules<SidecarFile>;

export const IMPORT_OPTIONS = {
  config: nested<SidecarFile>(SIDECAR_FILE),
  labels: nested<SidecarFile>(SIDECAR_FILE),
  size: nested<NonNullable<ImportOptions['size']>>({
    channels: whole(1, 2 ** 16),
    height: required(whole(1, 2 ** 16)),
    width: required(whole(1, 2 ** 16)),
  }),
  multiLabel: flag,
  newClassifier: nested<NonNullable<ImportOptions['newClassifier']>>({
    classes: required(whole(1, 2 ** 20)),
    seed: SEED,
  }),
  ignore: must(
    (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
    'must be a list of names',
  ),
  batchNormEpsilon: aNumber((value) => value > 0, 'must be a number above 0'),
} satisfies Rules<ImportOptions>;

/**
 * Which of these names are to be left out.
 * @throws ConfigError for an entry that is the name of none of them
 */
export function ignoredNames(names: Iterable<string>, ignore: readonly string[] = []): ReadonlySet<string> {
  const all = [...names];
  const found = new Set<string>();
  for (const entry of ignore) {
    const matches = matcher(entry);
    const hits = all.filter(matches);
    if (hits.length === 0) {
      throw new ConfigError(
        'ignore',
        entry,
        'is the name of no tensor, module or group of them in the file of weights',
      );
    }
    for (const name of hits) found.add(name);
  }
  return found;
}

function matcher(entry: string): (name: string) => boolean {
  if (!entry.includes('*')) return (name) => name === entry || name.startsWith(`${entry.replace(/\.$/, '')}.`);
  const [start = '', ...rest] = entry.split(/\*+/);
  const end = rest.pop() ?? '';
  return (name) => {
    if (!name.startsWith(start) || !name.endsWith(end) || name.length < start.length + end.length) return false;
    let at = start.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= name.length - end.length;
  };
}

// Every tensor of a file is accounted for, as with load_state_dict(strict=True): those that the network needs must be there
// and fit, and what is missing or misshapen is reported all at once, under the file's names. A network that was saved may
// compute with any other tensor (attention inside the dense layers, a norm before the classifier, a temperature): leaving
// those out gives meaningless results, so that is an error, unless whoever imports names them. Only what a result cannot
// depend on passes by itself: counters, an optimizer's state, losses and metrics, and copies of the network (EMA, teacher).

import { type AnyTensor, type Shapes, toFloat32 } from '../../data/tensor.ts';
import { ConfigError, type Misfit, WeightsError } from '../../runtime/errors.ts';
import type { Network } from '../network.ts';
import { statePlaces } from '../state-dict.ts';
import { featuresFromShapes } from './architecture.ts';
import type { CanonicalTensors, FoundClassifier } from './head.ts';
import { listNames, type RecognisedNames, SECOND_MODEL } from './names.ts';

/** More names than this are counted, not printed; the error carries all of them. */
const MOST_NAMES = 40;
const MOST_UNUSED_NAMES = 12;

/** What training keeps beside a network, by the names that PyTorch's programs give it. */
const BOOKKEEPING: readonly RegExp[] = [
  /(^|\.)num_batches_tracked$/,
  /(^|\.)op_threshs$/, // torchxrayvision: thresholds of the findings, applied after the logits
  /(^|\.)(optimi[sz]ers?|optim|lr_schedulers?|schedulers?|grad_scaler|scaler)(_states?|_state_dict)?\./,
  /\.(exp_avg|exp_avg_sq|max_exp_avg_sq|momentum_buffer|square_avg|acc_delta)$/,
  /^(module\.|model\.)*(criterion|criterions|loss|losses|loss_(fn|func|function|module))\./,
  /^(module\.|model\.)*(train|val|valid|validation|test)?_?(metrics?|acc|accuracy|auroc|auc|f1)(_\w+)?\./,
];
/** Single numbers. */
const COUNTER =
  /(^|[._])(epochs?|global_step|steps?|iterations?|iters?|best_\w+|lr|learning_rate|seed|version|num_updates|n_averaged|decay)$/;
/** As `SECOND_MODEL`, for networks of any architecture: names that no layer has. */
const OTHER_NETWORK =
  /^(module\.)?(teacher|teacher_\w+|discriminator|momentum_encoder|key_encoder|encoder_k|shadow_params)\./;
/** Numbers that PyTorch's layers compute with are of these dtypes; others are counters, indices and random states. */
const FLOATS = ['F64', 'F32', 'F16', 'BF16'];
/** As segmentation-models-pytorch names it. */
const SEGMENTATION = /^(module\.|model\.)*(decoder|segmentation_head)\./;
const PARAMETER = /(^|\.)(weight|bias)$/;

interface Loading extends CanonicalTensors {
  readonly network: Network;
  readonly names: RecognisedNames;
  /** Every tensor of the file, by its own name. */
  readonly all: ReadonlyMap<string, AnyTensor>;
  /** The file's name of the thresholds that are used. */
  readonly thresholds: string | undefined;
  readonly file: string;
}

export interface UnusedTensors {
  readonly unused: readonly string[];
  /** Of those, names inside the trunk. */
  readonly unusedInTrunk: readonly string[];
}

/**
 * What of the file is not used, where that is harmless; by the file's names.
 * @throws WeightsError naming every tensor that is missing or misshapen, else those of a dtype that is not supported, else
 * those that are unused and that results may depend on
 */
export function checkTensors(loading: Loading): UnusedTensors {
  const { network, names, all, shapes, classifier, thresholds, file } = loading;
  const titleOf = (name: string) =>
    names.trunk.get(name) ?? classifierName(name, classifier) ?? `${names.prefix}${name}`;
  const needed = new Set(statePlaces(network).map(({ name }) => name));
  const inTrunk = [...shapes.keys()].filter((name) => !needed.has(name));
  const unusedInTrunk = inTrunk.map((name) => names.trunk.get(name) ?? name);
  const used = [classifier?.weight, classifier?.bias, thresholds];
  const outside = names.outside.filter((name) => !used.includes(name));
  checkShapes(network, shapes, { file, titleOf, unknown: [...unusedInTrunk, ...outside] });
  checkDtypes(loading, titleOf);
  const usedShapes = [...shapes].filter(([name]) => needed.has(name));
  // As the file names them, and as they are called without a prefix.
  const usedKeys = new Set(
    usedShapes.flatMap(([name, { shape }]) => [copyKey(titleOf(name), shape), copyKey(name, shape)]),
  );
  const canonicalNames: readonly (readonly [own: string, canonical: string | undefined])[] = [
    ...inTrunk.map((name) => [names.trunk.get(name) ?? name, name] as const),
    ...outside.map((name) => [name, undefined] as const),
  ];
  const harmful = canonicalNames.filter(([own, canonical]) => {
    const tensor = all.get(own);
    // What follows the trunk of a network for segmentation is replaced by the new classifier.
    if (!classifier && SEGMENTATION.test(own)) return false;
    return tensor && mayMatter(own, tensor, canonical, usedKeys);
  });
  refuseUnused(
    harmful.map(([own]) => own),
    new Set(unusedInTrunk),
    loading,
  );
  return { unused: [...unusedInTrunk, ...outside, ...names.copies], unusedInTrunk };
}

const classifierName = (name: string, found: FoundClassifier | undefined): string | undefined =>
  name === 'classifier.weight' ? found?.weight : name === 'classifier.bias' ? found?.bias : undefined;

function checkShapes(
  network: Network,
  shapes: Shapes,
  { file, titleOf, unknown }: { file: string; titleOf: (name: string) => string; unknown: readonly string[] },
): void {
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const { name, shape } of statePlaces(network)) {
    const found = shapes.get(name)?.shape;
    if (found === undefined) missing.push(titleOf(name));
    else if (found.length !== shape.length || found.some((size, i) => size !== shape[i])) {
      misshapen.push(`${titleOf(name)}: [${found}], needed [${shape}]`);
    }
  }
  if (missing.length + misshapen.length > 0) throw misfitError(file, { missing, misshapen, unknown });
}

function checkDtypes({ network, shapes, tensors, file }: Loading, titleOf: (name: string) => string): void {
  const unsupported = statePlaces(network).flatMap(({ name }) => {
    const dtype = shapes.get(name)?.dtype;
    return dtype === undefined || tensors.has(name) ? [] : [`${titleOf(name)} (${dtype})`];
  });
  if (unsupported.length === 0) return;
  throw new WeightsError(
    file,
    `the dtype of tensors that the network needs is not supported: ${listNames(unsupported, MOST_NAMES)}; save them as ` +
      'F32, F16 or BF16',
    { misshapen: unsupported },
  );
}

function misfitError(file: string, misfit: Omit<Required<Misfit>, 'unsupported'>): WeightsError {
  const { missing, misshapen, unknown } = misfit;
  const clause = (names: readonly string[], one: string, many: string) =>
    names.length === 0 ? [] : [`${names.length} ${names.length === 1 ? one : many}: ${listNames(names, MOST_NAMES)}`];
  const clauses = [
    ...clause(missing, 'tensor is missing', 'tensors are missing'),
    ...clause(misshapen, 'has the wrong shape', 'have the wrong shape'),
    ...clause(unknown, 'is unexpected', 'are unexpected'),
  ];
  return new WeightsError(file, clauses.join('. '), misfit);
}

/**
 * Whether the results of the network that was saved may depend on an unused tensor.
 * @param canonical its canonical name, where it is inside the trunk
 * @param usedKeys names and shapes of the tensors that are used (`copyKey`)
 */
function mayMatter(
  name: string,
  tensor: AnyTensor,
  canonical: string | undefined,
  usedKeys: ReadonlySet<string>,
): boolean {
  const elements = tensor.shape.reduce((product, size) => product * size, 1);
  if (elements === 0 || BOOKKEEPING.some((pattern) => pattern.test(name))) return false;
  if (elements === 1 && COUNTER.test(name)) return false;
  if (!FLOATS.includes(tensor.dtype) && !PARAMETER.test(name)) return false;
  if (canonical !== undefined) return !(/\.conv\d?\.bias$/.test(canonical) && isZero(tensor));
  return !OTHER_NETWORK.test(name) && !isCopy(name, tensor, usedKeys);
}

const isZero = (tensor: AnyTensor) => 'bytes' in tensor && toFloat32(tensor).every((value) => value === 0);

/** Averages saved beside a network have its names, with or without their dots, and its shapes. */
function isCopy(name: string, { shape }: AnyTensor, usedKeys: ReadonlySet<string>): boolean {
  const parts = name.split('.');
  const marker = parts.findIndex((part) => SECOND_MODEL.test(part));
  if (marker < 0) return false;
  return usedKeys.has(copyKey(parts.slice(marker + 1).join('.'), shape));
}

/** A name without its dots, and its shape. */
const copyKey = (name: string, shape: readonly number[]): string => `${name.replaceAll('.', '')} ${shape}`;

function refuseUnused(names: readonly string[], inTrunk: ReadonlySet<string>, loading: Loading): void {
  if (names.length === 0) return;
  const { all, file } = loading;
  const described = names.map((name) => `${name}${roleOf(all.get(name)?.shape ?? [], inTrunk.has(name), loading)}`);
  const [subject, object] = names.length === 1 ? ['tensor is', 'it'] : ['tensors are', 'them'];
  throw new WeightsError(
    file,
    `${names.length} ${subject} not supported, and results may depend on ${object}: ` +
      `${listNames(described, MOST_UNUSED_NAMES)}. Supported are a DenseNet's trunk, global average pooling and one linear ` +
      'layer. To leave tensors out knowingly: `ignore` (--ignore NAME on the command line)',
    { unknown: names, unsupported: names },
  );
}

/** What an unused tensor seems to be, for the error. */
function roleOf(shape: readonly number[], inTrunk: boolean, { classifier, network, shapes }: Loading): string {
  if (inTrunk) return ' (inside the network)';
  const features = featuresFromShapes(shapes);
  const [outputs, inputs] = shape;
  if (shape.length === 1) return outputs === features ? ' (over the features)' : '';
  if (shape.length < 2) return '';
  if (inputs === features) return ' (takes the features)';
  return classifier && inputs === network.config.classes ? ` (takes the output of ${classifier.weight})` : '';
}

/**
 * Which of these names are to be left out.
 * @throws ConfigError for an entry that matches none of them
 */
export function ignoredNames(names: Iterable<string>, ignore: readonly string[] = []): ReadonlySet<string> {
  const all = [...names];
  const found = new Set<string>();
  for (const entry of ignore) {
    const matches = matcher(entry);
    const hits = all.filter(matches);
    if (hits.length === 0) {
      throw new ConfigError('ignore', entry, 'matches no tensor, module or group of tensors in the weights');
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

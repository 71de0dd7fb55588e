// Tensors of a file of weights that nothing computes with. A network that was saved may compute with any of them (attention
// inside the dense layers, a norm or another layer before the classifier, a temperature): leaving them out gives numbers that
// mean nothing, so that is an error, unless whoever imports names them. Only what a result cannot depend on passes by
// itself: counters, an optimizer's state, losses and metrics, and copies of the network (average, teacher).

import { type Tensor, toFloat32 } from '../../data/tensor.ts';
import { WeightsError } from '../../runtime/errors.ts';
import type { FoundClassifier } from './classifier.ts';
import { listed } from './fit.ts';

/** Of any type that the format has; only those that are read have their elements. */
export type AnyTensor = { readonly dtype: string; readonly shape: readonly number[] } | Tensor;

/** What training keeps beside a network, by the names that PyTorch's programs give it. */
const BOOKKEEPING: readonly RegExp[] = [
  /(^|\.)num_batches_tracked$/,
  /(^|\.)op_threshs$/, // torchxrayvision: probabilities from which on findings count, after the logits
  /(^|\.)(optimi[sz]ers?|optim|lr_schedulers?|schedulers?|grad_scaler|scaler)(_states?|_state_dict)?\./,
  /\.(exp_avg|exp_avg_sq|max_exp_avg_sq|momentum_buffer|square_avg|acc_delta)$/,
  /^(module\.|model\.)*(criterion|criterions|loss|losses|loss_(fn|func|function|module))\./,
  /^(module\.|model\.)*(train|val|valid|validation|test)?_?(metrics?|acc|accuracy|auroc|auc|f1)(_\w+)?\./,
];
/** Single numbers. */
const COUNTER =
  /(^|[._])(epochs?|global_step|steps?|iterations?|iters?|best_\w+|lr|learning_rate|seed|version|num_updates|n_averaged|decay)$/;

/** A part of a name that says that what follows is another network beside the one to be computed. */
export const SECOND_MODEL =
  /^(ema|ema_\w+|\w+_ema|swa|swa_model|averaged?(_model)?|avg_model|shadow|shadow_params|teacher|teacher_\w+|\w+_teacher|momentum_\w+|\w+_momentum|key_encoder|encoder_k|target_(encoder|model|network|net)|discriminator)$/;
/** The same for networks of any architecture: names that no layer has. */
const OTHER_NETWORK =
  /^(module\.)?(teacher|teacher_\w+|discriminator|momentum_encoder|key_encoder|encoder_k|shadow_params)\./;

/** Numbers that PyTorch's layers compute with are of these types; others are counters, indices and random states. */
const FLOATS = ['F64', 'F32', 'F16', 'BF16'];
const PARAMETER = /(^|\.)(weight|bias)$/;

interface Place {
  /** Inside the trunk: the canonical name. */
  readonly inside: string | undefined;
  /** Names and shapes of the tensors that are used (`copyKey`). */
  readonly used: ReadonlySet<string>;
}

/** Whether the results of the network that was saved may depend on an unused tensor. */
export function mayMatter(name: string, tensor: AnyTensor, { inside, used }: Place): boolean {
  const elements = tensor.shape.reduce((product, size) => product * size, 1);
  if (elements === 0 || BOOKKEEPING.some((pattern) => pattern.test(name))) return false;
  if (elements === 1 && COUNTER.test(name)) return false;
  if (!FLOATS.includes(tensor.dtype) && !PARAMETER.test(name)) return false;
  if (inside !== undefined) return !(/\.conv\d?\.bias$/.test(inside) && isZero(tensor));
  return !OTHER_NETWORK.test(name) && !isCopy(name, tensor, used);
}

const isZero = (tensor: AnyTensor) => 'bytes' in tensor && toFloat32(tensor).every((value) => value === 0);

/** Averages that lie beside a network have its names, with or without their dots, and its shapes. */
function isCopy(name: string, { shape }: AnyTensor, used: Place['used']): boolean {
  const parts = name.split('.');
  const mark = parts.findIndex((part) => SECOND_MODEL.test(part));
  if (mark < 0) return false;
  return used.has(copyKey(parts.slice(mark + 1).join('.'), shape));
}

/** A name without its dots, and its shape. */
export const copyKey = (name: string, shape: readonly number[]): string => `${name.replaceAll('.', '')} ${shape}`;

interface Head {
  readonly classifier: FoundClassifier | undefined;
  readonly features: number;
  readonly classes: number;
}

/** @throws WeightsError naming tensors that may matter and are not computed */
export function refuseUnused(
  names: readonly string[],
  tensors: ReadonlyMap<string, AnyTensor>,
  inside: ReadonlySet<string>,
  head: Head,
  file: string,
): void {
  if (names.length === 0) return;
  const described = names.map((name) => `${name}${roleOf(tensors.get(name)?.shape ?? [], inside.has(name), head)}`);
  throw new WeightsError(
    file,
    `${names.length} ${names.length === 1 ? 'tensor is' : 'tensors are'} not computed, and results may depend on ` +
      `${names.length === 1 ? 'it' : 'them'}: ${listed(described, 12)}. This engine computes a DenseNet's trunk, global average ` +
      'pooling and one linear layer. To leave tensors out knowingly: `ignore` (--ignore NAME … on the command line)',
    { unknown: names, unsupported: names },
  );
}

/** What an unused tensor seems to be, for the error. */
function roleOf(shape: readonly number[], inside: boolean, { classifier, features, classes }: Head): string {
  if (inside) return ' (inside the network)';
  const [outputs, inputs] = shape;
  if (shape.length === 1) return outputs === features ? ' (over the features)' : '';
  if (shape.length < 2) return '';
  if (inputs === features) return ' (reads the features)';
  return classifier && inputs === classes ? ` (reads what ${classifier.weight} gives)` : '';
}

// The calls that PyTorch's files are made of, by the names of the functions: what each stands for as a value. It is an
// allow-list, and even these are not called: a rule only arranges its arguments. Any other function or class gives a `Call`,
// which is inert.

import type { DataError } from '../../../runtime/errors.ts';
import { asSequence, globalName, type Sequence, structured, type TensorView, type Value } from './values.ts';

type Fail = (problem: string) => DataError;
/** Counts items that a rule copies: the same list may be given to any number of calls. */
type Copied = (items: Sequence) => void;
/** The value of a call; undefined: these arguments are not what the function takes, and the call is inert. */
type Rule = (args: readonly Value[], copied: Copied, fail: Fail) => Value | undefined;

/** PyTorch itself has no tensor of more. */
const MOST_DIMENSIONS = 64;

export function called(of: Value, args: readonly Value[], copied: Copied, fail: Fail): Value {
  const rule = RULES.get(globalName(of));
  return rule?.(args, copied, fail) ?? { kind: 'call', of, args, state: null, contents: undefined };
}

const dict: Rule = ([pairs], copied) => {
  const entries = new Map<Value, Value>();
  const given = structured(pairs);
  if (given?.kind === 'dict') return given;
  const list = asSequence(pairs);
  if (list) copied(list);
  for (const pair of list?.items ?? []) {
    const [key, value] = asSequence(pair)?.items ?? [];
    if (key !== undefined && value !== undefined) entries.set(key, value);
  }
  return { kind: 'dict', entries };
};

/** With items of its own: what appends to the list that it was made of changes no tuple. */
const sequence =
  (kind: Sequence['kind']): Rule =>
  ([items], copied) => {
    const found = asSequence(items);
    if (found) copied(found);
    return { kind, items: found?.items.slice() ?? [] };
  };

/** `defaultdict(factory, pairs)`. */
const defaultDict: Rule = ([, pairs], copied, fail) => dict(pairs === undefined ? [] : [pairs], copied, fail);

/** `(storage, offset, size, strides, requires_grad, hooks[, metadata])`. */
const tensor: Rule = ([storage, offset, size, strides], _, fail) =>
  tensorView(storage, undefined, [offset, size, strides], fail);

/** `(storage, offset, size, strides, requires_grad, hooks, dtype[, metadata])`: of types that have no storage of their own. */
const typedTensor: Rule = ([storage, offset, size, strides, , , dtype], _, fail) =>
  tensorView(storage, globalName(dtype).replace(/^torch\./, ''), [offset, size, strides], fail);

/** `(tensor, requires_grad, hooks)`: the same numbers. */
const itself: Rule = ([data]) => data;

/** `(function, type, arguments, state)`: a tensor of a class of its own. */
const fromType: Rule = ([of, , args], copied, fail) => {
  const found = asSequence(args);
  return of !== undefined && found ? RULES.get(globalName(of))?.(found.items, copied, fail) : undefined;
};

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['collections.OrderedDict', dict],
  ['collections.defaultdict', defaultDict],
  ...['builtins', '__builtin__'].flatMap((module): [string, Rule][] => [
    [`${module}.dict`, dict],
    [`${module}.list`, sequence('list')],
    [`${module}.tuple`, sequence('tuple')],
    [`${module}.set`, sequence('set')],
    [`${module}.frozenset`, sequence('set')],
  ]),
  ['torch.Size', sequence('tuple')],
  ['torch._utils._rebuild_tensor', tensor],
  ['torch._utils._rebuild_tensor_v2', tensor],
  ['torch._utils._rebuild_tensor_v3', typedTensor],
  ['torch._utils._rebuild_parameter', itself],
  ['torch._utils._rebuild_parameter_with_state', itself],
  ['torch.nn.parameter.Parameter', itself],
  ['torch.nn.parameter.Buffer', itself],
  ['torch.autograd.variable.Variable', itself],
  ['torch._tensor._rebuild_from_type', fromType],
  ['torch._tensor._rebuild_from_type_v2', fromType],
]);

function tensorView(
  storage: Value | undefined,
  dtype: string | undefined,
  [offset, size, strides]: readonly (Value | undefined)[],
  fail: Fail,
): TensorView | undefined {
  const view = structured(storage);
  if (view?.kind !== 'storage') return undefined;
  const [shape, steps] = [sizesOf(size), sizesOf(strides)];
  if (!isSize(offset) || !shape || !steps || shape.length !== steps.length)
    throw fail('damaged: a tensor whose offset, shape or strides are not whole numbers of 0 or more');
  return { kind: 'tensor', storage: view, dtype, offset, shape, strides: steps };
}

const isSize = (value: Value | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Not copied: tuples do not change, and any number of tensors may share one. */
function sizesOf(value: Value | undefined): readonly number[] | undefined {
  const found = structured(value);
  const items = found?.kind === 'tuple' ? found.items : undefined;
  return items && items.length <= MOST_DIMENSIONS && items.every(isSize) ? items : undefined;
}

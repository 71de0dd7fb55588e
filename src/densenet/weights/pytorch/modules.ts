// Whole networks, as `torch.save(model)` writes them: pickled `nn.Module`s, of which the attributes are there and not the code.
// Walking `_parameters`, `_buffers` and `_modules` gives the state dict that the module would have. Attributes say what no state
// dict does: how batch norms and convolutions are set, and which layers have no parameters. What of that a DenseNet of ours
// does not compute is refused by name.

import { WeightsError } from '../../../runtime/errors.ts';
import { printableName } from '../../../runtime/printable.ts';
import { asDict, asSequence, type Call, callName, type Dict, structured, type Value } from './values.ts';

/** What a module's attributes say beside its tensors. */
export interface ModuleFacts {
  /** Of batch norms, each value once. */
  readonly epsilons: ReadonlySet<number>;
  /** By module, what it is instead of what a DenseNet has there. */
  readonly unsupported: readonly string[];
}

export interface WalkedModule extends ModuleFacts {
  /** As `state_dict()` would list them. */
  readonly entries: ReadonlyMap<string, Value>;
}

const MOST_DEPTH = 32;
/** No module's own name is longer: those of nested ones are joined. */
const MOST_NAME = 300;

/** Modules and tensors that are visited in a file: shared ones may have far more places than there are of them. */
export class Visits {
  private left = 50_000;

  constructor(private readonly file: string) {}

  /** @throws WeightsError */
  spend(name: string): void {
    if (--this.left >= 0 && name.length <= MOST_NAME) return;
    throw new WeightsError(this.file, 'its modules have more tensors, or longer names, than any DenseNet');
  }
}

/** The attributes of an object; undefined where it has none. */
export function attributesOf(value: Value): Dict | undefined {
  const found = structured(value);
  if (found?.kind !== 'call') return undefined;
  // With `__slots__` the state is a pair, of which the first part is the `__dict__`.
  return asDict(found.state) ?? asDict(asSequence(found.state)?.items[0]);
}

const part = (attributes: Dict | undefined, name: string): Dict | undefined => asDict(attributes?.entries.get(name));

/** Whether a value is an `nn.Module`, of any class. */
export function isModule(value: Value): value is Call {
  const attributes = attributesOf(value);
  return part(attributes, '_modules') !== undefined && part(attributes, '_parameters') !== undefined;
}

/** @throws WeightsError where it holds itself, or more than any network */
export function walkModule(root: Call, file: string, visits: Visits): WalkedModule {
  const entries = new Map<string, Value>();
  const epsilons = new Set<number>();
  const unsupported: string[] = [];
  const visit = (module: Value, prefix: string, depth: number): void => {
    if (depth > MOST_DEPTH)
      throw new WeightsError(file, `its modules are nested more than ${MOST_DEPTH} deep, or in a circle`);
    const attributes = attributesOf(module);
    const unsaved = asSequence(attributes?.entries.get('_non_persistent_buffers_set'))?.items ?? [];
    for (const kind of ['_parameters', '_buffers'] as const) {
      for (const [name, value] of part(attributes, kind)?.entries ?? []) {
        if (typeof name !== 'string' || value === null || (kind === '_buffers' && unsaved.includes(name))) continue;
        visits.spend(name);
        entries.set(prefix + name, value);
      }
    }
    const epsilon = attributes?.entries.get('eps');
    if (typeof epsilon === 'number' && part(attributes, '_buffers')?.entries.has('running_mean')) epsilons.add(epsilon);
    const problem = problemOf(module, attributes);
    if (problem !== undefined) unsupported.push(`${printableName(prefix.slice(0, -1))} (${printableName(problem)})`);
    for (const [name, child] of part(attributes, '_modules')?.entries ?? []) {
      if (typeof name !== 'string' || child === null) continue;
      visits.spend(name);
      visit(child, `${prefix}${name}.`, depth + 1);
    }
  };
  visit(root, '', 0);
  return { entries, epsilons, unsupported };
}

/** Activations that follow the logits, and change nothing that is computed before. */
const OUTPUTS = /\.(ReLU|Sigmoid|Softmax|LogSoftmax|LogSigmoid|Identity)$/;

/** What a module computes that no DenseNet of ours does; undefined where it is one of ours, or of an unknown kind. */
function problemOf(module: Value, attributes: Dict | undefined): string | undefined {
  const name = callName(module);
  const short = name.replace(/^.*\./, '');
  if (/^torch\.nn\.modules\.activation\./.test(name) && !OUTPUTS.test(name)) return short;
  if (/BlurPool/i.test(short)) return `${short}, blur pooling`;
  if (/^torch\.nn\.modules\.normalization\.|InstanceNorm/.test(name)) return short;
  if (short !== 'Conv2d') return undefined;
  const numbers = (key: string) => asSequence(attributes?.entries.get(key))?.items ?? [];
  const kernel = numbers('kernel_size');
  const padding = numbers('padding');
  const isSame = kernel.every((size, i) => typeof size === 'number' && padding[i] === (size - 1) / 2);
  if (!isSame) return `Conv2d of kernel ${kernel.join('x')} with padding ${padding.join('x')}`;
  if (numbers('dilation').some((step) => step !== 1)) return 'Conv2d with dilation';
  const groups = attributes?.entries.get('groups');
  if (typeof groups === 'number' && groups !== 1) return `Conv2d with ${groups} groups`;
  // A stem's 7x7 moves by 2, as does the first of a deep stem's; all else by 1.
  const stride = numbers('stride');
  const needed = kernel[0] === 7 ? [2] : kernel[0] === 1 ? [1] : [1, 2];
  return stride.every((step) => needed.some((one) => one === step))
    ? undefined
    : `Conv2d with stride ${stride.join('x')}`;
}

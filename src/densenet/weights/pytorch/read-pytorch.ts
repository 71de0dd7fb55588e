// PyTorch's files (.pth, .pt, .bin, .tar, .ckpt, .pkl: what counts is the content) as weights to import: the container, its
// pickle as inert data, the state dict in it, its tensors as views of the file. Nothing in a file is run, looked up or
// constructed. Loaded only when such a file is read.

import { fileKind } from '../../../data/file-kind.ts';
import type { UnsupportedTensor } from '../../../data/safetensors.ts';
import type { AnyTensor, Tensor } from '../../../data/tensor.ts';
import { DataError, WeightsError } from '../../../runtime/errors.ts';
import { printableName } from '../../../runtime/printable.ts';
import type { WeightsContents } from '../contents.ts';
import { readLegacy } from './legacy-container.ts';
import { isNumpyArray, type NumpyArray, numpyArray, numpyTypeName } from './numpy.ts';
import { type FoundState, findStateDict, isOtherTensor } from './state-dict.ts';
import { type Container, TensorReader } from './tensors.ts';
import { type Call, callName, structured, type Value } from './values.ts';
import { readZip } from './zip-container.ts';

/**
 * @param file what errors call it
 * @throws DataError where the file is damaged, truncated, or not as PyTorch writes it; WeightsError where it holds no tensors, or
 * a module that computes what is not supported
 */
export function readPyTorch(bytes: Uint8Array, file: string): WeightsContents {
  const container = fileKind(bytes) === 'torch-zip' ? readZip(bytes, file) : readLegacy(bytes, file);
  const found = findStateDict(container.value, file);
  if (!found) {
    const what = container.format === 'pickle' ? 'a pickle' : 'a PyTorch file';
    throw new WeightsError(
      file,
      `is ${what} without a dict of tensors: no state dict, no checkpoint and no module is in it`,
    );
  }
  refuseModules(found, file);
  const { tensors, unsupported } = readTensors(found, container, file);
  const [epsilon] = found.epsilons ?? [];
  return {
    metadata: epsilon === undefined ? {} : { batch_norm_epsilon: String(epsilon) },
    tensors,
    unsupported,
    checked: false,
    format: container.format,
    path: found.path,
    isModule: found.epsilons !== undefined,
    passedOver: found.passedOver,
    labels: found.labels,
    architecture: found.architecture,
  };
}

/** What a whole module says that it computes, and a DenseNet of ours does not. */
function refuseModules({ isDenseNet, epsilons, unsupported = [] }: FoundState, file: string): void {
  if (!isDenseNet) return;
  if (unsupported.length > 0) {
    const names = unsupported.slice(0, 8).join(', ');
    throw new WeightsError(
      file,
      `its modules compute what is not supported: ${names}${unsupported.length > 8 ? ' …' : ''}`,
    );
  }
  if (epsilons && epsilons.size > 1)
    throw new WeightsError(
      file,
      `its batch norms have several epsilons: ${[...epsilons].slice(0, 4).join(', ')}; only one is supported`,
    );
}

/** Tensors that are written otherwise than as a view of a storage, by the function that would make them. */
const OTHER_TENSORS: readonly (readonly [name: RegExp, what: string])[] = [
  [/_rebuild_qtensor/, 'quantized; save the network before it is quantized'],
  [/_rebuild_sparse/, 'sparse; save it dense'],
  [/_rebuild_nested/, 'nested'],
  [/_rebuild_meta/, 'on the meta device, where tensors have no numbers'],
  // Its storage is not beside the pickle, as torch.save puts it.
  [/_rebuild_tensor|_load_from_bytes/, 'pickled by Python alone; save it with torch.save'],
];

function readTensors({ entries }: FoundState, container: Container, file: string) {
  const tensors = new Map<string, Tensor>();
  const unsupported = new Map<string, UnsupportedTensor>();
  const arrays = new Arrays(file, container.pickleBytes);
  const reader = new TensorReader(file, (storage) => arrays.bytes.get(storage.key) ?? container.readStorage(storage));
  for (const [name, value] of entries) {
    const view = viewOf(name, value, arrays, file);
    if (!view) continue;
    const tensor = view.kind === 'tensor' ? reader.read(name, view) : view;
    if (isRead(tensor)) tensors.set(name, tensor);
    else unsupported.set(name, { dtype: tensor.dtype, shape: tensor.shape });
  }
  return { tensors, unsupported };
}

const isRead = (tensor: AnyTensor): tensor is Tensor => 'bytes' in tensor;

/** A tensor or an array as a view of its storage; undefined for what is neither. @throws WeightsError */
function viewOf(name: string, value: Value, arrays: Arrays, file: string) {
  const found = structured(value);
  if (found?.kind === 'tensor') return found;
  if (isNumpyArray(value)) return arrays.read(value) ?? { kind: 'other', dtype: numpyTypeName(value), shape: [] };
  const called = callName(value);
  const other = OTHER_TENSORS.find(([pattern]) => pattern.test(called));
  if (!isOtherTensor(value)) return undefined;
  const what = other?.[1] ?? `made by ${printableName(called)}, which is not known`;
  throw new WeightsError(file, `the tensor ${printableName(name)} is ${what}`, { misshapen: [name] });
}

/** NumPy's arrays, each read once however often it is named. */
class Arrays {
  /** By the keys of their storages. */
  readonly bytes = new Map<string, Uint8Array>();
  private readonly arrays = new Map<Call, NumpyArray>();

  constructor(
    private readonly file: string,
    /** What arrays may be as texts in all. */
    private left: number,
  ) {}

  read(value: Call): NumpyArray['view'] | undefined {
    const known = this.arrays.get(value);
    if (known) return known.view;
    const array = numpyArray(value, `numpy ${this.bytes.size}`, this.left);
    if (!array) return undefined;
    this.left -= array.bytes.length;
    if (this.left < 0)
      throw new DataError(this.file, 0, 'has more numbers in its arrays than bytes: one text is many of them');
    this.bytes.set(array.view.storage.key, array.bytes);
    this.arrays.set(value, array);
    return array.view;
  }
}

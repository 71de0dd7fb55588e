// Keras's layers as weights to import: kernels in PyTorch's order [outputs, inputs, height, width] instead of [height, width,
// inputs, outputs], under the layers' own names with PyTorch's names of variables, and which of them is which of torchvision's.

import type { UnsupportedTensor } from '../../../data/safetensors.ts';
import { type AnyTensor, DTYPE_BYTES, float32Tensor, type Tensor, toFloat32 } from '../../../data/tensor.ts';
import { WeightsError } from '../../../runtime/errors.ts';
import { printableName } from '../../../runtime/printable.ts';
import type { WeightsContents, WeightsFormat } from '../contents.ts';
import { type KerasLayer, kindOf, VARIABLES } from './layers.ts';
import { byName, byOrder } from './order.ts';
import { isLinear, type Topology } from './topology.ts';

/** Of Keras Applications' DenseNets; Keras's own default is 1e-3. */
const APPLICATIONS_EPSILON = 1.001e-5;

export interface KerasFile {
  readonly format: Extract<WeightsFormat, 'keras-h5' | 'keras-zip' | 'tfjs'>;
  /** In the order of the model, where the file says it. */
  readonly layers: readonly KerasLayer[];
  readonly topology: Topology | undefined;
  readonly passedOver: readonly string[];
}

/** @throws WeightsError where the layers are not recognised as a DenseNet's, or have numbers that are not read */
export function kerasContents(given: KerasFile, file: string): WeightsContents {
  const { format, topology } = given;
  const { layers, merged } = mergeHeads(given, file);
  const order = byName(layers) ?? (topology && byOrder(layers));
  if (!order) throw notRecognised(layers, topology !== undefined, file);
  const tensors = new Map<string, Tensor>();
  const unsupported = new Map<string, UnsupportedTensor>();
  const canonicalNames = new Map<string, string>();
  for (const layer of layers) {
    const canonical = order.get(layer);
    for (const [variable, tensor] of completed(layer)) {
      const part = VARIABLES[variable] ?? variable;
      const name = `${layer.name}.${part}`;
      if (tensors.has(name) || unsupported.has(name))
        throw new WeightsError(file, `has two layers of the name ${printableName(layer.name)}`);
      const isKernel = variable === 'kernel';
      if (isRead(tensor)) tensors.set(name, isKernel ? transposed(tensor) : tensor);
      else unsupported.set(name, { dtype: tensor.dtype, shape: isKernel ? turned(tensor.shape) : tensor.shape });
      if (canonical !== undefined) canonicalNames.set(name, `features.${canonical}.${part}`);
    }
  }
  const epsilon = topology?.epsilon ?? (topology ? 1e-3 : APPLICATIONS_EPSILON);
  return {
    metadata: { batch_norm_epsilon: String(epsilon) },
    tensors,
    unsupported,
    checked: false,
    format,
    path: '',
    isModule: false,
    passedOver: [...given.passedOver, ...merged],
    labels: undefined,
    architecture: undefined,
    naming: { scheme: 'keras', canonical: canonicalNames },
    size: topology?.size,
    multiLabel: topology?.multiLabel,
  };
}

const isRead = (tensor: AnyTensor): tensor is Tensor => 'bytes' in tensor;

/** A batch norm without scale or centre: ones, zeros. */
function completed(layer: KerasLayer): ReadonlyMap<string, AnyTensor> {
  const { variables } = layer;
  const mean = variables.get('moving_mean');
  const size = mean?.shape[0];
  if (kindOf(layer) !== 'norm' || mean?.shape.length !== 1 || size === undefined) return variables;
  const constant = (value: number) => float32Tensor([size], new Float32Array(size).fill(value));
  return new Map<string, AnyTensor>([['gamma', constant(1)], ['beta', constant(0)], ...variables]);
}

function notRecognised(layers: readonly KerasLayer[], described: boolean, file: string): WeightsError {
  const names = layers.slice(0, 4).map(({ name }) => printableName(name));
  const why = described
    ? 'nor are its convolutions and batch norms in the order of a DenseNet’s'
    : 'and the file does not describe its model: save all of it, model.save("model.keras")';
  return new WeightsError(
    file,
    `is not recognised as a DenseNet: of its ${layers.length} layers with weights none is named as in Keras Applications ` +
      `(conv2_block1_1_conv), the first are ${names.join(', ') || 'none'}; ${why}`,
    { unknown: layers.map(({ name }) => name) },
  );
}

/** [...kernel, inputs, outputs] -> [outputs, inputs, ...kernel]. */
const turned = (shape: readonly number[]): readonly number[] => [
  ...shape.slice(-2).toReversed(),
  ...shape.slice(0, -2),
];

function transposed(tensor: Tensor): Tensor {
  const { shape, bytes } = tensor;
  if (shape.length < 2) return tensor;
  const [outputs = 0, inputs = 0, ...kernel] = turned(shape);
  const area = kernel.reduce((product, size) => product * size, 1);
  const size = DTYPE_BYTES[tensor.dtype];
  const out = new Uint8Array(bytes.length);
  // Numbers of two and four bytes, which nearly all are, move as one.
  const [from, to] = [wordsOf(bytes.slice(), size), wordsOf(out, size)];
  const words = from.length / Math.max(1, area * inputs * outputs);
  for (let p = 0; p < area; p++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        const source = ((p * inputs + i) * outputs + o) * words;
        const place = ((o * inputs + i) * area + p) * words;
        for (let word = 0; word < words; word++) to[place + word] = from[source + word] ?? 0;
      }
    }
  }
  return { dtype: tensor.dtype, shape: turned(shape), bytes: out };
}

const wordsOf = ({ buffer }: Uint8Array<ArrayBuffer>, size: number) =>
  size % 4 === 0 ? new Uint32Array(buffer) : size === 2 ? new Uint16Array(buffer) : new Uint8Array(buffer);

/** What changes nothing between two linear layers once a network is trained. */
const IDLE = new Set([
  'Dropout',
  'SpatialDropout2D',
  'GaussianNoise',
  'GaussianDropout',
  'ActivityRegularization',
  'Flatten',
]);

/**
 * Two dense layers in a row without an activation between them (AUCMEDI's head: 512 units, dropout, classes) are one: their product.
 * Only a model that describes itself shows that nothing is between them.
 */
function mergeHeads(
  { layers, topology }: KerasFile,
  file: string,
): { readonly layers: readonly KerasLayer[]; readonly merged: readonly string[] } {
  const dense = topology?.layers.filter(({ kind }) => kind === 'Dense') ?? [];
  if (dense.length < 2) return { layers, merged: [] };
  const all = topology?.layers ?? [];
  const between = all.slice(
    all.findIndex(({ kind }) => kind === 'Dense'),
    all.findLastIndex(({ kind }) => kind === 'Dense'),
  );
  const stopping = between.find((layer) =>
    layer.kind === 'Dense' || layer.kind === 'Activation' ? !isLinear(layer) : !IDLE.has(layer.kind),
  );
  if (stopping) {
    throw new WeightsError(
      file,
      `its head has an activation between its dense layers (${printableName(stopping.name)}); only a single linear layer after ` +
        'global average pooling is supported',
      { unsupported: [stopping.name] },
    );
  }
  const own = dense.map(({ name }) => layers.find((layer) => layer.name === name));
  let [product] = own;
  for (const next of own.slice(1)) product = product && next && composed(product, next);
  if (!product) return { layers, merged: [] };
  const names = dense.map(({ name }) => name);
  const last = product;
  return {
    layers: layers.flatMap((layer) => (layer === own.at(-1) ? [last] : own.includes(layer) ? [] : [layer])),
    merged: [
      `${names.map(printableName).join(' and ')} (linear layers without an activation between them: one, their product)`,
    ],
  };
}

/** x A + a, then B and b, as one layer of B's name; undefined where they do not fit. */
function composed(first: KerasLayer, second: KerasLayer): KerasLayer | undefined {
  const read = (layer: KerasLayer, variable: string) => {
    const tensor = layer.variables.get(variable);
    return tensor && isRead(tensor) ? { shape: tensor.shape, values: toFloat32(tensor) } : undefined;
  };
  const [a, b] = [read(first, 'kernel'), read(second, 'kernel')];
  const [inputs = 0, middle = 0] = a?.shape ?? [];
  const [joint = 0, outputs = 0] = b?.shape ?? [];
  if (!a || !b || middle !== joint) return undefined;
  const times = (row: (m: number) => number, o: number) => {
    let sum = 0;
    for (let m = 0; m < middle; m++) sum += row(m) * (b.values[m * outputs + o] ?? 0);
    return sum;
  };
  const kernel = new Float32Array(inputs * outputs);
  for (let i = 0; i < inputs; i++) {
    for (let o = 0; o < outputs; o++) kernel[i * outputs + o] = times((m) => a.values[i * middle + m] ?? 0, o);
  }
  const [biasA, biasB] = [read(first, 'bias')?.values, read(second, 'bias')?.values];
  const bias = Float32Array.from({ length: outputs }, (_, o) => times((m) => biasA?.[m] ?? 0, o) + (biasB?.[o] ?? 0));
  return {
    name: second.name,
    variables: new Map<string, AnyTensor>([
      ['kernel', float32Tensor([inputs, outputs], kernel)],
      ['bias', float32Tensor([outputs], bias)],
    ]),
  };
}

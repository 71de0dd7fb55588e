// ONNX models of DenseNets as weights: the initialisers of the graph under the names that exporters keep, the epsilon of its batch
// norms, and, of models that this project exported, all that their metadata say. The graph is not run: operators that no
// DenseNet has are refused by name, as are graphs whose batch norms were folded into convolutions. Field numbers are
// those of onnx.proto3.

import { isJsonObject, parseJson } from '../../../data/json.ts';
import type { UnsupportedTensor } from '../../../data/safetensors.ts';
import { DTYPE_BYTES, isDtype, type Tensor } from '../../../data/tensor.ts';
import { decodeUtf8 } from '../../../data/utf8.ts';
import { DataError, WeightsError } from '../../../runtime/errors.ts';
import { printableName } from '../../../runtime/printable.ts';
import type { WeightsContents } from '../contents.ts';
import { fields, packed } from './protobuf.ts';

/** TensorProto.DataType, by safetensors's names; those without numbers here are named in errors. */
const DTYPES: Readonly<Record<number, string>> = {
  1: 'F32',
  2: 'U8',
  3: 'I8',
  4: 'U16',
  5: 'I16',
  6: 'I32',
  7: 'I64',
  9: 'BOOL',
  10: 'F16',
  11: 'F64',
  12: 'U32',
  13: 'U64',
  14: 'C64',
  15: 'C128',
  16: 'BF16',
};
/** The fields that hold a type's elements as the bytes they are, where `raw_data` does not. */
const TYPED_DATA: Readonly<Record<string, number>> = { F32: 4, F64: 10 };
const EXTERNAL = 1;

/** What a DenseNet's graph may consist of: its layers, and what exporters add around them. */
const OPERATORS = new Set(
  (
    'Conv BatchNormalization Relu Concat MaxPool AveragePool GlobalAveragePool ReduceMean Flatten Reshape Gemm MatMul Softmax ' +
    'LogSoftmax Sigmoid Cast Mul Add Sub Div Pad Identity Constant ConstantOfShape Shape Gather Slice Unsqueeze Squeeze Dropout'
  ).split(' '),
);
const OURS = 'densenet-webgpu';
/** In our models: pixels are normalised inside the graph, as their metadata say too. */
const NORMALISING = /^preprocessing\.(scale|shift)$/;
const FOLDED = /^onnx::Conv_\d+$/;

interface Graph {
  readonly tensors: Map<string, Tensor>;
  readonly unsupported: Map<string, UnsupportedTensor>;
  readonly operators: Set<string>;
  readonly epsilons: Set<number>;
}

/**
 * @param file what errors call it
 * @throws DataError where it is damaged, or its weights lie in another file; WeightsError where it computes what no DenseNet does
 */
export function readOnnx(bytes: Uint8Array, file: string): WeightsContents {
  let producer = '';
  const properties = new Map<string, string>();
  const graph: Graph = { tensors: new Map(), unsupported: new Map(), operators: new Set(), epsilons: new Set() };
  for (const field of fields(bytes, file)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 2) producer = textOf(field.value, file);
    else if (field.number === 7) readGraph(field.value, graph, file);
    else if (field.number === 14) readProperty(field.value, properties, file);
  }
  const isOurs = producer === OURS;
  if (isOurs) for (const name of [...graph.tensors.keys()]) if (NORMALISING.test(name)) graph.tensors.delete(name);
  checkGraph(graph, file);
  const [epsilon] = graph.epsilons;
  const described = isOurs ? ownMetadata(properties, file) : {};
  return {
    metadata: { ...(epsilon !== undefined && { batch_norm_epsilon: String(epsilon) }), ...described },
    tensors: graph.tensors,
    unsupported: graph.unsupported,
    checked: false,
    format: 'onnx',
    path: '',
    isModule: false,
    passedOver: [],
    labels: undefined,
    architecture: undefined,
  };
}

function checkGraph({ tensors, unsupported, operators, epsilons }: Graph, file: string): void {
  const folded = [...tensors.keys()].filter((name) => FOLDED.test(name));
  if (folded.length > 0) {
    throw new WeightsError(
      file,
      `its batch norms were folded into convolutions (${printableName(folded[0] ?? '')} and ${folded.length - 1} more), which cannot ` +
        'be undone: export it with training=torch.onnx.TrainingMode.PRESERVE and do_constant_folding=False, or give the .pth',
      { unknown: folded },
    );
  }
  const others = [...operators].filter((operator) => !OPERATORS.has(operator));
  if (others.length > 0) {
    const names = others.slice(0, 8).map(printableName).join(', ');
    throw new WeightsError(
      file,
      `its graph computes what no supported DenseNet does: ${names}${others.length > 8 ? ' …' : ''}`,
    );
  }
  if (epsilons.size > 1) {
    const values = [...epsilons].slice(0, 4).join(', ');
    throw new WeightsError(file, `its batch norms have several epsilons: ${values}; only one is supported`);
  }
  if (tensors.size + unsupported.size === 0)
    throw new WeightsError(file, 'is an ONNX model without initialisers: it has no weights');
}

/** GraphProto: node 1, initializer 5. */
function readGraph(bytes: Uint8Array, graph: Graph, file: string): void {
  for (const field of fields(bytes, file)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 1) readNode(field.value, graph, file);
    else if (field.number === 5) readTensor(field.value, graph, file);
  }
}

/** NodeProto: op_type 4, attribute 5. */
function readNode(bytes: Uint8Array, { operators, epsilons }: Graph, file: string): void {
  let operator = '';
  const attributes: Uint8Array[] = [];
  for (const field of fields(bytes, file)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 4) operator = textOf(field.value, file);
    else if (field.number === 5) attributes.push(field.value);
  }
  operators.add(operator);
  if (operator !== 'BatchNormalization') return;
  // The operator's own default.
  let epsilon = 1e-5;
  for (const attribute of attributes) epsilon = epsilonIn(attribute, file) ?? epsilon;
  epsilons.add(epsilon);
}

/** AttributeProto: name 1, f 2. */
function epsilonIn(bytes: Uint8Array, file: string): number | undefined {
  let isEpsilon = false;
  let value: number | undefined;
  for (const field of fields(bytes, file)) {
    if (field.number === 1 && field.kind === 'bytes') isEpsilon = textOf(field.value, file) === 'epsilon';
    else if (field.number === 2 && field.kind === 'fixed' && field.value.length === 4)
      value = viewOf(field.value).getFloat32(0, true);
  }
  return isEpsilon && value !== undefined ? shortest(value) : undefined;
}

/** The decimal that somebody wrote for a float32: 1e-5, not 0.000009999999747378752. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

/** TensorProto: dims 1, data_type 2, float_data 4, name 8, raw_data 9, double_data 10, data_location 14. */
function readTensor(bytes: Uint8Array, { tensors, unsupported }: Graph, file: string): void {
  let name = '';
  let type = 0;
  let location = 0;
  const shape: number[] = [];
  const data = new Map<number, Uint8Array>();
  for (const field of fields(bytes, file)) {
    if (field.number === 1 && field.kind === 'integer') shape.push(field.value);
    else if (field.number === 1 && field.kind === 'bytes')
      for (const size of packed(field.value, file)) shape.push(size);
    else if (field.number === 2 && field.kind === 'integer') type = field.value;
    else if (field.number === 14 && field.kind === 'integer') location = field.value;
    else if (field.number === 8 && field.kind === 'bytes') name = textOf(field.value, file);
    else if (field.kind === 'bytes') data.set(field.number, field.value);
  }
  const called = `${file}: ${printableName(name)}`;
  if (location === EXTERNAL)
    throw new DataError(
      called,
      bytes.byteOffset,
      'its numbers lie in another file: save the model with its weights inside',
    );
  const dtype = DTYPES[type] ?? `ONNX type ${type}`;
  if (tensors.has(name) || unsupported.has(name))
    throw new DataError(called, bytes.byteOffset, 'is in the graph twice');
  const raw = data.get(9) ?? data.get(TYPED_DATA[dtype] ?? 9);
  const count = shape.reduce((product, size) => product * size, 1);
  if (!isDtype(dtype) || (!raw && count > 0)) {
    unsupported.set(name, { dtype, shape });
    return;
  }
  const content = raw ?? new Uint8Array();
  if (!Number.isSafeInteger(count) || content.length !== count * DTYPE_BYTES[dtype]) {
    const problem = `${dtype} [${shape.slice(0, 8)}] does not have the ${content.length} bytes that are there`;
    throw new DataError(called, bytes.byteOffset, problem);
  }
  tensors.set(name, { dtype, shape, bytes: content });
}

/** StringStringEntryProto: key 1, value 2. */
function readProperty(bytes: Uint8Array, properties: Map<string, string>, file: string): void {
  let [key, value] = ['', ''];
  for (const field of fields(bytes, file)) {
    if (field.kind !== 'bytes') continue;
    if (field.number === 1) key = textOf(field.value, file);
    else if (field.number === 2) value = textOf(field.value, file);
  }
  properties.set(key, value);
}

/** What a model of ours says of itself (src/export/onnx.ts), as the metadata of a checkpoint say it. */
function ownMetadata(properties: ReadonlyMap<string, string>, file: string): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const key of ['config', 'class_names', 'multi_label']) {
    const value = properties.get(key);
    if (value !== undefined) metadata[key] = value;
  }
  const preprocessing = parseJson(properties.get('preprocessing') ?? 'null', file);
  if (isJsonObject(preprocessing)) {
    const { mean, std, channels: _channels, height: _height, width: _width, ...resizing } = preprocessing;
    metadata.normalisation = JSON.stringify({ mean, std });
    if (Object.keys(resizing).length > 0) metadata.resizing = JSON.stringify(resizing);
  }
  return metadata;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function textOf(bytes: Uint8Array, file: string): string {
  const decoded = decodeUtf8(bytes);
  if ('text' in decoded) return decoded.text;
  throw new DataError(file, bytes.byteOffset + decoded.invalidAt, 'damaged: a name that is not UTF-8');
}

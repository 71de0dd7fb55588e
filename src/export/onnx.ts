// A network as an ONNX model: opset 17, evaluation mode, weights as raw little-endian float32, any batch. What a file of
// weights does not say lies in the model's metadata: class names, preprocessing, configuration. Pixels may be normalised and
// logits become probabilities inside the graph. Field numbers are those of onnx.proto3; only what a DenseNet needs is written.

import { Writer } from 'protobufjs/minimal.js';
import { batchNormEpsilon } from '../densenet/config.ts';
import { configToJson } from '../densenet/config-json.ts';
import type { Network, Norm } from '../densenet/network.ts';
import { type Normalisation, normalisationTable } from '../densenet/normalisation.ts';
import { checkStateDict, type StateDict } from '../densenet/state-dict.ts';
import { type Operations, walk } from '../densenet/walk.ts';
import { ConfigError } from '../runtime/errors.ts';
import { VERSION } from '../version.ts';
import type { ExportDetails } from './details.ts';

/** TensorProto.DataType. */
const DataType = { float: 1, uint8: 2 } as const;
/** AttributeProto.AttributeType. */
const AttributeType = { float: 1, int: 2, ints: 7 } as const;

/** What a model may take: its type, and the range of its pixels; undefined: they are normalised already. */
const INPUTS = {
  /** (pixel / 255 - mean) / std, as the network computes with it. */
  normalised: { type: 'float', largest: undefined },
  /** Whole pixels, 0 to 255. */
  uint8: { type: 'uint8', largest: 255 },
  /** Pixels from 0 to 1. */
  float: { type: 'float', largest: 1 },
} as const satisfies Record<string, { type: keyof typeof DataType; largest: number | undefined }>;
/** What a model takes. */
export type OnnxInput = keyof typeof INPUTS;
export const ONNX_INPUTS: readonly OnnxInput[] = ['normalised', 'uint8', 'float'];

export interface OnnxOptions extends ExportDetails {
  /** What the input holds; default `normalised`. The others need `preprocessing`. */
  readonly input?: OnnxInput;
  /** Softmax over the classes, or a sigmoid for each where they are `multiLabel`, instead of logits. */
  readonly probabilities?: boolean;
  /** Images per run; left out: any number. */
  readonly batch?: number;
}

/** The input's name: [N][C][H][W]. */
export const ONNX_INPUT = 'images';
const LOGITS = 'logits';
const PROBABILITIES = 'probabilities';
/** The output's name: [N][classes]. */
export const onnxOutput = ({ probabilities = false }: Pick<OnnxOptions, 'probabilities'> = {}): string =>
  probabilities ? PROBABILITIES : LOGITS;

const IR_VERSION = 8;
const OPSET = 17;
/** A protobuf message is shorter than 2 GiB; the graph around the weights takes some kilobytes per layer. */
const MOST_WEIGHT_BYTES = 2 ** 31 - 2 ** 24;

/**
 * The ONNX model of a network's state: one input `images`, one output `logits` or `probabilities`.
 * @throws ConfigError where its weights do not fit the 2 GiB of the format, or pixels are to be normalised and nothing says
 * how; StateError where the state is not the network's
 */
export function writeOnnx(network: Network, state: StateDict, options: OnnxOptions = {}): Uint8Array<ArrayBuffer> {
  checkSize(network);
  checkStateDict(network, state);
  const model = Writer.create();
  integer(model, 1, IR_VERSION);
  text(model, 2, 'densenet-webgpu');
  text(model, 3, VERSION);
  message(model, 7, (graph) => writeGraph(graph, network, state, options));
  message(model, 8, (opset) => integer(opset, 2, OPSET));
  for (const [key, value] of Object.entries(metadataOf(network, options))) {
    message(model, 14, (entry) => {
      text(entry, 1, key);
      text(entry, 2, value);
    });
  }
  return Uint8Array.from(model.finish());
}

function checkSize({ parameterCount, norms }: Network): void {
  const bytes = 4 * norms.reduce((sum, { channels }) => sum + 2 * channels, parameterCount);
  if (bytes <= MOST_WEIGHT_BYTES) return;
  const rule = `make ${bytes} bytes of weights; an ONNX file holds at most 2 GiB: export pth or safetensors`;
  throw new ConfigError('parameters', parameterCount, rule);
}

function writeGraph(graph: Writer, network: Network, state: StateDict, options: OnnxOptions): void {
  const { input = 'normalised', batch } = options;
  const { inputChannels, height, width, classes } = network.config;
  const nodes = new Nodes(graph);
  const pixels = normalisedInput(network, nodes, options);
  const output = walk(network, pixels, operations(network, nodes));
  if (options.probabilities && options.multiLabel) nodes.add('Sigmoid', [output], {}, PROBABILITIES);
  else if (options.probabilities) nodes.add('Softmax', [output], { axis: 1 }, PROBABILITIES);
  text(graph, 2, 'densenet');
  // A norm's statistics are its inputs here, like its weights.
  for (const [name, { shape, values }] of state) {
    if (!name.endsWith('.num_batches_tracked')) nodes.constant(name, shape, values);
  }
  const images = [batch ?? 'batch', inputChannels, height, width];
  message(graph, 11, (value) => writeValue(value, ONNX_INPUT, INPUTS[input].type, images));
  message(graph, 12, (value) => writeValue(value, onnxOutput(options), 'float', [batch ?? 'batch', classes]));
}

/** The edge that holds normalised pixels. @throws ConfigError where nothing says how they are normalised */
function normalisedInput(
  { config: { inputChannels } }: Network,
  nodes: Nodes,
  { input = 'normalised', preprocessing }: OnnxOptions,
): string {
  const { type, largest } = INPUTS[input];
  if (largest === undefined) return ONNX_INPUT;
  if (!preprocessing) throw new ConfigError('input', input, 'needs preprocessing: mean and std of the pixels');
  const [scale, shift] = scaleAndShift(preprocessing, inputChannels, largest);
  nodes.constant('preprocessing.scale', [1, inputChannels, 1, 1], scale);
  nodes.constant('preprocessing.shift', [1, inputChannels, 1, 1], shift);
  const pixels = type === 'float' ? ONNX_INPUT : nodes.add('Cast', [ONNX_INPUT], { to: DataType.float });
  return nodes.add('Add', [nodes.add('Mul', [pixels, 'preprocessing.scale']), 'preprocessing.shift']);
}

/** Per channel: pixel * scale + shift is normalised, of pixels from 0 to `largest`. */
function scaleAndShift(normalisation: Normalisation, channels: number, largest: number) {
  const table = normalisationTable(normalisation, channels);
  const part = (at: number, factor: number) =>
    Float32Array.from({ length: channels }, (_, c) => (table[2 * c + at] ?? 0) * factor);
  return [part(0, 255 / largest), part(1, 1)] as const;
}

const metadataOf = (
  { config }: Network,
  { classNames, preprocessing, multiLabel = false, input = 'normalised' }: OnnxOptions,
): Readonly<Record<string, string>> => ({
  ...(classNames && { class_names: JSON.stringify(classNames) }),
  ...(preprocessing && { preprocessing: JSON.stringify(preprocessing) }),
  input,
  multi_label: String(multiLabel),
  config: JSON.stringify(configToJson(config)),
});

/** Values are the names of the graph's edges. */
function operations(network: Network, nodes: Nodes): Operations<string> {
  return {
    share: (x) => x,
    convolution: (x, { weight, size }, stride, padding) =>
      nodes.add('Conv', [x, weight.name], {
        kernel_shape: [size, size],
        strides: [stride, stride],
        pads: [padding, padding, padding, padding],
      }),
    normRelu: (x, norm) =>
      nodes.add('Relu', [
        nodes.add('BatchNormalization', [x, ...normInputs(norm)], {
          epsilon: { float: batchNormEpsilon(network.config) },
        }),
      ]),
    concatenate: (a, b) => nodes.add('Concat', [a, b], { axis: 1 }),
    maxPool: (x) => nodes.add('MaxPool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }),
    averagePool: (x) => nodes.add('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2] }),
    globalAverage: (x) => nodes.add('Flatten', [nodes.add('GlobalAveragePool', [x])], { axis: 1 }),
    classifier: (x) => {
      const { weight, bias } = network.classifier;
      return nodes.add('Gemm', [x, weight.name, bias.name], { transB: 1 }, LOGITS);
    },
  };
}

const normInputs = ({ name }: Norm) => ['weight', 'bias', 'running_mean', 'running_var'].map((of) => `${name}.${of}`);

type Attribute = number | readonly number[] | { readonly float: number };

/** NodeProto: input 1, output 2, op_type 4, attribute 5. Each is written behind those that it reads, as the format wants. */
class Nodes {
  private count = 0;

  constructor(private readonly graph: Writer) {}

  /** The name of the new node's output. */
  add(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output = `${operator}_${this.count++}`,
  ): string {
    message(this.graph, 1, (node) => {
      for (const input of inputs) text(node, 1, input);
      text(node, 2, output);
      text(node, 4, operator);
      for (const [name, value] of Object.entries(attributes)) message(node, 5, (a) => writeAttribute(a, name, value));
    });
    return output;
  }

  /** An initialiser. TensorProto: dims 1, data_type 2, name 8, raw_data 9. */
  constant(name: string, shape: readonly number[], values: Float32Array): void {
    message(this.graph, 5, (tensor) => {
      for (const size of shape) integer(tensor, 1, size);
      integer(tensor, 2, DataType.float);
      text(tensor, 8, name);
      const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      tensor.uint32((9 << 3) | 2).bytes(raw);
    });
  }
}

/** AttributeProto: name 1, f 2, i 3, ints 8, type 20. */
function writeAttribute(w: Writer, name: string, value: Attribute): void {
  text(w, 1, name);
  if (typeof value === 'number') {
    integer(w, 3, value);
    integer(w, 20, AttributeType.int);
  } else if ('float' in value) {
    w.uint32((2 << 3) | 5).float(value.float);
    integer(w, 20, AttributeType.float);
  } else {
    for (const item of value) integer(w, 8, item);
    integer(w, 20, AttributeType.ints);
  }
}

/** ValueInfoProto: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { dim_value 1, or dim_param 2 } } } }. */
function writeValue(w: Writer, name: string, type: keyof typeof DataType, shape: readonly (number | string)[]): void {
  text(w, 1, name);
  message(w, 2, (of) =>
    message(of, 1, (tensor) => {
      integer(tensor, 1, DataType[type]);
      message(tensor, 2, (dims) => {
        for (const size of shape) {
          message(dims, 1, (dim) => (typeof size === 'number' ? integer(dim, 1, size) : text(dim, 2, size)));
        }
      });
    }),
  );
}

function integer(w: Writer, field: number, value: number): void {
  w.uint32(field << 3).int64(value);
}

function text(w: Writer, field: number, value: string): void {
  w.uint32((field << 3) | 2).string(value);
}

function message(w: Writer, field: number, write: (inner: Writer) => void): void {
  write(w.uint32((field << 3) | 2).fork());
  w.ldelim();
}

// ONNX Runtime Web on its WebGPU provider: inference of an ONNX file that is written here from our numbers: opset 17, weights
// as raw little-endian float32, a fixed batch. Field numbers are those of onnx.proto3; only what a DenseNet needs is written.

import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import * as ort from 'onnxruntime-web/webgpu';
import { Writer } from 'protobufjs/minimal.js';
import { devDependencies } from '../../package.json';
import { batchNormEpsilon } from '../../src/densenet/config.ts';
import type { Network, Norm } from '../../src/densenet/network.ts';
import type { StateDict } from '../../src/densenet/state-dict.ts';
import { type Operations, walk } from '../../src/densenet/walk.ts';
import type { Baseline } from './baseline.ts';

const INPUT = 'images';
const OUTPUT = 'logits';

// One thread, in the worker that this runs in anyway; its WebAssembly comes from where the page came from.
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL(wasm, import.meta.url).href };
ort.env.logLevel = 'error';

export const baseline: Baseline = {
  version: devDependencies['onnxruntime-web'],
  inference: async ({ network, state, batch }) => {
    const model = onnxModel(network, state, batch);
    const session = await ort.InferenceSession.create(model, { executionProviders: ['webgpu'] });
    const { inputChannels, height, width } = network.config;
    return {
      logits: async (images) => {
        const input = new ort.Tensor('float32', images, [batch, inputChannels, height, width]);
        const { [OUTPUT]: logits } = await session.run({ [INPUT]: input });
        if (!(logits?.data instanceof Float32Array)) throw new TypeError('ONNX Runtime gave no float32 logits');
        return logits.data;
      },
      destroy: () => session.release(),
    };
  },
  training: async () => {
    throw new Error('ONNX Runtime Web runs inference only');
  },
};

const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const AttributeType = { float: 1, int: 2, ints: 7 } as const;

type Attribute = number | readonly number[] | { readonly float: number };

function onnxModel(network: Network, state: StateDict, batch: number): Uint8Array<ArrayBuffer> {
  const graph = Writer.create();
  const nodes = new Nodes(graph);
  const output = walk(network, INPUT, operations(network, nodes));
  nodes.add('Identity', [output], {}, OUTPUT);
  text(graph, 2, 'densenet');
  // A norm's statistics are its inputs here, like its weights.
  for (const [name, { shape, values }] of state) message(graph, 5, (w) => writeTensor(w, name, shape, values));
  const { inputChannels, height, width, classes } = network.config;
  message(graph, 11, (w) => writeValue(w, INPUT, [batch, inputChannels, height, width]));
  message(graph, 12, (w) => writeValue(w, OUTPUT, [batch, classes]));
  const model = Writer.create();
  integer(model, 1, IR_VERSION);
  bytes(model, 7, graph.finish());
  message(model, 8, (w) => integer(w, 2, OPSET));
  return Uint8Array.from(model.finish());
}

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
    globalAverage: (x) => nodes.add('Flatten', [nodes.add('GlobalAveragePool', [x], {})], { axis: 1 }),
    classifier: (x) => {
      const { weight, bias } = network.classifier;
      return nodes.add('Gemm', [x, weight.name, bias.name], { transB: 1 });
    },
  };
}

const normInputs = ({ name }: Norm) => ['weight', 'bias', 'running_mean', 'running_var'].map((of) => `${name}.${of}`);

/** NodeProto: input 1, output 2, op_type 4, attribute 5. */
class Nodes {
  private count = 0;

  constructor(private readonly graph: Writer) {}

  add(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output = `${operator}_${this.count++}`,
  ): string {
    message(this.graph, 1, (w) => {
      for (const input of inputs) text(w, 1, input);
      text(w, 2, output);
      text(w, 4, operator);
      for (const [name, value] of Object.entries(attributes)) message(w, 5, (a) => writeAttribute(a, name, value));
    });
    return output;
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

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9. */
function writeTensor(w: Writer, name: string, shape: readonly number[], values: Float32Array): void {
  for (const size of shape) integer(w, 1, size);
  integer(w, 2, FLOAT);
  text(w, 8, name);
  bytes(w, 9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

/** ValueInfoProto: name 1, type 2 { tensor_type 1 { elem_type 1, shape 2 { dim 1 { dim_value 1 } } } }. */
function writeValue(w: Writer, name: string, shape: readonly number[]): void {
  text(w, 1, name);
  message(w, 2, (type) =>
    message(type, 1, (tensor) => {
      integer(tensor, 1, FLOAT);
      message(tensor, 2, (dims) => {
        for (const size of shape) message(dims, 1, (dim) => integer(dim, 1, size));
      });
    }),
  );
}

const integer = (w: Writer, field: number, value: number) => w.uint32(field << 3).int64(value);
const text = (w: Writer, field: number, value: string) => w.uint32((field << 3) | 2).string(value);
const bytes = (w: Writer, field: number, value: Uint8Array) => w.uint32((field << 3) | 2).bytes(value);

function message(w: Writer, field: number, write: (inner: Writer) => void): void {
  const inner = Writer.create();
  write(inner);
  bytes(w, field, inner.finish());
}

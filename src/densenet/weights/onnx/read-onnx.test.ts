// ONNX models as weights: what is exported is read back bit for bit, and damaged or other graphs are refused.
import { Writer } from 'protobufjs/minimal.js';
import { expect, it } from 'vitest';
import { writeOnnx } from '../../../export/onnx.ts';
import { DataError, DenseNetError, WeightsError } from '../../../runtime/errors.ts';
import { createRandom } from '../../../runtime/random.ts';
import { initialize } from '../../initialize.ts';
import { buildNetwork } from '../../network.ts';
import { PRESETS } from '../../presets.ts';
import { toStateDict } from '../../state-dict.ts';
import { importWeights } from '../import-weights.ts';
import { describeReport } from '../report.ts';
import { readOnnx } from './read-onnx.ts';

const CONFIG = { ...PRESETS.densenet121, growthRate: 4, blockLayers: [1, 2], initialChannels: 6, classes: 3 };
const network = buildNetwork({ ...CONFIG, batchNormEpsilon: 1.001e-5, height: 40, width: 48 });
const state = toStateDict(network, initialize(network, 3));
const preprocessing = {
  channels: 3,
  height: 40,
  width: 48,
  resize: 50,
  interpolation: 'bicubic',
  mean: [0.1, 0.2, 0.3],
  std: [0.5, 0.6, 0.7],
} as const;

const bitsOf = (values: Float32Array | undefined) => new Uint32Array(Float32Array.from(values ?? []).buffer);

it.each([{}, { input: 'uint8', probabilities: true, multiLabel: true } as const])(
  'is the network that was exported, bit for bit: %o',
  async (options) => {
    const details = { classNames: ['cat', '개', 'elk'], preprocessing };
    const found = await importWeights(writeOnnx(network, state, { ...details, ...options }), 'a.onnx');
    expect([...found.state.keys()].toSorted()).toEqual([...state.keys()].toSorted());
    for (const [name, { shape, values }] of state) {
      expect(found.state.get(name)?.shape).toEqual(shape);
      expect(bitsOf(found.state.get(name)?.values), name).toEqual(bitsOf(values));
    }
    expect(found).toMatchObject({ ...details, config: network.config, multiLabel: options.multiLabel ?? false });
    expect(found.report).toMatchObject({ format: 'onnx', unused: [] });
    expect(describeReport(found.report).join('\n')).toMatch(
      /format: ONNX; the initialisers of a graph; nothing in it is run/,
    );
  },
);

type Node = readonly [operator: string, epsilon?: number];
interface Model {
  readonly nodes?: readonly Node[];
  /** By name: type, sizes, and the number of a field with bytes. */
  readonly tensors?: readonly (readonly [
    name: string,
    type: number,
    shape: readonly number[],
    field?: number,
    location?: number,
  ])[];
}

function model({ nodes = [], tensors = [] }: Model): Uint8Array {
  const bytes = (w: Writer, field: number, write: (inner: Writer) => void) => {
    write(w.uint32((field << 3) | 2).fork());
    w.ldelim();
  };
  const text = (w: Writer, field: number, value: string) => w.uint32((field << 3) | 2).string(value);
  const w = Writer.create();
  w.uint32(8).int64(8);
  bytes(w, 7, (graph) => {
    for (const [operator, epsilon] of nodes) {
      bytes(graph, 1, (node) => {
        text(node, 4, operator);
        if (epsilon === undefined) return;
        bytes(node, 5, (attribute) => {
          text(attribute, 1, 'epsilon');
          attribute.uint32((2 << 3) | 5).float(epsilon);
        });
      });
    }
    for (const [name, type, shape, field = 9, location = 0] of tensors) {
      bytes(graph, 5, (tensor) => {
        for (const size of shape) tensor.uint32(8).int64(size);
        tensor.uint32(16).int64(type);
        text(tensor, 8, name);
        tensor.uint32((field << 3) | 2).bytes(new Uint8Array(8));
        tensor.uint32(14 << 3).int64(location);
      });
    }
  });
  return Uint8Array.from(w.finish());
}

it('reads float_data and double_data, and says what it has no numbers of', () => {
  const found = readOnnx(
    model({
      tensors: [
        ['a', 1, [2], 4],
        ['b', 11, [1], 10],
        ['c', 3, [8]],
        ['d', 7, [4], 7],
        ['e', 99, [1]],
      ],
    }),
    'a.onnx',
  );
  expect([...found.tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
    ['a', 'F32', [2]],
    ['b', 'F64', [1]],
  ]);
  expect([...found.unsupported].map(([name, { dtype }]) => [name, dtype])).toEqual([
    ['c', 'I8'],
    ['d', 'I64'],
    ['e', 'ONNX type 99'],
  ]);
});

it("takes the batch norms' epsilon as it was written", () => {
  const tensors = [['a', 1, [2]]] as const;
  const epsilonOf = (...nodes: Node[]) => readOnnx(model({ nodes, tensors }), 'a.onnx').metadata.batch_norm_epsilon;
  expect(epsilonOf(['BatchNormalization', 1.001e-5], ['BatchNormalization', 1.001e-5])).toBe('0.00001001');
  expect(epsilonOf(['BatchNormalization'])).toBe('0.00001');
  expect(epsilonOf(['Conv'])).toBe(undefined);
  expect(() => epsilonOf(['BatchNormalization', 1e-3], ['BatchNormalization'])).toThrow(
    /several epsilons: 0\.001, 0\.00001/,
  );
});

it.each<[string, Model, RegExp]>([
  ['folded batch norms', { tensors: [['onnx::Conv_12', 1, [2]]] }, /folded into convolutions.*TrainingMode\.PRESERVE/],
  [
    'other activations',
    { nodes: [['Conv'], ['LeakyRelu']], tensors: [['a', 1, [2]]] },
    /computes what no .* does: LeakyRelu/,
  ],
  ['quantized layers', { nodes: [['QLinearConv']], tensors: [['a', 1, [2]]] }, /QLinearConv/],
  ['no weights', { nodes: [['Conv']] }, /without initialisers/],
  ['weights in another file', { tensors: [['a', 1, [2], 9, 1]] }, /lie in another file/],
  [
    'one name twice',
    {
      tensors: [
        ['a', 1, [2]],
        ['a', 1, [2]],
      ],
    },
    /twice/,
  ],
  ['a size that is not there', { tensors: [['a', 1, [3]]] }, /does not have the 8 bytes/],
  ['a size past all numbers', { tensors: [['a', 1, [2 ** 52, 2 ** 52]]] }, /does not have the 8 bytes/],
  ['other tensors', { tensors: [['conv.weight', 1, [2]]] }, /is not a DenseNet/],
])('refuses %s', async (_, given, problem) => {
  const reading = importWeights(model(given), 'a.onnx');
  await expect(reading).rejects.toThrow(DenseNetError);
  await expect(reading).rejects.toThrow(problem);
});

it('every damaged file is read or refused', () => {
  const good = writeOnnx(network, state, { preprocessing });
  const random = createRandom(1);
  const kinds = { read: 0, refused: 0 };
  for (let i = 0; i < 400; i++) {
    const bad = good.slice(0, i % 3 === 0 ? random.uint32() % good.length : good.length);
    // Where the graph is, more often than in its weights.
    const at = random.uint32() % Math.min(bad.length + 1, i % 2 === 0 ? 2000 : good.length);
    bad[at] = random.uint32() & 0xff;
    try {
      readOnnx(bad, 'a.onnx');
      kinds.read++;
    } catch (error) {
      if (!(error instanceof DataError || error instanceof WeightsError)) throw error;
      kinds.refused++;
    }
  }
  expect(Math.min(kinds.read, kinds.refused)).toBeGreaterThan(20);
});

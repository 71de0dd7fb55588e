// ONNX models: run by ONNX Runtime (WebAssembly), compared with PyTorch's logits of the golden files, and read back field by
// field: a model that one runtime takes may still break the format.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web';
import { Reader } from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { missingFor, PYTHON } from '../../tests/fixtures/python.ts';
import { readGolden } from '../densenet/golden/golden.ts';
import { buildNetwork } from '../densenet/network.ts';
import { normalisationTable } from '../densenet/normalisation.ts';
import { ConfigError, StateError } from '../runtime/errors.ts';
import { ONNX_INPUT, type OnnxOptions, onnxOutput, writeOnnx } from './onnx.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

const goldenOf = (name: string) => {
  const golden = readGolden(
    new Uint8Array(readFileSync(new URL(`../../tests/golden/${name}.safetensors`, import.meta.url))),
    name,
  );
  const logits = golden.expected.get('eval.logits')?.values ?? new Float32Array();
  return { ...golden, network: buildNetwork(golden.config), logits };
};
type Golden = ReturnType<typeof goldenOf>;

/** Largest difference, in units of the largest expected value or of 1 where that is smaller. */
function difference(found: Float32Array, expected: Float32Array): number {
  expect(found.length).toBe(expected.length);
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? Number.NaN))), 0) / scale;
}

async function run(model: Uint8Array, images: ort.Tensor, output: string): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(model);
  try {
    const { [output]: found } = await session.run({ [ONNX_INPUT]: images });
    if (!(found?.data instanceof Float32Array)) throw new TypeError('no float32 output');
    return found.data;
  } finally {
    await session.release();
  }
}

const floats = ({ config }: Golden, values: Float32Array, count: number) =>
  new ort.Tensor('float32', values, [count, config.inputChannels, config.height, config.width]);

/** Why each: a kind of network that is written by lines of its own. */
const KINDS = {
  'plain-paper': 'without bottlenecks',
  'bc-smoothing-clipped': 'bottlenecks, four channels',
  'bc-nothing-aligned': 'one channel, odd maps that lose a row between blocks',
  'imagenet-odd': "ImageNet's stem, odd sizes",
  'deep-odd': 'the deep stem',
  'norm-epsilon-large': 'an epsilon that shows in the logits',
} as const;

describe.each(Object.entries(KINDS))('%s: %s', (name) => {
  const golden = goldenOf(name);
  const { network, state, batch, config, logits } = golden;

  it("gives PyTorch's logits, for one image and for several", async () => {
    const model = writeOnnx(network, state);
    const pixels = batch.images.length / golden.training.batch;
    for (const count of new Set([1, Math.min(3, golden.training.batch)])) {
      const images = floats(golden, batch.images.slice(0, count * pixels), count);
      const found = await run(model, images, onnxOutput());
      expect(difference(found, logits.slice(0, count * config.classes))).toBeLessThan(1e-5);
    }
  });
});

describe('inside the graph', () => {
  const golden = goldenOf('imagenet-odd');
  const { network, state, config } = golden;
  const area = config.height * config.width;
  const preprocessing = {
    channels: config.inputChannels,
    height: config.height,
    width: config.width,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  };
  const bytes = Uint8Array.from({ length: 3 * 3 * area }, (_, i) => (i * i * 7 + i) % 256);
  const shape = [3, config.inputChannels, config.height, config.width];
  const table = normalisationTable(preprocessing, config.inputChannels);
  const normalised = Float32Array.from(bytes, (byte, i) => {
    const c = Math.floor(i / area) % 3;
    return byte * (table[2 * c] ?? 0) + (table[2 * c + 1] ?? 0);
  });
  const reference = () => run(writeOnnx(network, state), new ort.Tensor('float32', normalised, shape), 'logits');

  it('normalises 8-bit pixels', async () => {
    const model = writeOnnx(network, state, { input: 'uint8', preprocessing });
    expect(
      difference(await run(model, new ort.Tensor('uint8', bytes, shape), 'logits'), await reference()),
    ).toBeLessThan(1e-5);
  });

  it('normalises pixels from 0 to 1', async () => {
    const model = writeOnnx(network, state, { input: 'float', preprocessing });
    const images = new ort.Tensor(
      'float32',
      Float32Array.from(bytes, (byte) => byte / 255),
      shape,
    );
    expect(difference(await run(model, images, 'logits'), await reference())).toBeLessThan(1e-5);
  });

  it('makes probabilities: a softmax, or a sigmoid for each of several labels', async () => {
    const images = () => new ort.Tensor('float32', normalised, shape);
    const logits = await reference();
    const softmax = await run(writeOnnx(network, state, { probabilities: true }), images(), 'probabilities');
    const sigmoid = await run(
      writeOnnx(network, state, { probabilities: true, multiLabel: true }),
      images(),
      'probabilities',
    );
    const sums = Array.from({ length: 3 }, (_, n) =>
      logits.subarray(n * config.classes, (n + 1) * config.classes).reduce((sum, x) => sum + Math.exp(x), 0),
    );
    const n = (i: number) => sums[Math.floor(i / config.classes)] ?? Number.NaN;
    expect(
      difference(
        softmax,
        logits.map((x, i) => Math.exp(x) / n(i)),
      ),
    ).toBeLessThan(1e-6);
    expect(
      difference(
        sigmoid,
        logits.map((x) => 1 / (1 + Math.exp(-x))),
      ),
    ).toBeLessThan(1e-6);
  });

  it('needs to know how pixels are normalised', () => {
    expect(() => writeOnnx(network, state, { input: 'uint8' })).toThrow(ConfigError);
  });
});

describe('the file', () => {
  const golden = goldenOf('bc-nothing-aligned');
  const { network, state } = golden;

  it('is a graph in order, in which every edge is written once before it is read', () => {
    const details: OnnxOptions = { classNames: ['α', 'b', 'c'], probabilities: true };
    const { graph, opset, metadata } = parseModel(writeOnnx(network, state, details));
    expect(opset).toBe(17);
    expect(JSON.parse(metadata.class_names ?? '')).toEqual(['α', 'b', 'c']);
    expect(JSON.parse(metadata.config ?? '')).toMatchObject({ growthRate: 5, blockLayers: [3, 2, 2] });
    const known = new Set([...graph.initialisers.keys(), ...graph.inputs]);
    const read = new Set<string>();
    for (const { inputs, outputs } of graph.nodes) {
      for (const input of inputs) {
        expect(known, input).toContain(input);
        read.add(input);
      }
      for (const output of outputs) {
        expect(known).not.toContain(output);
        known.add(output);
      }
    }
    expect(graph.inputs).toEqual(['images']);
    expect(graph.outputs).toEqual(['probabilities']);
    expect([...graph.initialisers.keys()].filter((name) => !read.has(name))).toEqual([]);
    expect(new Set(graph.initialisers.keys())).toEqual(new Set(state.keys()));
    for (const [name, { dims, bytes }] of graph.initialisers) {
      expect(dims).toEqual(state.get(name)?.shape);
      expect(bytes).toBe(4 * dims.reduce((product, size) => product * size, 1));
    }
  });

  it("passes ONNX's own checker and shape inference", (context) => {
    const reason = missingFor('onnx');
    context.skip(reason !== undefined, reason);
    const folder = mkdtempSync(join(tmpdir(), 'densenet-onnx-'));
    try {
      const file = join(folder, 'model.onnx');
      writeFileSync(file, writeOnnx(network, state, { probabilities: true }));
      const script =
        'import onnx, sys; m = onnx.load(sys.argv[1]); onnx.checker.check_model(m, full_check=True); ' +
        'm = onnx.shape_inference.infer_shapes(m, strict_mode=True, data_prop=True); d = m.graph.output[0].type.tensor_type.shape.dim; ' +
        'print(d[0].dim_param, d[1].dim_value)';
      expect(execFileSync(PYTHON, ['-c', script, file]).toString().trim()).toBe('batch 3');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses weights past the 2 GiB of the format, before it reads them', () => {
    const large = buildNetwork({ ...golden.config, growthRate: 4096, initialChannels: 65536, blockLayers: [4, 1, 1] });
    expect(large.parameterCount * 4).toBeGreaterThan(2 ** 31);
    expect(() => writeOnnx(large, new Map())).toThrow(/2 GiB/);
  });

  it("refuses a state that is not the network's", () => {
    const [first = ''] = state.keys();
    expect(() => writeOnnx(network, new Map([...state].filter(([name]) => name !== first)))).toThrow(StateError);
  });
});

interface Graph {
  readonly nodes: { inputs: string[]; outputs: string[] }[];
  readonly initialisers: Map<string, { dims: number[]; bytes: number }>;
  readonly inputs: string[];
  readonly outputs: string[];
}

/** The fields of a message, by number; what is nested stays bytes. */
function fields(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const reader = Reader.create(bytes);
  const found = new Map<number, (number | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const values = found.get(tag >>> 3) ?? [];
    found.set(tag >>> 3, values);
    if ((tag & 7) === 0) values.push(Number(reader.int64()));
    else if ((tag & 7) === 2) values.push(reader.bytes());
    else if ((tag & 7) === 5) values.push(reader.float());
    else throw new Error(`wire type ${tag & 7}`);
  }
  return found;
}
const messages = (of: ReturnType<typeof fields>, field: number) =>
  (of.get(field) ?? []).filter((value) => typeof value !== 'number');
const numbers = (of: ReturnType<typeof fields>, field: number) =>
  (of.get(field) ?? []).filter((value) => typeof value === 'number');
const texts = (of: ReturnType<typeof fields>, field: number) =>
  messages(of, field).map((value) => new TextDecoder('utf-8', { fatal: true }).decode(value));

function parseModel(bytes: Uint8Array) {
  const model = fields(bytes);
  const [graphBytes = new Uint8Array()] = messages(model, 7);
  const [opset = new Uint8Array()] = messages(model, 8);
  const graph = fields(graphBytes);
  const parsed: Graph = {
    nodes: messages(graph, 1).map((node) => ({ inputs: texts(fields(node), 1), outputs: texts(fields(node), 2) })),
    initialisers: new Map(
      messages(graph, 5).map((value) => {
        const tensor = fields(value);
        return [texts(tensor, 8)[0] ?? '', { dims: numbers(tensor, 1), bytes: messages(tensor, 9)[0]?.length ?? 0 }];
      }),
    ),
    inputs: messages(graph, 11).map((value) => texts(fields(value), 1)[0] ?? ''),
    outputs: messages(graph, 12).map((value) => texts(fields(value), 1)[0] ?? ''),
  };
  const metadata: Record<string, string> = {};
  for (const entry of messages(model, 14)) {
    const [key = ''] = texts(fields(entry), 1);
    metadata[key] = texts(fields(entry), 2)[0] ?? '';
  }
  return { graph: parsed, opset: numbers(fields(opset), 2)[0], metadata };
}

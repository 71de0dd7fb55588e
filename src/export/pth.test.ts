// `.pth` files and generated modules, as PyTorch reads them: weights_only, strict, with the logits of the golden files. And the
// zip and the pickle byte by byte, where there is no PyTorch.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { pyTorch } from '../../tests/export/check-pth.ts';
import { missingFor } from '../../tests/fixtures/python.ts';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { prepareImage, type Resizing } from '../data/preprocess.ts';
import { readGolden } from '../densenet/golden/golden.ts';
import { buildNetwork } from '../densenet/network.ts';
import { normalised } from '../densenet/normalisation.ts';
import { toStateDict } from '../densenet/state-dict.ts';
import { optimizerWith } from '../densenet/train/optimizers.ts';
import { ConfigError, StateError } from '../runtime/errors.ts';
import { createRandom } from '../runtime/random.ts';
import { writeModelPy } from './model-py.ts';
import { checkPthSize, writePth, writeTorchFile } from './pth.ts';
import { writeTrainingPth } from './training-pth.ts';

const folder = mkdtempSync(join(tmpdir(), 'densenet-pth-'));
const python = pyTorch();
afterAll(() => {
  python.end();
  rmSync(folder, { recursive: true });
});
const written = (name: string, content: Uint8Array | string) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const pathOf = (name: string) => new URL(`../../tests/golden/${name}.safetensors`, import.meta.url).pathname;
const goldenOf = (name: string) => {
  const golden = readGolden(new Uint8Array(readFileSync(pathOf(name))), name);
  return { ...golden, network: buildNetwork(golden.config) };
};

/** Why each: a kind of network that is written by lines of its own. */
const KINDS = {
  'plain-paper': 'without bottlenecks',
  'bc-smoothing-clipped': 'bottlenecks, four channels',
  'bc-nothing-aligned': 'one channel',
  'imagenet-odd': "ImageNet's stem",
  'deep-odd': 'the deep stem',
  'norm-epsilon-large': 'an epsilon that shows in the logits',
} as const;

const preprocessingOf = ({ inputChannels, height, width }: ReturnType<typeof goldenOf>['config']) => {
  const each = Array<number>(inputChannels).fill(0.5);
  return { channels: inputChannels, height, width, mean: each, std: each };
};

it('PyTorch takes state dicts as they are, and computes the same logits', async (context) => {
  const reason = missingFor('torch', 'torchvision', 'PIL');
  context.skip(reason !== undefined, reason);
  const questions = Object.keys(KINDS).flatMap((name) => {
    const { network, state, config } = goldenOf(name);
    const pth = written(`${name}.pth`, writePth(network, state, { steps: 7 }));
    const logits = ['logits', pathOf(name), pth];
    // The module knows how images become the input: there must be images of so many channels.
    if (config.inputChannels !== 1 && config.inputChannels !== 3) return [logits];
    const py = written(`${name}.py`, writeModelPy(network, { preprocessing: preprocessingOf(config) }));
    return [logits, ['module', pathOf(name), pth, py]];
  });
  expect(questions.length).toBe(10);
  for (const question of questions) expect(await python.ask(...question), question.join(' ')).toBeLessThan(1e-5);
});

describe('the file', () => {
  const { network, state } = goldenOf('bc-nothing-aligned');

  it('is a zip whose entries are stored, aligned and have the right checksums', () => {
    const file = writePth(network, state, { steps: 2 ** 40 + 3 });
    const entries = readZip(file);
    expect(entries[0]?.name).toBe('archive/data.pkl');
    expect(entries.at(-1)).toMatchObject({ name: 'archive/version' });
    const storages = entries.filter(({ name }) => name.startsWith('archive/data/'));
    expect(storages).toHaveLength(network.parameters.length + 3 * network.norms.length);
    for (const { start } of entries) expect(start % 64).toBe(0);
    const tracked = storages.find(({ bytes }) => bytes.length === 8);
    expect(new DataView(Uint8Array.from(tracked?.bytes ?? []).buffer).getBigInt64(0, true)).toBe(2n ** 40n + 3n);
    expect(writePth(network, state, { steps: 2 ** 40 + 3 })).toEqual(file);
  });

  it('has only what the unpickler for weights takes', async (context) => {
    const reason = missingFor('torch');
    context.skip(reason !== undefined, reason);
    const { network, run, trainer } = sampleRun(goldenOf('bc-nothing-aligned').config, 'adamw');
    const training = writeTrainingPth(network, { run, trainer, state: toStateDict(network, trainer) });
    const answers = [
      await python.ask('opcodes', written('weights.pth', writePth(network, state))),
      await python.ask('opcodes', written('training.pth', training)),
    ];
    const globals = ['FloatStorage', 'LongStorage'].map((name) => `torch ${name}`);
    for (const [i, answer] of answers.entries()) {
      const [operations, names] = Array.isArray(answer) ? answer : [];
      // Floats are the options of an optimizer.
      const known = i === 0 ? WEIGHTS_ONLY.filter((name) => name !== 'BINFLOAT') : WEIGHTS_ONLY;
      expect(known).toEqual(expect.arrayContaining(operations));
      expect(names).toEqual(['collections OrderedDict', ...globals, 'torch._utils _rebuild_tensor_v2']);
    }
  });

  it('holds Python values of every kind, as PyTorch reads them', async (context) => {
    const reason = missingFor('torch');
    context.skip(reason !== undefined, reason);
    const values = [
      null,
      true,
      false,
      0,
      -1,
      2 ** 31,
      -(2 ** 40),
      0.1,
      -0,
      'α\n"',
      [],
      { tuple: [] },
      { tuple: [1, [2]] },
    ];
    const file = written('values.pth', writeTorchFile([...values, { float: 3 }, new Map([[5, 'five']])]));
    const answer = await python.ask('loaded', file);
    expect(answer).toBe(
      "[None, True, False, 0, -1, 2147483648, -1099511627776, 0.1, -0.0, 'α\\n\"', [], (), (1, [2]), 3.0, {5: 'five'}]",
    );
  });

  it('refuses more than 4 GB before it reads the state', () => {
    const large = buildNetwork({ ...network.config, growthRate: 4096, initialChannels: 65536, blockLayers: [4, 3, 1] });
    expect(large.parameterCount * 4).toBeGreaterThan(2 ** 32);
    expect(() => writePth(large, new Map())).toThrow(/4 GB.*safetensors/);
    expect(() => checkPthSize(network, 2 ** 20)).toThrow(ConfigError);
  });

  it("refuses a state that is not the network's", () => {
    const [first = ''] = state.keys();
    expect(() => writePth(network, new Map([...state].filter(([name]) => name !== first)))).toThrow(StateError);
  });
});

it('the generated module prepares images as this library does, whatever their size and its way', async (context) => {
  const reason = missingFor('torch', 'PIL');
  context.skip(reason !== undefined, reason);
  const { network, config } = goldenOf('imagenet-odd');
  const grey = goldenOf('bc-nothing-aligned');
  const random = createRandom(17);
  const images = await Promise.all(
    [[40, 29] as const, [61, 97] as const, [3, 70] as const].map(async ([width, height], i) => {
      const pixels = Uint8Array.from({ length: width * height * 3 }, () => random.uint32() % 256);
      const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer();
      return { path: written(`image-${i}.png`, png), image: { width, height, channels: 3, pixels } as const };
    }),
  );
  for (const [i, way] of WAYS.entries()) {
    for (const { network: of, config: shape } of [{ network, config }, grey]) {
      const colours = shape.inputChannels;
      const each = (values: readonly number[]) => values.slice(0, colours);
      const fill = 'fill' in way ? { fill: each(way.fill) } : {};
      const preprocessing = {
        channels: colours,
        height: shape.height,
        width: shape.width,
        ...way,
        ...fill,
        mean: each([0.485, 0.456, 0.406]),
        std: each([0.229, 0.224, 0.225]),
      };
      const py = written(`way_${i}_${colours}.py`, writeModelPy(of, { preprocessing }));
      for (const { path, image } of images) {
        const expected = tryTo(() => normalised(prepareImage(image, preprocessing), preprocessing, colours));
        const found = await python.ask('prepare', py, path).catch((error: Error) => error.message);
        const what = `${JSON.stringify(way)} ${colours} ${image.width}x${image.height}`;
        if (expected === undefined) expect(found, what).toBe('smaller than the crop');
        else expect(largestDifference(found, expected), what).toBeLessThan(1e-5);
      }
    }
  }
});

/** Every way to the input's size. */
const WAYS = [
  {},
  { resize: 64, interpolation: 'bicubic' },
  { resize: { height: 52, width: 53 }, centre: 'floor' },
  { fit: 'square', interpolation: 'lanczos' },
  { fit: 'squash', resize: { height: 41, width: 60 } },
  { fit: 'squash', resize: 20, fill: [9, 8, 7] },
  { fit: 'border', resize: 51, fill: [124, 116, 104] },
  { fit: 'border', resize: 50, fill: [1, 2, 3], centre: 'floor' },
  { fit: 'none', fill: [0, 0, 255] },
  { fit: 'none', interpolation: 'nearest' },
] as const satisfies readonly Resizing[];

function tryTo<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** Infinity where the numbers are not as many. */
function largestDifference(found: unknown, expected: Float32Array): number {
  const [values] = Array.isArray(found) ? found : [];
  if (!Array.isArray(values) || values.length !== expected.length) return Number.POSITIVE_INFINITY;
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - Number(values[i]))), 0);
}

describe('a training', () => {
  const { config } = goldenOf('bc-nothing-aligned');

  it('of an optimizer that PyTorch does not have is refused by name', () => {
    const { network, run, trainer } = sampleRun(config, 'lion');
    const state = toStateDict(network, trainer);
    expect(() => writeTrainingPth(network, { run, trainer, state })).toThrow(/optimizer: "lion" is not in torch.optim/);
  });

  it.for([
    [{}, ['step', 'square_avg']],
    [{ momentum: 0.9 }, ['step', 'square_avg', 'momentum_buffer']],
    [{ centered: true }, ['step', 'square_avg', 'grad_avg']],
  ] as const)('of RMSprop with %j has the state that torch.optim.RMSprop has', async ([options, names], context) => {
    const reason = missingFor('torch');
    context.skip(reason !== undefined, reason);
    const optimizer = optimizerWith('rmsprop', options);
    const { network, run, trainer } = sampleRun(config, 'rmsprop', { optimizer });
    const state = toStateDict(network, trainer);
    const file = written('rmsprop.pth', writeTrainingPth(network, { run, trainer, state }));
    const group = { lr: 0.1, alpha: 0.99, eps: 1e-8, momentum: 0, centered: false, weight_decay: 0 };
    const others = { maximize: false, foreach: null, differentiable: false };
    expect(await python.ask('summary', file)).toMatchObject({
      optimizer_class: 'RMSprop',
      group: { ...group, ...others, ...options },
      states: { 0: names, 1: names },
    });
  });

  it('of frozen layers has the state of the others only, and says whose', async (context) => {
    const reason = missingFor('torch');
    context.skip(reason !== undefined, reason);
    const sample = sampleRun(config, 'adamw', { trainable: 'classifier' });
    const { network, run } = sample;
    const floats = network.arena.parameters - (network.parameters.at(-2)?.offset ?? 0);
    const trainer = {
      ...sample.trainer,
      optimizerState: sample.trainer.optimizerState.map((all) => all.slice(-floats)),
    };
    const state = toStateDict(network, trainer);
    const file = written('frozen.pth', writeTrainingPth(network, { run, trainer, state }));
    const answer = await python.ask('summary', file);
    expect(answer).toEqual({
      optimizer_class: 'AdamW',
      optimizer_parameters: ['classifier.weight', 'classifier.bias'],
      group: {
        lr: 0.1,
        betas: [0.9, 0.999],
        eps: 1e-8,
        weight_decay: 0.01,
        amsgrad: false,
        maximize: false,
        foreach: null,
        capturable: false,
      },
      states: { 0: ['step', 'exp_avg', 'exp_avg_sq'], 1: ['step', 'exp_avg', 'exp_avg_sq'] },
      params: [0, 1],
      epoch: 2,
      step: 12,
    });
  });
});

/** The operations of PyTorch 2's unpickler for weights (torch/_weights_only_unpickler.py); 1.13's lacks BINFLOAT. */
const WEIGHTS_ONLY = [
  ...['APPEND', 'APPENDS', 'BINFLOAT', 'BINGET', 'BININT', 'BININT1', 'BININT2', 'BINPERSID', 'BINPUT', 'BINUNICODE'],
  ...['BUILD', 'EMPTY_DICT', 'EMPTY_LIST', 'EMPTY_SET', 'EMPTY_TUPLE', 'GLOBAL', 'LONG1', 'LONG_BINGET', 'LONG_BINPUT'],
  ...['MARK', 'NEWFALSE', 'NEWOBJ', 'NEWTRUE', 'NONE', 'PROTO', 'REDUCE', 'SETITEM', 'SETITEMS', 'SHORT_BINSTRING'],
  ...['STOP', 'TUPLE', 'TUPLE1', 'TUPLE2', 'TUPLE3'],
];

/** The entries of a zip by its central directory, each checked against its local header. */
function readZip(file: Uint8Array) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const end = file.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  return Array.from({ length: count }, () => {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    expect(view.getUint16(at + 10, true)).toBe(0);
    const [crc, size] = [view.getUint32(at + 16, true), view.getUint32(at + 24, true)];
    const [nameBytes, extra] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)];
    const local = view.getUint32(at + 42, true);
    const name = new TextDecoder().decode(file.subarray(at + 46, at + 46 + nameBytes));
    at += 46 + nameBytes + extra;
    expect(view.getUint32(local, true)).toBe(0x04034b50);
    expect(file.subarray(local + 14, local + 26)).toEqual(
      file.subarray(at - 46 - nameBytes - extra + 16, at - 46 - nameBytes - extra + 28),
    );
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const bytes = file.subarray(start, start + size);
    expect(crcOf(bytes)).toBe(crc);
    return { name, start, bytes };
  });
}

/** As gzip has it in its last eight bytes. */
const crcOf = (bytes: Uint8Array): number => gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8);

import { existsSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importWeights } from '../../src/densenet/weights/import-weights.ts';
import { createRandom } from '../../src/runtime/random.ts';
import { hostileLegacy, hostilePickles, MARKER } from '../pytorch/hostile.ts';
import { BYTE_MUTATIONS, type Mutation, TEXT_MUTATIONS, type TextMutation } from './mutations.ts';
import { bytesOf, readBytes, runCase } from './run-case.ts';
import { TARGETS } from './targets.ts';

const CASES = 150;

describe('every reader gives a value or a typed error, whatever it is given', () => {
  it.each(Object.entries(TARGETS))('%s', { timeout: 120_000 }, async (name, target) => {
    const [good = new Uint8Array()] = target.seeds();
    await target.read(good);
    const broken: string[] = [];
    const kinds = { value: 0, refused: 0, broken: 0 };
    for (let number = 0; number < CASES; number++) {
      const outcome = await runCase(target, { target: name, seed: 1, number });
      kinds[outcome.kind]++;
      if (outcome.kind === 'broken')
        broken.push(`npm run fuzz -- --target "${name}" --seed 1 --case ${number}: ${outcome.how}`);
    }
    expect(broken.join('\n')).toBe('');
    expect(kinds.value + kinds.refused).toBe(CASES);
  });
});

it('the same seed makes the same bytes', () => {
  const [target] = Object.values(TARGETS);
  if (!target) throw new Error('there is no target');
  const at = { seed: 5, number: 17 };
  expect(bytesOf(target, at)).toEqual(bytesOf(target, at));
  expect(bytesOf(target, at)).not.toEqual(bytesOf(target, { seed: 6, number: 17 }));
});

it('every kind of mutation changes something', () => {
  const text = '{"denselayer1.norm1.weight":{"shape":[1,2],"x":"y"},"b":{"c":"d"}}';
  const bytes = new TextEncoder().encode(text);
  const random = createRandom(3);
  const changes = (change: () => unknown, from: unknown) =>
    Array.from({ length: 50 }, change).some((to) => String(to) !== String(from));
  for (const [name, mutation] of Object.entries<Mutation>(BYTE_MUTATIONS)) {
    expect(
      changes(() => mutation(bytes, random), bytes),
      name,
    ).toBe(true);
  }
  for (const [name, mutation] of Object.entries<TextMutation>(TEXT_MUTATIONS)) {
    expect(
      changes(() => mutation(text, random), text),
      name,
    ).toBe(true);
  }
});

/** A safetensors file of zeros with these shapes, in this order. */
function shapesFile(
  shapes: Readonly<Record<string, readonly number[]>>,
  metadata: Readonly<Record<string, string>> = {},
) {
  let at = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = at;
    at += 4 * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, at] }];
  });
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  const bytes = new Uint8Array(8 + header.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

const LAYER = {
  'features.conv0.weight': [2, 3, 3, 3],
  'features.denseblock1.denselayer1.norm1.weight': [2],
  'features.denseblock1.denselayer1.norm1.bias': [2],
  'features.denseblock1.denselayer1.norm1.running_mean': [2],
  'features.denseblock1.denselayer1.norm1.running_var': [2],
  'features.denseblock1.denselayer1.conv1.weight': [2, 2, 3, 3],
};
const norm5 = (shape: readonly number[]) =>
  Object.fromEntries(
    ['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`features.norm5.${part}`, shape]),
  );
const many = (count: number, name: (i: number) => string) =>
  shapesFile(Object.fromEntries(Array.from({ length: count }, (_, i) => [name(i), [1]])));
const layers = JSON.stringify({
  stem: 'cifar',
  growthRate: 1,
  blockLayers: Array(11).fill(1024),
  initialChannels: 1,
  bottleneckWidth: 4,
  compression: 0.01,
  dropout: 0,
  classes: 1,
  inputChannels: 1,
  height: 1024,
  width: 1024,
});

it.each([
  ['a zero-size norm5', 'weights', () => shapesFile({ ...LAYER, ...norm5([0]), 'classifier.weight': [178956971, 0] })],
  [
    'a classifier of a billion classes without a byte',
    'weights',
    () => shapesFile({ ...LAYER, ...norm5([4]), 'classifier.weight': [1e9, 0] }),
  ],
  [
    'a billion features without a byte',
    'weights without a classifier',
    () => shapesFile({ ...LAYER, ...norm5([1e9, 0]) }),
  ],
  [
    'a stem of a billion channels without a byte',
    'weights',
    () => shapesFile({ ...LAYER, 'features.conv0.weight': [1e9, 3, 3, 0], ...norm5([4]), 'classifier.weight': [2, 4] }),
  ],
  ['ten thousand layers by their metadata', 'checkpoint', () => shapesFile(LAYER, { config: layers })],
  [
    'ten thousand layers by their metadata, imported',
    'weights',
    () => shapesFile({ ...LAYER, ...norm5([4]), 'classifier.weight': [2, 4] }, { config: layers }),
  ],
  [
    'sixteen blocks of a thousand layers by their names',
    'weights',
    () =>
      shapesFile({
        ...LAYER,
        ...Object.fromEntries(
          Array.from({ length: 16 }, (_, b) => [
            `features.denseblock${b + 1}.denselayer1024.conv1.weight`,
            [2, 2, 3, 3],
          ]),
        ),
        ...norm5([4]),
        'classifier.weight': [2, 4],
      }),
  ],
  ['five thousand layers of a numbered child', 'weights', () => many(5_000, (i) => `4.denselayer${i}.norm1.weight`)],
  ['five thousand numbered children', 'weights', () => many(5_000, (i) => `${i}.denselayer1.norm1.weight`)],
  [
    'five thousand transitions',
    'weights',
    () => many(5_000, (i) => (i === 0 ? '0.denselayer1.norm1.weight' : `${i}.conv.weight`)),
  ],
  [
    'nesting 20,000 deep',
    'safetensors',
    () => {
      const text = new TextEncoder().encode(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
      return Uint8Array.of(...new Uint8Array(BigUint64Array.of(BigInt(text.length)).buffer), ...text);
    },
  ],
  ['a set of the prototype', "the bench page's address", () => new TextEncoder().encode('run=__proto__')],
  ['a set that is a method', "the bench page's address", () => new TextEncoder().encode('run=toString')],
  ['names that clear a terminal', 'weights', () => many(50, (i) => `\x1b[2J\u202e${i}`)],
  ['a name of a megabyte', 'weights', () => many(1, () => 'n'.repeat(1e6))],
])('is refused in proportion to its size: %s', async (_, name, make) => {
  const target = TARGETS[name];
  if (!target) throw new Error(`no target is called ${name}`);
  expect(await readBytes(target, make())).toEqual({ kind: 'refused' });
});

it('hostile pickles are data or refused, and none is run', async () => {
  rmSync(MARKER, { force: true });
  const target = TARGETS['operations of pickles'];
  const within = TARGETS['a pickle in a zip of PyTorch'];
  if (!target || !within) throw new Error('a target is missing');
  for (const bytes of hostilePickles()) {
    expect((await readBytes(target, bytes)).kind).not.toBe('broken');
    expect(await readBytes(within, bytes)).toEqual({ kind: 'refused' });
  }
  expect(await readBytes({ read: (bytes) => importWeights(bytes, 'a.pth') }, hostileLegacy())).toEqual({
    kind: 'refused',
  });
  expect(existsSync(MARKER)).toBe(false);
  expect(Reflect.get({}, 'polluted')).toBe(undefined);
});

// Options objects: names that are known, values that can be, and what the message says of those that are not.
import { describe, expect, it } from 'vitest';
import { ConfigError } from './errors.ts';
import {
  aFunction,
  aNumber,
  BATCH,
  checkInstance,
  checkOptions,
  flag,
  kindOf,
  likeliest,
  nested,
  oneOf,
  type Rules,
  required,
  SEED,
} from './options.ts';

interface Sample {
  readonly batch: number;
  readonly seed?: number;
  readonly loss?: 'cross-entropy' | 'binary-cross-entropy';
  readonly clip?: number;
  readonly verbose?: boolean;
  readonly onProgress?: () => void;
  readonly augment?: { readonly shift: number };
}

const RULES = {
  batch: required(BATCH),
  seed: SEED,
  loss: oneOf('cross-entropy', 'binary-cross-entropy'),
  clip: aNumber((value) => value >= 0, 'must be 0 or more'),
  verbose: flag,
  onProgress: aFunction,
  augment: nested({ shift: required(BATCH) }),
} satisfies Rules<Sample>;

const refusal = (given: unknown): string => {
  try {
    checkOptions('options of a sample', given, RULES);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('an options object', () => {
  it.each<unknown>([
    { batch: 1 },
    { batch: 1, seed: undefined, loss: undefined },
    { batch: 2 ** 24, seed: 2 ** 32 - 1, clip: 0, verbose: false, onProgress: () => undefined, augment: { shift: 1 } },
    Object.assign(Object.create(null), { batch: 1 }),
  ])('%o is accepted', (given) => expect(refusal(given)).toBe('accepted'));

  it.each([
    [undefined, /^options of a sample: undefined must be an object of options/],
    [null, /null must be/],
    ['batch', /"batch" must be/],
    [[1], /must be an object of options/],
    [new Float32Array(2), /Float32Array of 8 bytes must be/],
    [Promise.resolve({ batch: 1 }), /Promise.*await/],
    [{}, /^batch: undefined must be a whole number from 1 to 16777216/],
    [
      { batch: 1, seeds: 1 },
      /^seeds: 1 is not one of the options of a sample; did you mean seed\? There are batch, seed/,
    ],
    [{ batch: 1, sede: 1 }, /mean seed\?/],
    [{ batch: 1, on_progress: 1 }, /mean onProgress\?/],
    [{ batch: 1, Verbose: true }, /mean verbose\?/],
    [{ batch: 1, epochs: 3 }, /^epochs: 3 is not one of the options of a sample; There are/],
    [{ batch: 1, ['__proto__']: 3 }, /__proto__/],
    [{ batch: 0 }, /^batch: 0/],
    [{ batch: '4' }, /^batch: "4"/],
    [{ batch: 4n }, /^batch: 4n/],
    [{ batch: Number.NaN }, /^batch: NaN/],
    [{ batch: 1, seed: -1 }, /^seed: -1/],
    [{ batch: 1, seed: 2 ** 32 }, /^seed: 4294967296/],
    [{ batch: 1, loss: 'bce' }, /^loss: "bce" must be 'cross-entropy' or 'binary-cross-entropy'/],
    [{ batch: 1, clip: Number.POSITIVE_INFINITY }, /^clip: Infinity/],
    [{ batch: 1, verbose: 1 }, /^verbose: 1 must be true or false/],
    [{ batch: 1, onProgress: 'log' }, /^onProgress: "log" must be a function/],
    [{ batch: 1, onProgress: {} }, /must be a function/],
    [{ batch: 1, augment: true }, /^augment: true/],
    [{ batch: 1, augment: {} }, /^shift: undefined/],
    [{ batch: 1, augment: { shift: 1, mirrored: true } }, /^mirrored: true is not one of the augment/],
  ])('%o is refused', (given, says) => expect(refusal(given)).toMatch(says));
});

it('knows what a value is', () => {
  const values = [null, undefined, 3, [], new Map(), Promise.resolve(), new Float64Array(), { createBuffer: () => 0 }];
  expect(values.map(kindOf)).toEqual([
    'null',
    'undefined',
    'number',
    'Array',
    'Map',
    'Promise',
    'Float64Array',
    'GPUDevice',
  ]);
});

it('suggests nothing that is far from what was written', () => {
  expect(likeliest('constructor', Object.keys(RULES))).toBeUndefined();
  expect(likeliest('x'.repeat(1e6), Object.keys(RULES))).toBeUndefined();
});

it('says how an object is had', () => {
  class Device {}
  const check = (given: unknown) => () => checkInstance('device', given, Device, 'Device', 'await Device.open(gpu)');
  expect(check(new Device())).not.toThrow();
  expect(check(Promise.resolve(new Device()))).toThrow('device: "Promise" must be a Device: `await Device.open(gpu)`');
  expect(check({ createBuffer: () => 0 })).toThrow('Device.wrap(gpuDevice)');
});

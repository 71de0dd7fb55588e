import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../src/densenet/network.ts';
import { OPTIMIZER_KINDS } from '../../src/densenet/train/optimizers.ts';
import { sentenceOf } from './fields.tsx';
import { type Form, readBlocks, readForm } from './form.ts';
import { defaultForm, defaultLength, shapeFields } from './form-defaults.ts';
import type { FormContext } from './form-numbers.ts';
import { NETWORKS, type NetworkName, networksFor } from './networks.ts';

const MACHINES = [
  { software: true, memory: undefined },
  { software: false, memory: 8 },
];
const grey = { channels: 1, height: 28, width: 28 } as const;
const CONTEXTS: readonly FormContext[] = [
  { images: 5000, classes: 10, size: grey, inUse: undefined },
  { images: 3, classes: 2, size: undefined, inUse: undefined },
  { images: 40_000, classes: 100, size: { channels: 3, height: 32, width: 32 }, inUse: undefined },
];
const context: FormContext = { images: 400, classes: 10, size: grey, inUse: undefined };
const form = defaultForm(context, { software: true, memory: 8 }, 'scratch', 'sgd');
const read = (changes: Partial<Form>, of: FormContext = context) => readForm({ ...form, ...changes }, of);

describe('the defaults', () => {
  it.each(CONTEXTS)('can be trained with: %j', (of) => {
    for (const machine of MACHINES)
      for (const optimizer of OPTIMIZER_KINDS)
        expect(readForm(defaultForm(of, machine, 'scratch', optimizer), of).problems).toBeUndefined();
  });

  it.each(Object.keys(NETWORKS) as NetworkName[])('offer %s only for data that it can take', (name) => {
    for (const of of CONTEXTS) {
      if (!networksFor(of.size).includes(name)) continue;
      const { settings, problems } = readForm(
        { ...form, ...shapeFields(name), images: '2', batch: '1', shift: '0' },
        of,
      );
      expect(problems).toBeUndefined();
      if (settings) expect(() => buildNetwork(settings.config)).not.toThrow();
    }
  });
});

it('offers no more micro-batches than there are batches of images', () => {
  expect(read({ images: '100', batch: '20', accumulate: '5' }).settings).toMatchObject({ batch: 20, accumulate: 5 });
  expect(read({ images: '100', batch: '20', accumulate: '6' }).problems).toMatchObject({
    accumulate: { kind: 'number', limits: { max: 5 } },
  });
});

describe('the length of a training', () => {
  it.each([
    ...[2, 3, 7, 20, 45, 57, 100, 400, 500, 5000].map((images) => [images, true] as const),
    ...[2, 45, 500, 5000, 60_000].map((images) => [images, false] as const),
  ])('of %i images, software %s, is a hundred updates and more', (images, software) => {
    const { batch, epochs } = defaultLength(images, software);
    expect(batch).toBeLessThanOrEqual(images);
    const updates = epochs * Math.floor(images / batch);
    expect(updates).toBeGreaterThanOrEqual(software ? 100 : 300);
    // On a software GPU, in minutes.
    if (software && images <= 500) expect(updates * batch).toBeLessThanOrEqual(2400);
  });
});

describe('a field', () => {
  it.each([
    ['growthRate', '0', { kind: 'number', limits: { whole: true, min: 1, max: 4096 } }],
    ['growthRate', '12.5', { kind: 'number' }],
    ['growthRate', '', { kind: 'number' }],
    ['growthRate', 'twelve', { kind: 'number' }],
    ['blocks', '3, x', { kind: 'blocks', limits: { least: 1, most: 16, limits: { whole: true, min: 1, max: 1024 } } }],
    ['blocks', '1 1 1 1 1 1 1', { kind: 'shrinks', block: 6 }],
    ['compression', '1.5', { kind: 'number', limits: { whole: false, above: 0, max: 1 } }],
    ['dropout', '1', { kind: 'number', limits: { whole: false, min: 0, below: 1 } }],
    ['images', '401', { kind: 'number', limits: { whole: true, min: 2, max: 400 } }],
    ['batch', '401', { kind: 'number', limits: { whole: true, min: 1, max: 400 } }],
    ['epochs', '0', { kind: 'number', limits: { whole: true, min: 1, max: 1e9 } }],
    ['learningRate', '0', { kind: 'number', limits: { whole: false, above: 0 } }],
    ['learningRate', 'Infinity', { kind: 'number' }],
    ['warmup', '5', { kind: 'number', limits: { whole: false, min: 0, below: 5 } }],
    ['shift', '15', { kind: 'number', limits: { whole: true, min: 0, max: 14 } }],
    ['seed', '-1', { kind: 'number', limits: { whole: true, min: 0, max: 2 ** 32 - 1 } }],
    ['memory', '0', { kind: 'number' }],
  ] as const)('%s of %j is refused', (field, value, problem) => {
    expect(read({ [field]: value }).problems).toEqual({ [field]: expect.objectContaining(problem) });
  });

  it('takes a decimal comma', () => expect(read({ learningRate: '0,05' }).settings?.learningRate).toBe(0.05));

  it('names every problem at once', () => {
    expect(Object.keys(read({ growthRate: '', blocks: '', epochs: '' }).problems ?? {}).sort()).toEqual([
      'blocks',
      'epochs',
      'growthRate',
    ]);
  });

  it('says where compression keeps nothing', () => {
    const few = { initialChannels: '1', growthRate: '1', blocks: '1, 1', compression: '0.1' };
    expect(read(few).problems).toEqual({ compression: { kind: 'keepsNothing', transition: 1 } });
  });
});

it('refuses a network with too many channels', () => {
  expect(read({ growthRate: '4096', blocks: '40, 40' }).problems).toEqual({ growthRate: { kind: 'tooWide' } });
});

it.each([
  ['growthRate', '', 'Growth rate must be a whole number from 1 to 4,096.'],
  ['dropout', '1', 'Dropout must be a number of at least 0 and below 1.'],
  ['compression', '0', 'Compression must be a number above 0 and at most 1.'],
  ['learningRate', '-1', 'Learning rate must be a number above 0.'],
  ['blocks', '', 'Layers of each block must be 1 to 16 whole numbers from 1 to 1,024, such as 6, 12, 24, 16.'],
] as const)('%s of %j is explained', (field, value, sentence) => {
  const problem = read({ [field]: value }).problems?.[field];
  expect(problem && sentenceOf(field, problem)).toBe(sentence);
});

describe('fine-tuning', () => {
  const { settings: defaults } = read({});
  if (!defaults) throw new Error('the form’s defaults are a training');
  const inUse = buildNetwork({ ...defaults.config, classes: 3 }).config;
  const autotune = (of: FormContext) => read({ start: 'fine-tune', growthRate: 'ignored' }, of);

  it('takes the network in use, with the data’s classes and size', () => {
    const { settings } = autotune({ ...context, inUse, size: { channels: 1, height: 40, width: 30 } });
    expect(settings).toMatchObject({ trainable: 'classifier', config: { classes: 10, height: 40, width: 30 } });
    expect(settings?.config.growthRate).toBe(inUse.growthRate);
  });

  it.each([
    [{ inUse: undefined }, 'none'],
    [{ inUse, size: { channels: 3, height: 28, width: 28 } as const }, 'channels'],
    [{ inUse, size: { channels: 1, height: 2, width: 2 } as const }, 'size'],
  ])('says why it cannot be: %j', (changes, what) => {
    expect(autotune({ ...context, ...changes }).problems).toEqual({ start: { kind: 'inUse', what } });
  });
});

it.each([
  ['6, 12, 24, 16', [6, 12, 24, 16]],
  ['3 3', [3, 3]],
  ['4', [4]],
  ['', undefined],
  ['1,0', undefined],
  ['1.5', undefined],
  ['1 '.repeat(17), undefined],
])('%j as blocks', (text, blocks) => expect(readBlocks(text)).toEqual(blocks));

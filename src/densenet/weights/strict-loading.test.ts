// Tensors that a network lacks, and those that it does not use: refused, passed over, or left out because an option says so.
import { describe, expect, it } from 'vitest';
import { file, filled, read, refusal } from '../../../tests/fixtures/weights.ts';
import type { Tensor } from '../../data/tensor.ts';
import { ConfigError } from '../../runtime/errors.ts';
import { unusedNote } from './report.ts';

/** The features of the networks in tests/golden/weights. */
const FEATURES = 20;
const integers = (shape: number[]): Tensor => ({
  dtype: 'I64',
  shape,
  bytes: new Uint8Array(8 * shape.reduce((n, size) => n * size, 1)),
});
const withTensors = (more: Readonly<Record<string, Tensor>>, without = /^$/) =>
  file((tensors) => new Map([...[...tensors].filter(([name]) => !without.test(name)), ...Object.entries(more)]));
const linear = (name: string, outputs: number, inputs: number) => ({
  [`${name}.weight`]: filled([outputs, inputs]),
  [`${name}.bias`]: filled([outputs]),
});
const norm = (name: string, channels: number) =>
  Object.fromEntries(
    ['weight', 'bias', 'running_mean', 'running_var'].map((n) => [`${name}.${n}`, filled([channels])]),
  );

it('names every tensor that is missing or misshapen, as the file would, and what is unexpected', () => {
  const error = refusal(
    file((tensors) => {
      for (const name of ['module.features.denseblock2.denselayer1.norm1.weight', 'module.features.conv0.weight']) {
        tensors.delete(name.slice(7));
      }
      tensors.set('features.denseblock1.denselayer2.conv2.weight', filled([4, 16, 1, 1]));
      tensors.set('features.norm5.running_var', filled([3]));
      tensors.set('extra', filled([1]));
      return new Map([...tensors].map(([name, tensor]) => [`module.${name}`, tensor]));
    }),
  );
  expect(error.missing).toEqual([
    'module.features.conv0.weight',
    'module.features.denseblock2.denselayer1.norm1.weight',
  ]);
  expect(error.misshapen).toEqual([
    'module.features.denseblock1.denselayer2.conv2.weight: [4,16,1,1], needed [4,16,3,3]',
    expect.stringMatching(/^module\.features\.norm5\.running_var: \[3\], needed \[\d+\]$/),
  ]);
  expect(error.unknown).toEqual(['module.extra']);
  for (const name of [...error.missing, ...error.misshapen, ...error.unknown]) expect(error.message).toContain(name);
});

it("takes the encoder of a network for segmentation with a new classifier, and its own classifier's decoder is still refused", () => {
  const decoder = { 'decoder.blocks.0.conv1.0.weight': filled([4, 3, 3, 3]), 'segmentation_head.0.bias': filled([2]) };
  const encoder = withTensors(decoder, /^classifier/);
  const { report } = read(encoder, { newClassifier: { classes: 2 } });
  expect(report.unused).toEqual(Object.keys(decoder));
  expect(refusal(encoder).message).toMatch(/no classifier.*newClassifier/);
  expect(refusal(withTensors(decoder)).message).toMatch(/decoder\.blocks\.0\.conv1\.0\.weight/);
});

describe('what results may depend on is refused by name', () => {
  it.each<[string, Readonly<Record<string, Tensor>>, RegExp, RegExp?]>([
    [
      'squeeze-and-excitation inside the dense layers',
      linear('features.denseblock1.denselayer1.se.fc1', 2, 4),
      /2 tensors are not supported.*denselayer1\.se\.fc1\.weight \(inside the network\)/,
    ],
    [
      'a head of two modules: fc1, fc2',
      { ...linear('fc1', 16, FEATURES), ...linear('fc2', 5, 16) },
      /fc2\.bias, fc2\.weight \(takes the output of fc1\.weight\)/,
      /^classifier/,
    ],
    ['a layer before the classifier', linear('neck', FEATURES, FEATURES), /neck\.weight \(takes the features\)/],
    ['a batch norm before the classifier', norm('bottleneck', FEATURES), /running_mean \(over the features\)/],
    ['attention', linear('attention.qkv', 60, FEATURES), /attention\.qkv\.weight/],
    [
      'a convolution inside a layer',
      { 'features.denseblock1.denselayer1.conv3.weight': filled([4, 4, 3, 3]) },
      /conv3/,
    ],
    [
      'a scale',
      { 'module.logit_scale': filled([]) },
      /1 tensor is not supported, and results may depend on it: module/,
    ],
    ['a normalisation of the input', { pixel_mean: filled([1, 3, 1, 1]) }, /pixel_mean/],
    [
      'a decoder',
      { 'decoder.conv.weight': filled([4, FEATURES, 3, 3]) },
      /decoder\.conv\.weight \(takes the features\)/,
    ],
    ['a parameter of whole numbers', { 'extra.weight': integers([3, 3]) }, /extra\.weight/],
  ])('%s', (_, more, words, without) => {
    const error = refusal(withTensors(more, without));
    expect(error.message).toMatch(words);
    expect(error.message).toMatch(/`ignore` \(--ignore NAME/);
    expect(error.unsupported.every((name) => name in more)).toBe(true);
    const found = read(withTensors(more, without), { ignore: error.unsupported });
    expect(found.report.ignored).toEqual(expect.arrayContaining([...error.unsupported]));
    expect(unusedNote(found.report).join()).toMatch(/^ignored in w\.safetensors, as asked: /);
  });

  it('several layers of one head, which may be left out too', () => {
    const head = withTensors({ ...linear('head.0', 5, FEATURES), ...linear('head.3', 5, 5) }, /^classifier/);
    const { unsupported } = refusal(head);
    expect(unsupported).toEqual(['head.3.bias', 'head.3.weight']);
    expect(read(head, { ignore: unsupported }).report.classifier).toBe('head.0.weight');
  });
});

it.each<[string, Readonly<Record<string, Tensor>>]>([
  ['counters', { 'module.epoch': filled([]), best_acc1: filled([1]), step: integers([]) }],
  ['an optimizer', { 'optimizer.state.0.exp_avg': filled([4]), 'features.conv0.weight.momentum_buffer': filled([4]) }],
  ['a loss and metrics', { 'criterion.weight': filled([5]), 'train_acc.tp': filled([5]) }],
  ['random states and indices', { rng: integers([4]), 'index.table': integers([3, 3]) }],
  ['biases of convolutions that are 0', { 'features.denseblock1.denselayer1.conv1.bias': filled([16], 0) }],
  ['an average under names without dots', { 'model_ema.classifierweight': filled([5, FEATURES]) }],
  ['a teacher of another architecture', { 'teacher.layer1.0.conv1.weight': filled([4, 4, 3, 3]) }],
  ['nothing at all', { 'extra.weight': filled([0]) }],
])('what no result depends on is passed over and reported: %s', (_, more) => {
  const { report } = read(withTensors(more));
  expect(report.unused.toSorted()).toEqual(Object.keys(more).toSorted());
  expect(unusedNote(report)).toEqual([`unused in w.safetensors: ${report.unused.join(', ')}`]);
});

describe('names to ignore', () => {
  const more = { ...linear('neck.fc1', 3, FEATURES), ...linear('neck.fc2', 3, 3), 'necklace.weight': filled([2]) };
  const ignore = (...names: string[]) => read(withTensors(more), { ignore: names }).report.ignored;

  it.each([
    [['neck', 'necklace.weight']],
    [['neck*']],
    [['neck.', 'n*e.weight']],
    [['neck.fc1', 'neck.fc2.*', '*lace*']],
  ])('%j', (names) => {
    expect([...ignore(...names)].toSorted()).toEqual(Object.keys(more).toSorted());
  });

  it('must be there', () => {
    expect(() => ignore('neck*', 'fc9')).toThrow(ConfigError);
    expect(() => ignore('neck*', 'fc9')).toThrow(/ignore: "fc9" matches no tensor/);
    expect(() => ignore('nec')).toThrow(/"nec"/);
  });
});

describe('dtypes that are not supported', () => {
  /** A file with these types written over some tensors' own: each as many bytes. */
  const retyped = (types: Readonly<Record<string, string>>) => {
    const bytes = withTensors({
      rng: integers([4]),
      'quant.zero': { dtype: 'U8', shape: [3], bytes: new Uint8Array(3) },
    });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    for (const [name, dtype] of Object.entries(types)) header[name].dtype = dtype;
    const text = new TextEncoder().encode(JSON.stringify(header));
    const made = new Uint8Array(8 + text.length + bytes.length - 8 - length);
    new DataView(made.buffer).setBigUint64(0, BigInt(text.length), true);
    made.set(text, 8);
    made.set(bytes.subarray(8 + length), 8 + text.length);
    return made;
  };

  it.each([
    ...[
      { rng: 'U64' },
      { rng: 'C64' },
      { 'quant.zero': 'I8' },
      { 'quant.zero': 'F8_E4M3' },
      { 'quant.zero': 'F8_E5M2' },
    ],
  ])('of a tensor that is not used: %j', (types) => {
    const { report, state } = read(retyped(types));
    expect(report.unused).toEqual(expect.arrayContaining(['rng', 'quant.zero']));
    expect(state).toEqual(read(withTensors({})).state);
  });

  it('of one that is used are refused by name', () => {
    expect(refusal(retyped({ 'classifier.bias': 'U32' })).message).toMatch(/not supported: classifier\.bias \(U32\)/);
    expect(refusal(retyped({ 'features.norm5.weight': 'I32', 'features.conv0.weight': 'U32' })).message).toMatch(
      /not supported: features\.conv0\.weight \(U32\)/,
    );
  });
});

// Names as other programs give them to a DenseNet's tensors.
import { describe, expect, it } from 'vitest';
import { file, filled, golden, read, refusal, renamed } from '../../../tests/fixtures/weights.ts';
import { writeSafetensors } from '../../data/safetensors.ts';
import { float32Tensor } from '../../data/tensor.ts';
import { initialize } from '../initialize.ts';
import { buildNetwork } from '../network.ts';
import { PRESETS } from '../presets.ts';
import { toStateDict } from '../state-dict.ts';
import { describeReport } from './report.ts';

describe('names that are recognised', () => {
  it.each<[string, (name: string) => string]>([
    ['no features', (name) => name.replace(/^features\./, '')],
    ['the trunk first in a Sequential', (name) => name.replace(/^features\./, '0.').replace(/^classifier/, '2')],
    ['a Sequential with a Sigmoid', (name) => name.replace('classifier.', 'module.classifier.0.')],
    ['fc', (name) => name.replace('classifier.', 'fc.')],
    ['MONAI', (name) => name.replace(/(denselayer\d+)\./, '$1.layers.').replace('classifier.', 'class_layers.out.')],
    ['norm_final', (name) => name.replace('norm5', 'norm_final')],
    ['an underscore', (name) => name.replace(/denseblock(\d)/, 'denseblock_$1')],
    [
      'mmpretrain',
      (name) =>
        name
          .replace('features.conv0', 'backbone.stem.0')
          .replace('features.norm0', 'backbone.stem.1')
          .replace(
            /^features\.denseblock(\d+)\.denselayer(\d+)/,
            (_, b, l) => `backbone.stages.${b - 1}.block.${l - 1}`,
          )
          .replace(/^features\.transition(\d+)/, (_, b) => `backbone.transitions.${b - 1}`)
          .replace('features.norm5', 'backbone.transitions.3.0')
          .replace('classifier', 'head.fc'),
    ],
    ['a prefix of many parts', (name) => `state.0.model_ema.${name}`],
    ['a prefix that is a name of ours', (name) => `features.${name}`],
  ])('%s', (_, rename) => {
    const expected = read(golden('torchvision.safetensors'));
    const { state, config, report } = read(renamed(rename));
    expect(config).toEqual(expected.config);
    expect(report.unused).toEqual([]);
    expect(state).toEqual(expected.state);
  });

  it.each(['sequential indices', 'another name of the last norm'])('a deep stem, with %s', (way) => {
    const network = buildNetwork({ ...PRESETS.densenet121d, blockLayers: [1, 2], classes: 3 });
    const order = ['conv0', 'norm0', 'relu0', 'conv1', 'norm1', 'relu1', 'conv2', 'norm2', 'relu2', 'pool0'];
    order.push('denseblock1', 'transition1', 'denseblock2', 'norm5');
    const rename = (name: string) =>
      way === 'sequential indices'
        ? name.replace(/^features\.(\w+)/, (_, child) => `features.${order.indexOf(child)}`)
        : name.replace('features.norm5', 'features.norm_final');
    const state = toStateDict(network, initialize(network, 1));
    const tensors = [...state].map(
      ([name, { shape, values }]) => [rename(name), float32Tensor(shape, values)] as const,
    );
    const found = read(writeSafetensors(new Map(tensors)));
    expect(found.config).toEqual(network.config);
    expect(found.state).toEqual(state);
    expect(found.report.unused).toEqual([]);
  });

  it('a deep stem, whose pooling nothing tells', () => {
    const network = buildNetwork({ ...PRESETS.densenet121d, growthRate: 32, classes: 2 });
    const state = toStateDict(network, initialize(network, 1));
    const tensors = [...state].map(([name, { shape, values }]) => [name, float32Tensor(shape, values)] as const);
    const { report } = read(writeSafetensors(new Map(tensors)));
    expect(report.model).toBe('densenet121d');
    expect(describeReport(report)).toContainEqual(expect.stringMatching(/^pooling: assumed.*densenetblur121d/));
  });

  it('sequential indices of a Sequential', () => {
    const order = ['conv0', 'norm0', 'relu0', 'pool0', 'denseblock1', 'transition1', 'denseblock2', 'norm5'];
    const rename = (name: string) =>
      name
        .replace(/^features\.(\w+)/, (_, child) => `features.${order.indexOf(child)}`)
        .replace('classifier', 'linear');
    const { state, report } = read(renamed(rename));
    expect(state).toEqual(read(golden('torchvision.safetensors')).state);
    expect(report).toMatchObject({ scheme: 'sequential', classifier: 'linear.weight', unused: [] });
  });
});

it.each([
  ['a ResNet', renamed((name) => name.replace('dense', 'res')), /not a DenseNet.*features\.conv0/],
  [
    'two networks',
    file(
      (t) =>
        new Map(
          [...t].flatMap(([n, v]) => [
            [`a.${n}`, v],
            [`b.${n}`, v],
          ]),
        ),
    ),
    /several/,
  ],
])('refuses %s', (_, bytes, message) => {
  expect(refusal(bytes).message).toMatch(message);
});

it("says what to do about Keras's names", () => {
  const keras = writeSafetensors(new Map([['conv1_conv/kernel:0', filled([7, 7, 3, 8])]]));
  expect(refusal(keras).message).toMatch(/not a DenseNet.*These are Keras's names: .*HWIO to OIHW.*1\.001e-5/);
});

describe('several DenseNets in one file', () => {
  const twice = (one: string, other: string) =>
    file((tensors) => {
      const copy = (prefix: string) => [...tensors].map(([name, tensor]) => [`${prefix}${name}`, tensor] as const);
      return new Map([...copy(one), ...copy(other)]);
    });

  it.each([
    ['', 'model_ema.'],
    ['student.', 'teacher.'],
    ['encoder_q.', 'encoder_k.'],
    ['backbone.', 'backbone_momentum.'],
  ])('the network "%s" is told apart from its copy "%s"', (own, copy) => {
    const { report } = read(twice(own, copy));
    expect(report.prefix).toBe(own);
    expect(report.unused).toContain(`${copy}classifier.weight`);
    expect(report.unused.every((name) => name.startsWith(copy))).toBe(true);
  });

  it('two equal networks are refused, and one of them can be left out by its prefix', () => {
    expect(refusal(twice('a.', 'b.')).message).toMatch(/several DenseNets, under "a\.features\.", "b\.features\."/);
    expect(read(twice('a.', 'b.'), { ignore: ['b'] }).report.prefix).toBe('a.');
  });
});

// Configurations read off shapes, metadata, sidecar files and options; architectures that are refused.
import { describe, expect, it } from 'vitest';
import { file, filled, golden, read, refusal, TIMM } from '../../../tests/fixtures/weights.ts';
import { readSafetensors, writeSafetensors } from '../../data/safetensors.ts';
import { float32Tensor } from '../../data/tensor.ts';
import type { DenseNetConfig } from '../config.ts';
import { initialize } from '../initialize.ts';
import { buildNetwork } from '../network.ts';
import { PRESETS } from '../presets.ts';
import { toStateDict } from '../state-dict.ts';
import { writeCheckpoint } from '../train/checkpoint.ts';
import type { ImportOptions } from './import-options.ts';

describe('the architecture', () => {
  it.each<[string, DenseNetConfig]>([
    ['DenseNet-121', { ...PRESETS.densenet121, blockLayers: [1, 2, 1, 1] }],
    ['a deep stem', { ...PRESETS.densenet121d, blockLayers: [1, 2, 1], inputChannels: 1 }],
    ['a deep stem ahead of plain layers', { ...PRESETS.densenet121d, blockLayers: [2, 1], bottleneckWidth: 0 }],
    ['a plain CIFAR network', { ...PRESETS['plain-40-12'], blockLayers: [1, 2, 1] }],
    ['a wide one', { ...PRESETS['bc-40-60'], blockLayers: [1, 1, 1] }],
    ['four channels', { ...PRESETS['bc-100-12'], blockLayers: [2, 1], inputChannels: 4, classes: 1 }],
  ])('the architecture from the shapes alone: %s', (_, config) => {
    const network = buildNetwork(config);
    const tensors = new Map(
      [...toStateDict(network, initialize(network, 1))].map(([name, { shape, values }]) => [
        `m.${name}`,
        float32Tensor(shape, values),
      ]),
    );
    const found = read(writeSafetensors(tensors));
    expect(found.config).toEqual(config);
    expect(found.preprocessing.mean).toHaveLength(config.inputChannels);
  });

  it('names the preset, whatever the classes and the input', () => {
    const config = { ...PRESETS['bc-100-12'], classes: 3, inputChannels: 1 };
    const network = buildNetwork(config);
    const bytes = writeCheckpoint(network, toStateDict(network, initialize(network, 1)));
    expect(read(bytes).report.model).toBe('bc-100-12');
  });
});

describe('what is refused', () => {
  const without = (pattern: RegExp) => file((tensors) => new Map([...tensors].filter(([name]) => !pattern.test(name))));
  it.each<[string, Uint8Array, RegExp, ImportOptions?]>([
    ['a whole block', without(/denseblock1/), /denseblock1|blockLayers/],
    ['a layer in the middle', without(/denseblock2\.denselayer2\./), /6|denselayer2/],
    ['norm5', without(/norm5/), /norm5/],
    [
      'a deep stem of other kernels',
      file((t) => void t.set('features.conv1.weight', filled([8, 8, 3, 3]))),
      /\[8,3,7,7\]; a deep stem's first kernel must be 3x3/,
    ],
    [
      'in-place batch norms',
      golden('timm.safetensors'),
      /"densenet264d_iabn" a network that has in-place batch norms \(iabn\)/,
      { config: { ...TIMM, text: '{"architecture":"densenet264d_iabn"}' } },
    ],
    [
      'blur pooling',
      golden('timm.safetensors'),
      /blur filters/,
      { config: { ...TIMM, text: '{"architecture":"densenetblur121d"}' } },
    ],
    [
      'another pooling',
      golden('timm.safetensors'),
      /"max"/,
      { config: { ...TIMM, text: '{"input_size":[3,32,32],"global_pool":"max"}' } },
    ],
    ['biases', file((t) => void t.set('features.denseblock1.denselayer1.conv1.bias', filled([16]))), /have biases/],
    [
      "another network's config",
      golden('timm.safetensors'),
      /says 1 input channels/,
      { config: { ...TIMM, text: '{"input_size":[1,32,32]}' } },
    ],
    [
      "another network's classes",
      golden('timm.safetensors'),
      /says 9 classes/,
      { config: { ...TIMM, text: '{"num_classes":9,"mean":[0,0,0]}' } },
    ],
    ['too small an input', golden('timm.safetensors'), /height/, { size: { height: 1, width: 3 } }],
  ])('%s', (_, bytes, words, options) => {
    expect(refusal(bytes, options).message).toMatch(words);
  });
});

describe('other layouts and dimensions are refused by name', () => {
  const reshaped = (change: (shape: readonly number[]) => number[]) =>
    file((tensors) => {
      for (const [name, tensor] of tensors)
        if (/conv\d?\.weight$/.test(name)) tensors.set(name, filled(change(tensor.shape)));
    });
  it.each<[string, (shape: readonly number[]) => number[], RegExp]>([
    ['3-D', (s) => [...s, s[2] ?? 1], /conv0\.weight has shape \[8,3,7,7,7\]: a 3-D network \(Conv3d\)/],
    ['1-D', (s) => s.slice(0, 3), /a 1-D network \(Conv1d\)/],
    [
      'HWIO',
      ([o = 0, i = 0, h = 0, w = 0]) => [h, w, i, o],
      /layout HWIO, as in Keras .*\[7,7,3,8\]; transpose .*OIHW/,
    ],
    ['OHWI', ([o = 0, i = 0, h = 0, w = 0]) => [o, h, w, i], /layout OHWI \(channels last\)/],
  ])('%s', (_, change, words) => {
    expect(refusal(reshaped(change)).message).toMatch(words);
  });
});

describe("a batch norm's epsilon", () => {
  const weights = readSafetensors(golden('torchvision.safetensors'), '').tensors;
  it.each([
    ['nothing says it', writeSafetensors(weights), {}, undefined],
    ['an option', writeSafetensors(weights), { batchNormEpsilon: 1e-3 }, 1e-3],
    ['the metadata', writeSafetensors(weights, { batch_norm_epsilon: '1.001e-5' }), {}, 1.001e-5],
    ['a config.json', writeSafetensors(weights), { config: { name: 'c', text: '{"batch_norm_eps":0.01}' } }, 0.01],
  ])('%s', (_, bytes, options, expected) => {
    expect(read(bytes, options).config.batchNormEpsilon).toBe(expected);
  });
});

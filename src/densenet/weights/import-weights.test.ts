// Weights as other programs save them, and what is chosen of them.
import { describe, expect, it } from 'vitest';
import { file, golden, read, refusal, renamed, SHAPE, TIMM } from '../../../tests/import/weight-fixtures.ts';
import { readSafetensors, writeSafetensors } from '../../data/safetensors.ts';
import { float32Tensor, toFloat32 } from '../../data/tensor.ts';
import type { DenseNetConfig } from '../config.ts';
import { initialize } from '../initialize.ts';
import { buildNetwork } from '../network.ts';
import { PRESETS } from '../presets.ts';
import { toStateDict } from '../state-dict.ts';
import { writeCheckpoint } from '../train/checkpoint.ts';
import { CHEST_X_RAY_LABELS } from './chest-x-ray.ts';
import { describeReport } from './report.ts';

describe('what other programs save', () => {
  it("torchvision's names", () => {
    const { config, report, preprocessing, classNames, multiLabel } = read(golden('torchvision.safetensors'));
    expect(config).toMatchObject({ ...SHAPE, classes: 5, inputChannels: 3, height: 224, width: 224, compression: 0.5 });
    expect(report).toMatchObject({ scheme: 'torchvision', prefix: '', unknown: [], converted: [], bias: true });
    expect(preprocessing).toMatchObject({ resize: 256, height: 224, mean: [0.485, 0.456, 0.406] });
    expect(report.sources).toEqual({
      ...{ inputSize: 'torchvision', preprocessing: 'torchvision', classNames: 'none', multiLabel: 'assumed' },
    });
    expect([classNames, multiLabel]).toEqual([undefined, false]);
  });

  it("torchvision's old names, without counters", () => {
    const { config, report, state } = read(golden('legacy.safetensors'));
    expect(config).toMatchObject(SHAPE);
    expect(report.scheme).toBe('torchvision-legacy');
    const there = readSafetensors(golden('legacy.safetensors'), '').tensors.get(
      'features.denseblock2.denselayer3.norm.2.running_var',
    );
    expect(there && state.get('features.denseblock2.denselayer3.norm2.running_var')?.values).toEqual(
      there && toFloat32(there),
    );
  });

  it("timm's, with its config.json", () => {
    const { config, preprocessing, classNames, report } = read(golden('timm.safetensors'), { config: TIMM });
    expect(config).toMatchObject({ ...SHAPE, height: 32, width: 32 });
    expect(preprocessing).toEqual({
      ...{ channels: 3, height: 32, width: 32, resize: 40, interpolation: 'bicubic' },
      ...{ mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] },
    });
    expect(classNames).toEqual(['label 0', 'label 1', 'label 2', 'label 3', 'label 4']);
    expect(report.sources).toMatchObject({ inputSize: 'config', preprocessing: 'config', classNames: 'config' });
  });

  it("torchxrayvision's: one channel, 18 findings, a buffer beside them", () => {
    const found = read(golden('chest-x-ray.safetensors'));
    const { config, preprocessing, classNames, multiLabel, report } = found;
    expect(config).toMatchObject({ ...SHAPE, inputChannels: 1, classes: 18 });
    expect(preprocessing).toEqual({
      ...{ channels: 1, height: 224, width: 224, fit: 'square', mean: [0.5], std: [1 / 2048] },
    });
    // White is 1024, black -1024.
    const [mean = 0, std = 1] = [preprocessing.mean[0], preprocessing.std[0]];
    expect([(1 - mean) / std, (0 - mean) / std]).toEqual([1024, -1024]);
    expect(classNames).toEqual(CHEST_X_RAY_LABELS);
    expect(multiLabel).toBe(true);
    expect(report).toMatchObject({ thresholds: 'op_threshs', unknown: [] });
    expect(found.thresholds).toEqual(Array(18).fill(Math.fround(0.1)));
  });

  it('thresholds of another number are none, and odd ones are a half', () => {
    const thresholds = (...values: number[]) =>
      read(file((t) => void t.set('model.op_threshs', float32Tensor([values.length], Float32Array.from(values)))));
    expect(thresholds(0.5, 0.5).report.unknown).toEqual(['model.op_threshs']);
    expect(thresholds(0.25, Number.NaN, -1, 1, 0.75).thresholds).toEqual([0.25, 0.5, 0.5, 0.5, 0.75]);
  });

  it('any prefix, another head, f16, and a tensor of no use', () => {
    const { config, report } = read(golden('prefixed.safetensors'), { ignore: ['module.net.temperature'] });
    expect(config).toMatchObject({ ...SHAPE, classes: 5 });
    expect(report).toMatchObject({
      ...{
        scheme: 'torchvision-legacy',
        prefix: 'module.net.backbone.',
        unknown: [],
        ignored: ['module.net.temperature'],
      },
      ...{ classifier: 'module.net.head.fc.weight', converted: [{ dtype: 'F16', tensors: report.tensors }] },
    });
    expect(describeReport(report).slice(0, 4)).toEqual([
      "w.safetensors: a DenseNet that is no preset, 5,545 parameters; torchvision's old names (norm.1), the prefix module.net.backbone.",
      'classifier: module.net.head.fc.weight',
      '66 tensors of type F16, converted to float32',
      'left out of w.safetensors, as you said: module.net.temperature; if its network computes with them, results differ',
    ]);
  });

  it.each<[string, (name: string) => string]>([
    ['no features', (name) => name.replace(/^features\./, '')],
    ['the trunk first in a Sequential', (name) => name.replace(/^features\./, '0.').replace(/^classifier/, '2')],
    ['a Sequential with a Sigmoid', (name) => name.replace('classifier.', 'module.classifier.0.')],
    ['fc', (name) => name.replace('classifier.', 'fc.')],
    ['MONAI', (name) => name.replace(/(denselayer\d+)\./, '$1.layers.').replace('classifier.', 'class_layers.out.')],
    ['norm_final', (name) => name.replace('norm5', 'norm_final')],
    ['an underscore', (name) => name.replace(/denseblock(\d)/, 'denseblock_$1')],
    ['a prefix with many parts', (name) => `state.0.model_ema.${name}`],
    ['a prefix that a name of ours is in', (name) => `features.${name}`],
  ])('%s', (_, rename) => {
    const expected = read(golden('torchvision.safetensors'));
    const { state, config, report } = read(renamed(rename));
    expect(config).toEqual(expected.config);
    expect(report.unknown).toEqual([]);
    expect(state).toEqual(expected.state);
  });

  it('numbered children of a Sequential', () => {
    const order = ['conv0', 'norm0', 'relu0', 'pool0', 'denseblock1', 'transition1', 'denseblock2', 'norm5'];
    const rename = (name: string) =>
      name
        .replace(/^features\.(\w+)/, (_, child) => `features.${order.indexOf(child)}`)
        .replace('classifier', 'linear');
    const { state, report } = read(renamed(rename));
    expect(state).toEqual(read(golden('torchvision.safetensors')).state);
    expect(report).toMatchObject({ scheme: 'sequential', classifier: 'linear.weight', unknown: [] });
  });

  it.each<[string, DenseNetConfig]>([
    ['DenseNet-121', { ...PRESETS.densenet121, blockLayers: [1, 2, 1, 1] }],
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

  it('names the preset, whatever its classes and input', () => {
    const config = { ...PRESETS['bc-100-12'], classes: 3, inputChannels: 1 };
    const network = buildNetwork(config);
    const bytes = writeCheckpoint(network, toStateDict(network, initialize(network, 1)));
    expect(read(bytes).report.model).toBe('bc-100-12');
  });

  it.each(['F64', 'BF16'] as const)('%s', (dtype) => {
    const widths = { F64: 8, BF16: 2 };
    const bytes = file((tensors) => {
      for (const [name, tensor] of tensors) {
        if (tensor.dtype !== 'F32') continue;
        const values = toFloat32(tensor).map((v) => Math.round(v * 4) / 4);
        const words = new Uint16Array(values.buffer);
        const raw =
          dtype === 'F64' ? Float64Array.from(values) : Uint16Array.from(values, (_, i) => words[2 * i + 1] ?? 0);
        tensors.set(name, { dtype, shape: tensor.shape, bytes: new Uint8Array(raw.buffer) });
        expect(raw.byteLength).toBe(values.length * widths[dtype]);
      }
      return tensors;
    });
    const { state, report } = read(bytes);
    const exact = read(golden('torchvision.safetensors')).state;
    for (const [name, { values }] of state) {
      const expected = exact.get(name)?.values.map((v) => Math.round(v * 4) / 4);
      expect(values).toEqual(expected);
    }
    expect(report.converted).toEqual([{ dtype, tensors: state.size }]);
  });

  it('our own checkpoints, with all that their metadata say', () => {
    const config = {
      ...PRESETS['bc-100-12'],
      blockLayers: [1, 1],
      classes: 2,
      inputChannels: 1,
      height: 20,
      width: 28,
    };
    const network = buildNetwork(config);
    const bytes = writeCheckpoint(network, toStateDict(network, initialize(network, 1)), {
      ...{ classNames: ['a', 'b'], normalisation: { mean: [0.25], std: [0.5] }, training: { images: 7 } },
      resizing: { resize: 32, interpolation: 'bicubic' },
    });
    const found = read(bytes);
    expect(found.config).toEqual(config);
    expect(found.classNames).toEqual(['a', 'b']);
    expect(found.preprocessing).toEqual({
      ...{ channels: 1, height: 20, width: 28, resize: 32, interpolation: 'bicubic', mean: [0.25], std: [0.5] },
    });
    expect(JSON.parse(found.metadata.training ?? '')).toEqual({ images: 7 });
    expect(found.report.sources).toMatchObject({
      inputSize: 'metadata',
      preprocessing: 'metadata',
      classNames: 'metadata',
    });
  });

  it("ignores somebody else's metadata `config`", () => {
    const { tensors } = readSafetensors(golden('torchvision.safetensors'), '');
    expect(read(writeSafetensors(tensors, { config: '{"lr":1}' })).config).toMatchObject(SHAPE);
    expect(read(writeSafetensors(tensors, { config: '{' })).config).toMatchObject(SHAPE);
  });
});

describe('what is chosen', () => {
  const bytes = golden('torchvision.safetensors');

  it('size, several labels, names', () => {
    const labels = { name: 'labels.txt', text: 'a\nb\nc\nd\ne\n' };
    const found = read(bytes, { size: { height: 100, width: 120 }, multiLabel: true, labels });
    expect(found.config).toMatchObject({ height: 100, width: 120 });
    expect(found.preprocessing).toMatchObject({ height: 100, width: 120, resize: 114 });
    expect([found.multiLabel, found.classNames]).toEqual([true, ['a', 'b', 'c', 'd', 'e']]);
    expect(found.report.sources).toMatchObject({ inputSize: 'chosen', classNames: 'labels', multiLabel: 'chosen' });
  });

  it('a fresh classifier for features that have none', () => {
    const headless = file((tensors) => {
      tensors.delete('classifier.weight');
      tensors.delete('classifier.bias');
      return tensors;
    });
    expect(refusal(headless).message).toMatch(/no classifier.*fresh one/);
    expect(refusal(headless).missing).toEqual(['classifier.weight']);
    const { config, report, state } = read(headless, { newClassifier: { classes: 3 } });
    expect(config.classes).toBe(3);
    expect(report.classifier).toBeNull();
    expect(state.get('classifier.weight')?.values.every((v) => v !== 0)).toBe(true);
  });

  it('a fresh classifier for a checkpoint of ours that lost its own; its class names are no longer right', () => {
    const config = { ...PRESETS['bc-100-12'], blockLayers: [1, 1], classes: 2 };
    const network = buildNetwork(config);
    const state = toStateDict(network, initialize(network, 1));
    const { tensors, metadata } = readSafetensors(writeCheckpoint(network, state, { classNames: ['a', 'b'] }), '');
    const headless = new Map([...tensors].filter(([name]) => !name.startsWith('classifier')));
    const found = read(writeSafetensors(headless, metadata), { newClassifier: { classes: 4 } });
    expect(found.config).toEqual({ ...config, classes: 4 });
    expect([found.classNames, found.report.classifier]).toEqual([undefined, null]);
  });

  it('no bias is a bias of zeros, and said', () => {
    const { state, report } = read(file((tensors) => void tensors.delete('classifier.bias')));
    expect(report.bias).toBe(false);
    expect(state.get('classifier.bias')?.values).toEqual(new Float32Array(5));
  });

  it('a classifier that is a 1x1 convolution', () => {
    const bytes = file((tensors) => {
      const weight = tensors.get('classifier.weight');
      if (weight) tensors.set('classifier.weight', { ...weight, shape: [...weight.shape, 1, 1] });
    });
    expect(read(bytes).state).toEqual(read(golden('torchvision.safetensors')).state);
  });
});

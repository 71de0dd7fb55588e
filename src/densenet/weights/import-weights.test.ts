// Weights as other programs save them, and what is chosen of them.
import { describe, expect, it } from 'vitest';
import { file, filled, golden, read, SHAPE, TIMM } from '../../../tests/fixtures/weights.ts';
import { readSafetensors, writeSafetensors } from '../../data/safetensors.ts';
import { toFloat32 } from '../../data/tensor.ts';
import { ConfigError, DataError, DenseNetError, StateError } from '../../runtime/errors.ts';
import { randomAt } from '../../runtime/random.ts';
import { initialize } from '../initialize.ts';
import { buildNetwork } from '../network.ts';
import { PRESETS } from '../presets.ts';
import { toStateDict } from '../state-dict.ts';
import { writeCheckpoint } from '../train/checkpoint.ts';
import { CHEST_X_RAY_LABELS } from './head.ts';
import { importSafetensors } from './import-weights.ts';
import { describeReport } from './report.ts';

describe('what other programs save', () => {
  it("torchvision's names", () => {
    const { config, report, preprocessing, classNames, multiLabel } = read(golden('torchvision.safetensors'));
    expect(config).toMatchObject({ ...SHAPE, classes: 5, inputChannels: 3, height: 224, width: 224, compression: 0.5 });
    expect(report).toMatchObject({ scheme: 'torchvision', prefix: '', unused: [], converted: [], bias: true });
    expect(preprocessing).toMatchObject({ resize: 256, height: 224, mean: [0.485, 0.456, 0.406] });
    expect(report.sources).toEqual({
      inputSize: 'torchvision',
      preprocessing: 'torchvision',
      classNames: 'none',
      multiLabel: 'assumed',
    });
    expect([classNames, multiLabel]).toEqual([undefined, false]);
  });

  it("torchvision's legacy names, without counters", () => {
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
      channels: 3,
      height: 32,
      width: 32,
      resize: 40,
      interpolation: 'bicubic',
      mean: [0.5, 0.4, 0.3],
      std: [0.2, 0.25, 0.3],
    });
    expect(classNames).toEqual(['label 0', 'label 1', 'label 2', 'label 3', 'label 4']);
    expect(report.sources).toMatchObject({ inputSize: 'config', preprocessing: 'config', classNames: 'config' });
  });

  it("torchxrayvision's: one channel, 18 findings, a buffer beside them", () => {
    const found = read(golden('chest-x-ray.safetensors'));
    const { config, preprocessing, classNames, multiLabel, report } = found;
    expect(config).toMatchObject({ ...SHAPE, inputChannels: 1, classes: 18 });
    expect(preprocessing).toEqual({
      channels: 1,
      height: 224,
      width: 224,
      fit: 'square',
      mean: [0.5],
      std: [1 / 2048],
    });
    // White is 1024, black -1024.
    const [mean = 0, std = 1] = [preprocessing.mean[0], preprocessing.std[0]];
    expect([(1 - mean) / std, (0 - mean) / std]).toEqual([1024, -1024]);
    expect(classNames).toEqual(CHEST_X_RAY_LABELS);
    expect(multiLabel).toBe(true);
    expect(report).toMatchObject({ thresholds: 'op_threshs', unused: [] });
    expect(found.thresholds).toEqual(Array(18).fill(Math.fround(0.1)));
  });

  it('any prefix, another head, f16, and a tensor that is not used', () => {
    const { config, report } = read(golden('prefixed.safetensors'), { ignore: ['module.net.temperature'] });
    expect(config).toMatchObject({ ...SHAPE, classes: 5 });
    expect(report).toMatchObject({
      scheme: 'torchvision-legacy',
      prefix: 'module.net.backbone.',
      unused: [],
      ignored: ['module.net.temperature'],
      classifier: 'module.net.head.fc.weight',
      converted: [{ dtype: 'F16', tensors: report.tensors }],
    });
    expect(describeReport(report).slice(0, 4)).toEqual([
      "w.safetensors: a DenseNet other than the presets, 5,545 parameters; torchvision's legacy names (norm.1), the prefix module.net.backbone.",
      'classifier: module.net.head.fc.weight',
      '66 tensors of type F16, converted to float32',
      'ignored in w.safetensors, as asked: module.net.temperature; if its network computes with them, results differ',
    ]);
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

  it('our own checkpoints, with all of their metadata', () => {
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
      classNames: ['a', 'b'],
      normalisation: { mean: [0.25], std: [0.5] },
      training: { images: 7 },
      resizing: { resize: 32, interpolation: 'bicubic' },
    });
    const found = read(bytes);
    expect(found.config).toEqual(config);
    expect(found.classNames).toEqual(['a', 'b']);
    expect(found.preprocessing).toEqual({
      channels: 1,
      height: 20,
      width: 28,
      resize: 32,
      interpolation: 'bicubic',
      mean: [0.25],
      std: [0.5],
    });
    expect(JSON.parse(found.metadata.training ?? '')).toEqual({ images: 7 });
    expect(found.report.sources).toMatchObject({
      inputSize: 'metadata',
      preprocessing: 'metadata',
      classNames: 'metadata',
    });
  });

  it("ignores another program's metadata `config`", () => {
    const { tensors } = readSafetensors(golden('torchvision.safetensors'), '');
    expect(read(writeSafetensors(tensors, { config: '{"lr":1}' })).config).toMatchObject(SHAPE);
    expect(read(writeSafetensors(tensors, { config: '{' })).config).toMatchObject(SHAPE);
  });
});

describe('what is chosen', () => {
  const bytes = golden('torchvision.safetensors');

  it('size, multi-label, class names', () => {
    const labels = { name: 'labels.txt', text: 'a\nb\nc\nd\ne\n' };
    const found = read(bytes, { size: { height: 100, width: 120 }, multiLabel: true, labels });
    expect(found.config).toMatchObject({ height: 100, width: 120 });
    expect(found.preprocessing).toMatchObject({ height: 100, width: 120, resize: 114 });
    expect([found.multiLabel, found.classNames]).toEqual([true, ['a', 'b', 'c', 'd', 'e']]);
    expect(found.report.sources).toMatchObject({ inputSize: 'chosen', classNames: 'labels', multiLabel: 'chosen' });
  });
});

describe('what is refused', () => {
  it.each<[string, object, RegExp]>([
    ['an unknown name', { multilabel: true }, /multilabel.*did you mean multiLabel\?/],
    ['a path instead of a sidecar file', { labels: 'labels.txt' }, /labels/],
    ['half a size', { size: { height: 32 } }, /width/],
    ['no number of classes', { newClassifier: { seed: 1 } }, /classes/],
    ['an epsilon of zero', { batchNormEpsilon: 0 }, /batchNormEpsilon: 0 /],
    ['a pattern that is not a list', { ignore: 'fc2' }, /ignore/],
  ])('options: %s', (_, options, message) => {
    const importing = () => importSafetensors(golden('timm.safetensors'), 'timm.safetensors', options);
    expect(importing).toThrow(ConfigError);
    expect(importing).toThrow(message);
  });

  it('values that are not finite, with their byte offset', () => {
    const bytes = file((tensors) => void tensors.set('classifier.bias', filled([5], Number.NaN)));
    expect(() => read(bytes)).toThrow(DataError);
    expect(() => read(bytes)).toThrow(/at byte \d\d+: classifier\.bias: holds values that are not finite/);
  });

  it('a damaged file is read or refused with a typed error, and nothing else happens', () => {
    const whole = golden('legacy.safetensors');
    let refused = 0;
    for (let round = 0; round < 300; round++) {
      const bytes = whole.slice();
      for (let flip = 0; flip <= round % 4; flip++) {
        bytes[randomAt(5, round, 2 * flip) % 6000] = randomAt(5, round, 2 * flip + 1) % 256;
      }
      try {
        read(round % 5 === 0 ? bytes.subarray(0, randomAt(6, round, 0) % bytes.length) : bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DenseNetError);
        expect(error).not.toBeInstanceOf(StateError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

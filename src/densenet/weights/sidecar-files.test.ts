import { describe, expect, it } from 'vitest';
import { DataError, DenseNetError } from '../../runtime/errors.ts';
import { randomAt } from '../../runtime/random.ts';
import { PRESETS } from '../presets.ts';
import { readClassNames } from './class-names.ts';
import { preprocessingOf } from './preprocessing.ts';
import { isModelConfig, readModelConfig } from './sidecar-files.ts';

const read = (json: unknown) => readModelConfig({ name: 'config.json', text: JSON.stringify(json) });

describe('config.json', () => {
  it('is told apart from class names', () => {
    expect(isModelConfig({ name: 'a', text: '{"architecture": "densenet121"}' })).toBe(true);
    expect(isModelConfig({ name: 'a', text: '{"0": "tench"}' })).toBe(false);
    expect(isModelConfig({ name: 'a', text: 'tench' })).toBe(false);
  });

  it("takes timm's older keys, beside the architecture", () => {
    expect(
      read({ architecture: 'densenet121', input_size: [3, 224, 224], crop_pct: 0.95, std: [1, 1, 1] }),
    ).toMatchObject({
      architecture: 'densenet121',
      channels: 3,
      size: { height: 224, width: 224 },
      cropFraction: 0.95,
      std: [1, 1, 1],
    });
  });

  it("takes Hugging Face's labels and problem", () => {
    const json = { architectures: ['D'], id2label: { 0: 'a', 1: 'b' }, problem_type: 'multi_label_classification' };
    expect(read(json)).toMatchObject({ architecture: 'D', classNames: ['a', 'b'], multiLabel: true, classes: 2 });
  });

  it.each([
    ['mean', { mean: 'grey' }],
    ['interpolation', { interpolation: 'spline' }],
    ['input_size', { input_size: [3, 224] }],
    ['crop_pct', { crop_pct: 0 }],
    ['crop_mode', { crop_mode: 'corner' }],
    ['num_classes', { pretrained_cfg: { num_classes: -1 } }],
  ])('names the key %s that is wrong', (key, json) => {
    expect(() => read(json)).toThrow(DataError);
    expect(() => read(json)).toThrow(`"${key}"`);
  });

  it('damaged text is read or refused with a typed error', () => {
    const text = '{"architecture":"d","pretrained_cfg":{"input_size":[3,9,9],"mean":[0.5],"label_names":["a"]}}';
    for (let round = 0; round < 300; round++) {
      const at = randomAt(1, round, 0) % text.length;
      const damaged = text.slice(0, at) + String.fromCharCode(randomAt(1, round, 1) % 128) + text.slice(at + 1);
      for (const use of [readModelConfig, readClassNames]) {
        try {
          use({ name: 'x', text: damaged });
        } catch (error) {
          expect(error).toBeInstanceOf(DenseNetError);
        }
      }
    }
  });
});

describe("Hugging Face's preprocessor_config.json", () => {
  const base = { image_mean: [0.5], image_std: [0.25], size: { height: 8, width: 8 } };
  const config = { ...PRESETS['bc-100-12'], inputChannels: 1, height: 8, width: 8 };
  const range = (json: object) => {
    const { mean, std } = preprocessingOf(config, { sidecar: read(json) }).preprocessing;
    return [...mean, ...std];
  };

  it('gives mean and standard deviation as its steps do', () => {
    expect(range(base)).toEqual([0.5, 0.25]);
    expect(range({ ...base, rescale_factor: 0.00392156862745098 })).toEqual([0.5, 0.25]);
    const [mean, std] = range({ ...base, rescale_factor: 1 / 127.5 });
    expect([mean, std]).toEqual([expect.closeTo(0.25, 12), expect.closeTo(0.125, 12)]);
    expect(range({ ...base, do_rescale: false })).toEqual([0.5 / 255, 0.25 / 255]);
    expect(range({ ...base, do_normalize: false })).toEqual([0, 1]);
    expect(range({ ...base, image_mean: 0.25, image_std: 0.5 })).toEqual([0.25, 0.5]);
  });

  it("takes a list of two sizes, ConvNeXt's from 384, and no more than is said", () => {
    expect(read({ ...base, size: [6, 4] }).size).toEqual({ height: 6, width: 4 });
    const large = read({ size: { shortest_edge: 384 }, image_processor_type: 'ConvNextImageProcessor' });
    expect(large).toMatchObject({ size: { height: 384, width: 384 }, resizing: { fit: 'squash', resize: 384 } });
    expect(read({ do_resize: false, do_center_crop: true, crop_size: 4, resample: 3 })).toMatchObject({
      mean: undefined,
    });
  });

  it.each<[string, object, RegExp]>([
    ['"size"', { ...base, size: { longest_edge: 8 } }, /must be pixels, \{ "height", "width" \} or/],
    ['"size"', { image_mean: [0.5] }, /is missing/],
    ['"size"', { ...base, size: { shortest_edge: 8 } }, /images of many sizes/],
    ['"do_resize"', { ...base, do_resize: false }, /without a centre crop/],
    ['"resample"', { ...base, resample: 7 }, /a number from 0 to 5/],
    ['"do_pad"', { ...base, do_pad: true }, /is not supported/],
    ['"rescale_factor"', { ...base, rescale_factor: 0 }, /above 0/],
    ['"image_mean"', { ...base, image_mean: 'grey' }, /a list of numbers/],
  ])('names the key %s that is wrong: %j', (key, json, words) => {
    expect(() => read(json)).toThrow(DataError);
    expect(() => read(json)).toThrow(key);
    expect(() => read(json)).toThrow(words);
  });
});

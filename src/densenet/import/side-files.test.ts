import { describe, expect, it } from 'vitest';
import { DataError, DenseNetError } from '../../runtime/errors.ts';
import { randomAt } from '../../runtime/random.ts';
import { isModelConfig, readClassNames, readModelConfig } from './side-files.ts';

const names = (text: string) => readClassNames({ name: 'labels', text });

describe('class names', () => {
  it.each<[string, string, string[]]>([
    ['one a line, with Windows line ends', '\uFEFFshoe\r\nbag 가방\r\n', ['shoe', 'bag 가방']],
    ['numbered lines', '0: shoe\n1: bag', ['shoe', 'bag']],
    ['lines that only begin with numbers', '0 cats\n7 dogs', ['0 cats', '7 dogs']],
    ['a list', '["shoe", "bag"]', ['shoe', 'bag']],
    ['by number', '{"1": "bag", "0": "shoe"}', ['shoe', 'bag']],
    ["Keras' index", '{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}', ['tench', 'goldfish']],
    ['turned around', '{"bag": 1, "shoe": 0}', ['shoe', 'bag']],
    ['one that has no name', '["", "bag"]', ['class 0', 'bag']],
  ])('%s', (_, text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it.each([
    ['nothing', '', /names no class/],
    ['a gap', '{"0": "a", "2": "b"}', /none is number 1/],
    ['a number', '[1, 2]', /class 0 is not named/],
    ['a terminal code', '["a", "\\u001b[2J"]', /class 1 is not named/],
    ['half of a JSON', '["a",', /not JSON/],
  ])('%s is refused', (_, text, words) => {
    expect(() => names(text)).toThrow(DataError);
    expect(() => names(text)).toThrow(words);
  });
});

describe('config.json', () => {
  const read = (json: unknown) => readModelConfig({ name: 'config.json', text: JSON.stringify(json) });

  it('is told from class names', () => {
    expect(isModelConfig({ name: 'a', text: '{"architecture": "densenet121"}' })).toBe(true);
    expect(isModelConfig({ name: 'a', text: '{"0": "tench"}' })).toBe(false);
    expect(isModelConfig({ name: 'a', text: 'tench' })).toBe(false);
  });

  it("takes timm's older keys, beside the architecture", () => {
    expect(
      read({ architecture: 'densenet121', input_size: [3, 224, 224], crop_pct: 0.95, std: [1, 1, 1] }),
    ).toMatchObject({
      ...{ architecture: 'densenet121', inputSize: [3, 224, 224], cropFraction: 0.95, std: [1, 1, 1] },
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
    ['crop_mode', { crop_mode: 'border' }],
    ['num_classes', { pretrained_cfg: { num_classes: -1 } }],
  ])('names the key %s that is wrong', (key, json) => {
    expect(() => read(json)).toThrow(DataError);
    expect(() => read(json)).toThrow(`"${key}"`);
  });

  it('damaged text is read or refused with a typed error', () => {
    const text = '{"architecture":"d","pretrained_cfg":{"input_size":[3,9,9],"mean":[0.5],"label_names":["a"]}}';
    for (let trial = 0; trial < 300; trial++) {
      const at = randomAt(1, trial, 0) % text.length;
      const damaged = text.slice(0, at) + String.fromCharCode(randomAt(1, trial, 1) % 128) + text.slice(at + 1);
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

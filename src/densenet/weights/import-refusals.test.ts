// Weights that are refused: what is said of them.
import { describe, expect, it } from 'vitest';
import { file, filled, golden, read, refusal, renamed, TIMM } from '../../../tests/import/weight-fixtures.ts';
import { ConfigError, DataError, DenseNetError, StateError } from '../../runtime/errors.ts';
import { randomAt } from '../../runtime/random.ts';
import type { ImportOptions } from './import-options.ts';
import { importWeights } from './import-weights.ts';

describe('what is refused', () => {
  it('names every tensor that is missing or has another shape, as the file would, and what is unknown', () => {
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

  const without = (pattern: RegExp) => file((tensors) => new Map([...tensors].filter(([name]) => !pattern.test(name))));
  it.each<[string, Uint8Array, RegExp, ImportOptions?]>([
    ['no DenseNet', renamed((name) => name.replace('dense', 'res')), /no DenseNet.*features\.conv0/],
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
    ['a whole block', without(/denseblock1/), /denseblock1|blockLayers/],
    ['a layer in the middle', without(/denseblock2\.denselayer2\./), /6|denselayer2/],
    ['norm5', without(/norm5/), /norm5/],
    [
      'a deep stem',
      file((t) => void t.set('features.conv1.weight', filled([8, 8, 3, 3]))),
      /deep stem.*densenetblur121d/,
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
      'two heads',
      file((t) => {
        const inputs = t.get('features.norm5.bias')?.shape[0] ?? 0;
        t.set('a.weight', filled([2, inputs])).set('b.weight', filled([2, inputs]));
        return new Map([...t].filter(([name]) => !name.startsWith('classifier')));
      }),
      /2 tensors could be the classifier: a\.weight, b\.weight/,
    ],
    [
      'a head of two layers',
      file((t) => {
        const weight = t.get('classifier.weight');
        if (weight) t.set('classifier.0.weight', weight).set('classifier.3.weight', filled([2, 5]));
        return new Map([...t].filter(([n]) => !/^classifier\.(weight|bias)/.test(n)));
      }),
      /more than one linear layer.*classifier\.3\.weight/,
    ],
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

  it.each<[string, object, RegExp]>([
    ['a name that is none', { multilabel: true }, /multilabel.*did you mean multiLabel\?/],
    ['a path for a side file', { labels: 'labels.txt' }, /labels/],
    ['half a size', { size: { height: 32 } }, /width/],
    ['no number of classes', { newClassifier: { seed: 1 } }, /classes/],
    ['an epsilon of zero', { batchNormEpsilon: 0 }, /batchNormEpsilon: 0 /],
    ['a pattern that is no list', { ignore: 'fc2' }, /ignore/],
  ])('options: %s', (_, options, message) => {
    const importing = () => importWeights(golden('timm.safetensors'), 'timm.safetensors', options);
    expect(importing).toThrow(ConfigError);
    expect(importing).toThrow(message);
  });

  it('values that are not finite, at their byte', () => {
    const bytes = file((tensors) => void tensors.set('classifier.bias', filled([5], Number.NaN)));
    expect(() => read(bytes)).toThrow(DataError);
    expect(() => read(bytes)).toThrow(/at byte \d\d+: classifier\.bias: holds values that are not finite/);
  });

  it('class names of another number', () => {
    expect(() => read(golden('timm.safetensors'), { labels: { name: 'l.txt', text: 'a\nb' } })).toThrow(
      'l.txt: at byte 0: names 2 classes ("a", "b"), and the network has 5',
    );
  });

  it('a damaged file is read or refused with a typed error, and nothing else happens', () => {
    const whole = golden('legacy.safetensors');
    let refused = 0;
    for (let kernelCheck = 0; kernelCheck < 300; kernelCheck++) {
      const bytes = whole.slice();
      for (let flip = 0; flip <= kernelCheck % 4; flip++) {
        bytes[randomAt(5, kernelCheck, 2 * flip) % 6000] = randomAt(5, kernelCheck, 2 * flip + 1) % 256;
      }
      try {
        read(kernelCheck % 5 === 0 ? bytes.subarray(0, randomAt(6, kernelCheck, 0) % bytes.length) : bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DenseNetError);
        expect(error).not.toBeInstanceOf(StateError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

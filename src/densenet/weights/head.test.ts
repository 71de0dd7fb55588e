// The classifier, class names and thresholds of files of weights.
import { describe, expect, it } from 'vitest';
import { file, filled, golden, read, refusal } from '../../../tests/fixtures/weights.ts';
import { readSafetensors, writeSafetensors } from '../../data/safetensors.ts';
import { float32Tensor } from '../../data/tensor.ts';
import { initialize } from '../initialize.ts';
import { buildNetwork } from '../network.ts';
import { PRESETS } from '../presets.ts';
import { toStateDict } from '../state-dict.ts';
import { writeCheckpoint } from '../train/checkpoint.ts';

describe('the classifier', () => {
  it('a new classifier for headless weights', () => {
    const headless = file((tensors) => {
      tensors.delete('classifier.weight');
      tensors.delete('classifier.bias');
      return tensors;
    });
    expect(refusal(headless).message).toMatch(/no classifier.*new one/);
    expect(refusal(headless).missing).toEqual(['classifier.weight']);
    const { config, report, state } = read(headless, { newClassifier: { classes: 3 } });
    expect(config.classes).toBe(3);
    expect(report.classifier).toBeNull();
    expect(state.get('classifier.weight')?.values.every((v) => v !== 0)).toBe(true);
  });

  it('a new classifier for a headless checkpoint of our own, whose class names no longer count', () => {
    const config = { ...PRESETS['bc-100-12'], blockLayers: [1, 1], classes: 2 };
    const network = buildNetwork(config);
    const state = toStateDict(network, initialize(network, 1));
    const { tensors, metadata } = readSafetensors(writeCheckpoint(network, state, { classNames: ['a', 'b'] }), '');
    const headless = new Map([...tensors].filter(([name]) => !name.startsWith('classifier')));
    const found = read(writeSafetensors(headless, metadata), { newClassifier: { classes: 4 } });
    expect(found.config).toEqual({ ...config, classes: 4 });
    expect([found.classNames, found.report.classifier]).toEqual([undefined, null]);
  });

  it('no bias is a bias of zeros, which is reported', () => {
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

  it.each([
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
  ])('%s are refused', (_, bytes, message) => {
    expect(refusal(bytes).message).toMatch(message);
  });
});

it('another number of thresholds does not count, and invalid ones are 0.5', () => {
  const thresholds = (...values: number[]) =>
    read(file((t) => void t.set('model.op_threshs', float32Tensor([values.length], Float32Array.from(values)))));
  expect(thresholds(0.5, 0.5).report.unused).toEqual(['model.op_threshs']);
  expect(thresholds(0.25, Number.NaN, -1, 1, 0.75).thresholds).toEqual([0.25, 0.5, 0.5, 0.5, 0.75]);
});

it('refuses another number of class names', () => {
  expect(() => read(golden('timm.safetensors'), { labels: { name: 'l.txt', text: 'a\nb' } })).toThrow(
    'l.txt: at byte 0: names 2 classes ("a", "b"), but the network has 5',
  );
});

import { describe, expect, it } from 'vitest';
import type { DenseNetConfig } from '../config.ts';
import { initialize } from '../initialize.ts';
import { buildNetwork } from '../network.ts';
import { toArenas, toStateDict } from '../state-dict.ts';
import { fineTunedConfig, startingState } from './fine-tune.ts';

const config: DenseNetConfig = {
  stem: 'cifar',
  growthRate: 4,
  blockLayers: [1, 1],
  initialChannels: 8,
  bottleneckWidth: 2,
  compression: 0.5,
  dropout: 0.3,
  classes: 2,
  inputChannels: 1,
  height: 12,
  width: 12,
};
const network = buildNetwork(config);
const state = toStateDict(network, initialize(network, 1));
const checkpoint = { config, state, classNames: ['cat', 'dog'] };
const images = { channels: 1, height: 28, width: 20 };

describe('where a fine-tuning starts', () => {
  it('takes size and classes from the images', () => {
    const autotuned = fineTunedConfig(checkpoint, { ...images, classNames: ['a', 'b', 'c'] });
    expect(autotuned).toEqual({ ...config, dropout: 0, classes: 3, height: 28, width: 20 });
  });

  it('refuses images of other channels', () => {
    const colour = { ...images, channels: 3, classNames: ['cat'] };
    expect(() => fineTunedConfig(checkpoint, colour)).toThrow(/channels: 3 of the images; .* takes 1/);
  });

  it.each([
    [['cat', 'dog'], 'keep'],
    [['dog', 'cat'], 'reset'],
    [['cat', 'dog', 'cow'], 'reset'],
  ])('classes %j: the classifier is %s', (names, expected) => {
    const own = buildNetwork({ ...config, classes: names.length });
    const start = startingState(own, checkpoint, names, 7);
    expect(start.classifier).toBe(expected);
    expect(() => toArenas(own, start.state)).not.toThrow();
    const weight = (of: typeof start.state) => of.get('classifier.weight')?.values;
    if (expected === 'keep') expect(start.state).toBe(state);
    else {
      expect(weight(start.state)).toEqual(weight(toStateDict(own, initialize(own, 7))));
      expect(start.state.get('features.conv0.weight')).toBe(state.get('features.conv0.weight'));
    }
  });

  it('keeps the classifier of a checkpoint that names no classes, for as many', () => {
    const { classNames: _, ...unnamed } = checkpoint;
    expect(startingState(network, unnamed, ['x', 'y'], 7).classifier).toBe('keep');
  });

  it('does as it is told, whatever the classes are called', () => {
    expect(startingState(network, checkpoint, ['x', 'y'], 7, 'keep').state).toBe(state);
    expect(startingState(network, checkpoint, ['cat', 'dog'], 7, 'reset').classifier).toBe('reset');
    const three = buildNetwork({ ...config, classes: 3 });
    expect(() => startingState(three, checkpoint, ['a', 'b', 'c'], 7, 'keep')).toThrow(/2 classes, the images 3/);
  });
});

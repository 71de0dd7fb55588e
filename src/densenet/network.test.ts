import { describe, expect, test } from 'vitest';
import { ConfigError } from '../runtime/errors.ts';
import { checkTrainingBatch } from './config.ts';
import { buildNetwork, macs } from './network.ts';
import { PRESETS, preset } from './presets.ts';

// Published counts: torchvision's, timm's and the paper's own (tables 1 and 2), GMAC at the stated input.
const COUNTS = {
  densenet121: [7_978_856, 2.83],
  densenet121d: [7_998_088, 3.07],
  densenet161: [28_681_000, 7.73],
  densenet169: [14_149_480, 3.36],
  densenet201: [20_013_928, 4.29],
  densenet264: [33_337_704, 5.75],
  'plain-40-12': [1_019_722, 0.265],
  'plain-100-12': [6_979_642, 1.77],
  'plain-100-24': [27_249_082, 6.89],
  'bc-100-12': [769_162, 0.29],
  'bc-250-24': [15_324_406, 5.42],
  'bc-190-40': [25_624_430, 9.3],
  'bc-40-36': [1_542_682, undefined],
  'bc-40-48': [2_733_130, undefined],
  'bc-40-60': [4_261_690, undefined],
} as const;

describe('presets', () => {
  for (const [name, [parameters, gmac]] of Object.entries(COUNTS)) {
    test(`${name} has ${parameters} parameters`, () => {
      const network = buildNetwork(preset(name));
      expect(network.parameterCount).toBe(parameters);
      if (gmac) expect(macs(network) / 1e9).toBeCloseTo(gmac, 2);
    });
  }

  test('names are forgiving, and unknown ones say what there is', () => {
    expect(preset('BC-100-12')).toBe(PRESETS['bc-100-12']);
    expect(preset('40-12')).toBe(PRESETS['plain-40-12']);
    expect(preset('DenseNet-121')).toBe(PRESETS.densenet121);
    expect(preset('121')).toBe(PRESETS.densenet121);
    expect(() => preset('resnet50')).toThrow(/densenet121/);
    expect(() => preset('__proto__')).toThrow(ConfigError);
  });
});

describe('names and places', () => {
  const network = buildNetwork(PRESETS.densenet121);

  test("are torchvision's, in its order", () => {
    const names = network.parameters.map((p) => p.name);
    expect(names.slice(0, 5)).toEqual([
      'features.conv0.weight',
      'features.norm0.weight',
      'features.norm0.bias',
      'features.denseblock1.denselayer1.norm1.weight',
      'features.denseblock1.denselayer1.norm1.bias',
    ]);
    expect(names.slice(-4)).toEqual([
      'features.norm5.weight',
      'features.norm5.bias',
      'classifier.weight',
      'classifier.bias',
    ]);
    expect(network.parameters.length).toBe(364);
    expect(network.norms.length).toBe(121);
  });

  test('no two parameters overlap, and each can be bound alone', () => {
    let end = 0;
    for (const p of network.parameters) {
      expect(p.offset % 64).toBe(0);
      expect(p.offset).toBeGreaterThanOrEqual(end);
      end = p.offset + p.count;
    }
    expect(network.arena.parameters).toBeGreaterThanOrEqual(end);
  });
});

describe('invalid configurations', () => {
  const base = { ...PRESETS['bc-100-12'], blockLayers: [2, 2, 2] };
  const bad: [string, object, string][] = [
    ['growth rate 0', { growthRate: 0 }, 'growthRate'],
    ['growth rate NaN', { growthRate: Number.NaN }, 'growthRate'],
    ['no blocks', { blockLayers: [] }, 'blockLayers'],
    ['an empty block', { blockLayers: [2, 0, 2] }, 'blockLayers[1]'],
    ['half a layer', { blockLayers: [2, 1.5] }, 'blockLayers[1]'],
    ['compression 0', { compression: 0 }, 'compression'],
    ['compression that keeps nothing', { compression: 1e-6 }, 'compression'],
    ['compression over 1', { compression: 1.5 }, 'compression'],
    ['dropout 1', { dropout: 1 }, 'dropout'],
    ['a map that vanishes', { height: 3 }, 'height'],
    ['a narrow map that vanishes', { width: 2 }, 'width'],
    ['no classes', { classes: 0 }, 'classes'],
    ['a stem there is not', { stem: 'vgg' }, 'stem'],
    ['a string for a number', { classes: '10' }, 'classes'],
    ['channels without end', { growthRate: 4096, blockLayers: [1024] }, 'growthRate'],
  ];
  for (const [name, change, field] of bad) {
    test(name, () => {
      expect.assertions(2);
      try {
        buildNetwork({ ...base, ...change } as typeof base);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect((error as ConfigError).field).toBe(field);
      }
    });
  }

  test('batch statistics over one value', () => {
    const tiny = { ...base, height: 4, width: 4 };
    expect(() => checkTrainingBatch(tiny, 1)).toThrow(/one value per channel/);
    expect(() => checkTrainingBatch(tiny, 2)).not.toThrow();
  });
});

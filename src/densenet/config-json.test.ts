import { describe, expect, test } from 'vitest';
import { ConfigError } from '../runtime/errors.ts';
import { batchNormEpsilon } from './config.ts';
import { configToJson, parseConfigJson, parseGoldenConfig } from './config-json.ts';
import { PRESETS } from './presets.ts';

const thrown = (run: () => unknown): ConfigError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('golden configurations', () => {
  test('an empty one has the defaults of the script', () => {
    expect(parseGoldenConfig({})).toEqual({
      config: {
        stem: 'cifar',
        growthRate: 12,
        blockLayers: [2, 2, 2],
        initialChannels: 24,
        bottleneckWidth: 4,
        compression: 0.5,
        dropout: 0,
        classes: 10,
        inputChannels: 3,
        height: 32,
        width: 32,
      },
      training: {
        batch: 4,
        loss: 'cross-entropy',
        lossOptions: { classWeights: 'none' },
        labelSmoothing: 0,
        groups: { decayNorms: true, headLearningRate: 1, layerDecay: 1, freeze: [] },
        precision: 'f32',
        optimizer: { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 1e-4 },
        learningRate: 0.1,
        clip: 0,
        steps: 3,
        seed: 0,
      },
    });
  });

  test('what is given counts, and null or 0 of `init` and `width` is the default', () => {
    const { config, training } = parseGoldenConfig({
      stem: 'imagenet',
      growth: 3,
      blocks: [1, 4],
      init: null,
      width: 0,
      size: 37,
      bottleneck: 0,
      channels: 1,
      loss: 'bce',
      optimizer: 'adamw',
      betas: [0.8, 0.9],
      eps: 1e-6,
      weight_decay: 0.1,
      lr: 0.01,
      clip: 2.5,
    });
    expect(config).toMatchObject({ initialChannels: 6, height: 37, width: 37, bottleneckWidth: 0, inputChannels: 1 });
    expect(training).toMatchObject({
      loss: 'binary-cross-entropy',
      optimizer: { kind: 'adamw', betas: [0.8, 0.9], epsilon: 1e-6, weightDecay: 0.1 },
      learningRate: 0.01,
      clip: 2.5,
    });
  });

  test.each([
    ['a list', [], 'config'],
    ['null', null, 'config'],
    ['a string', 'growth', 'config'],
    ['an unknown key', { grow: 12 }, 'grow'],
    ['a prototype', JSON.parse('{"__proto__": {"growth": 3}}'), '__proto__'],
    ['a key of every object', { constructor: 1 }, 'constructor'],
    ['growth 0', { growth: 0 }, 'growth'],
    ['a fraction of a channel', { growth: 1.5 }, 'growth'],
    ['a number in a string', { growth: '12' }, 'growth'],
    ['a list for a number', { growth: [12] }, 'growth'],
    ['a number past all others', { growth: 1e300 }, 'growth'],
    ['null for a number', { lr: null }, 'lr'],
    ['null for a list', { blocks: null }, 'blocks'],
    ['infinity', JSON.parse('{"lr": 1e999}'), 'lr'],
    ['an object for a list', { blocks: { 0: 1, length: 1 } }, 'blocks'],
    ['no block', { blocks: [] }, 'blocks'],
    ['a block of nothing', { blocks: [2, 0] }, 'blocks[1]'],
    ['a list in a list', { blocks: [[2], 2] }, 'blocks[0]'],
    ['too many blocks', { blocks: Array(1000).fill(1) }, 'blocks'],
    ['an unknown stem', { stem: 'vgg' }, 'stem'],
    ['an inherited stem', { stem: 'toString' }, 'stem'],
    ['a compression of nothing', { compression: 0 }, 'compression'],
    ['a compression that keeps no channel', { compression: 0.001 }, 'compression'],
    ['a map that shrinks to nothing', { size: 3, width: 32 }, 'size'],
    ['a width that shrinks to nothing', { width: 3 }, 'width'],
    ['channels past all memory', { growth: 4096, blocks: [1000] }, 'growth'],
    ['a true for a number', { batch: true }, 'batch'],
    ['no image', { batch: 0 }, 'batch'],
    ['a negative seed', { seed: -1 }, 'seed'],
    ['a loss of another kind', { loss: 'mse' }, 'loss'],
    ['smoothing over 1', { label_smoothing: 1.5 }, 'label_smoothing'],
    ['an optimizer of another kind', { optimizer: 'adam' }, 'optimizer'],
    ['three betas', { optimizer: 'adamw', betas: [0.9, 0.9, 0.9] }, 'betas'],
    ['a beta of 1', { optimizer: 'adamw', betas: [0.9, 1] }, 'betas[1]'],
    ['betas of the wrong kind where SGD ignores them', { betas: 'high' }, 'betas'],
    ['a negative decay', { weight_decay: -1 }, 'weight_decay'],
    ['Nesterov without momentum', { momentum: 0 }, 'nesterov'],
    ['nesterov as a number', { nesterov: 1 }, 'nesterov'],
    ['a negative clip', { clip: -1 }, 'clip'],
  ])('%s is an error that names the key', (_, json, field) => {
    const error = thrown(() => parseGoldenConfig(json));
    expect(error.field).toBe(field);
    expect(error.message.startsWith(`${field}: `)).toBe(true);
  });

  test('errors stay short, whatever was given', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`);
    for (const value of [deep, { deep }, { ['x'.repeat(1e6)]: 1 }, 'x'.repeat(1e6), Array(1e5).fill(1)]) {
      expect(thrown(() => parseGoldenConfig({ growth: value })).message.length).toBeLessThan(200);
      expect(thrown(() => parseGoldenConfig(value)).message.length).toBeLessThan(300);
    }
  });
});

describe("a checkpoint's configuration", () => {
  test.each(Object.entries(PRESETS))('%s is read as it was written', (_, config) => {
    expect(parseConfigJson(JSON.parse(JSON.stringify(configToJson(config))))).toEqual(config);
  });

  test("a batch norm's epsilon is said where it is not PyTorch's, and kept as it was written", () => {
    const json = { ...configToJson(PRESETS['bc-100-12']), batchNormEpsilon: 1.001e-5 };
    const config = parseConfigJson(JSON.parse(JSON.stringify(json)));
    expect([config.batchNormEpsilon, batchNormEpsilon(config)]).toEqual([1.001e-5, 1.001e-5]);
    expect(parseConfigJson(JSON.parse(JSON.stringify(configToJson(config))))).toEqual(config);
    const usual = parseConfigJson({ ...json, batchNormEpsilon: 1e-5 });
    expect(usual).toEqual(PRESETS['bc-100-12']);
    expect([Object.keys(usual).includes('batchNormEpsilon'), batchNormEpsilon(usual)]).toEqual([false, 1e-5]);
    expect(parseGoldenConfig({ bn_eps: 0.01 }).config.batchNormEpsilon).toBe(0.01);
    expect(thrown(() => parseGoldenConfig({ bn_eps: 0 })).field).toBe('bn_eps');
  });

  test.each([
    ['an epsilon of 0', { batchNormEpsilon: 0 }, 'batchNormEpsilon'],
    ['an invalid epsilon of a norm', { batchNormEpsilon: 2 }, 'batchNormEpsilon'],
    ['a missing field', { classes: undefined }, 'classes'],
    ['an unknown field', { growth: 12 }, 'growth'],
    ['another kind', { height: '32' }, 'height'],
    ['an invalid value', { dropout: 1 }, 'dropout'],
  ])('%s is an error', (_, change, field) => {
    const json = JSON.parse(JSON.stringify({ ...configToJson(PRESETS['bc-100-12']), ...change }));
    expect(thrown(() => parseConfigJson(json)).field).toBe(field);
  });
});

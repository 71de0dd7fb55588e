// Which parameters decay, how fast each part learns, and what patterns freeze.
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../runtime/errors.ts';
import { buildNetwork } from '../network.ts';
import { trainableRange } from '../plan/scope.ts';
import { PRESETS } from '../presets.ts';
import { frozenParameters, groupTable, multipliersOf, NO_GROUPS, type ParameterGroups } from './parameter-groups.ts';

const network = buildNetwork({ ...PRESETS.densenet121, blockLayers: [2, 1, 1], growthRate: 4, initialChannels: 6 });
const part = trainableRange(network);
const of = (changes: Partial<ParameterGroups>) => {
  const multipliers = multipliersOf(network, part, { ...NO_GROUPS, ...changes });
  return new Map(part.parameters.map(({ name }, i) => [name, multipliers[i]]));
};

describe('multipliers', () => {
  test('alike, there is no table', () => {
    expect(groupTable(network, part)).toBeUndefined();
    expect(groupTable(network, part, NO_GROUPS)).toBeUndefined();
  });

  test("timm's convention: what has one dimension does not decay", () => {
    const found = of({ decayNorms: false });
    for (const { name, shape } of part.parameters) expect(found.get(name)?.decay, name).toBe(shape.length > 1 ? 1 : 0);
  });

  test('layer decay goes from the classifier down, block by block', () => {
    const found = of({ layerDecay: 0.5, headLearningRate: 3 });
    expect(found.get('classifier.weight')?.rate).toBe(3);
    expect(found.get('features.norm5.bias')?.rate).toBe(1);
    expect(found.get('features.denseblock3.denselayer1.conv1.weight')?.rate).toBe(0.5);
    expect(found.get('features.transition2.conv.weight')?.rate).toBe(0.25);
    expect(found.get('features.denseblock1.denselayer2.norm2.weight')?.rate).toBe(0.125);
    expect(found.get('features.conv0.weight')?.rate).toBe(0.0625);
    expect(found.get('features.norm0.weight')?.rate).toBe(0.0625);
  });

  test('patterns freeze whole names', () => {
    expect([...frozenParameters(network, ['features.conv?.weight'])].map(({ name }) => name)).toEqual([
      'features.conv0.weight',
    ]);
    const names = [...frozenParameters(network, ['*norm*', 'classifier.bias'])].map(({ name }) => name);
    expect(names).toContain('features.denseblock1.denselayer1.norm2.weight');
    expect(names).not.toContain('features.conv0.weight');
    expect(of({ freeze: ['features.transition1.*'] }).get('features.transition1.conv.weight')?.rate).toBe(0);
  });

  test('the table has a pair per 64 floats of the trained range', () => {
    const tail = trainableRange(network, 'last-block');
    const table = groupTable(network, tail, { ...NO_GROUPS, headLearningRate: 2, freeze: ['features.norm5.*'] });
    expect(table).toHaveLength((2 * tail.floats) / 64);
    for (const { name, offset, count } of tail.parameters) {
      const rate = name.startsWith('classifier.') ? 2 : name.startsWith('features.norm5') ? 0 : 1;
      for (let i = 0; i < count; i += 63)
        expect(table?.[2 * Math.floor((offset - tail.first + i) / 64)], name).toBe(rate);
    }
  });

  test.each([
    [['features.denseblok1.*'], /^freeze: "features.denseblok1.\*" is the name of no parameter/],
    [['*'], /^freeze: .*leave nothing to train/],
  ])('%j is refused', (freeze, message) => {
    expect(() => of({ freeze })).toThrow(ConfigError);
    expect(() => of({ freeze })).toThrow(message);
  });
});

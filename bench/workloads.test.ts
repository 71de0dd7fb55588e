import { describe, expect, it } from 'vitest';
import { ConfigError } from '../src/runtime/errors.ts';
import { combinations, parseWorkloads, SHORT_SET, STANDARD_SET, workloadName, workloadWords } from './workloads.ts';

const plain = { recompute: false, precision: 'f32' } as const;

describe('workloads as text', () => {
  it('reads several, with what is left out filled in', () => {
    expect(parseWorkloads('densenet121, bc-100-12:training:16,40-12:inference')).toEqual([
      { model: 'densenet121', mode: 'inference', batch: 1, ...plain },
      { model: 'bc-100-12', mode: 'training', batch: 16, ...plain },
      { model: 'plain-40-12', mode: 'inference', batch: 1, ...plain },
    ]);
    expect(parseWorkloads('')).toEqual([]);
  });

  it.each([
    'bc-100-12:training:16',
    'bc-100-12:training:largest:recompute',
    'densenet121:training:8:recompute:f16-storage',
    'densenet121:inference:8:f16-storage',
  ])('writes what it reads: %s', (text) => {
    expect(parseWorkloads(text).map(workloadName)).toEqual([text]);
  });

  it.each([
    'densenet999',
    'densenet121:both',
    'densenet121:training:0',
    'densenet121:training:1e2',
    'densenet121:training:',
    'densenet121:training:1:f8',
    'densenet121:training:1:f32:recompute',
    'densenet121:inference:1:recompute',
    'a:b:c:d',
  ])('refuses %s', (text) => {
    expect(() => parseWorkloads(text)).toThrow(ConfigError);
  });

  it('says one in words', () => {
    const [workload] = parseWorkloads('densenet121:training:largest:recompute:f16-storage');
    expect(workload && workloadWords(workload)).toBe('training, largest batch, recompute, f16-storage');
  });
});

describe('sets', () => {
  it('hold each workload once, and each is one that can be asked for', () => {
    for (const set of [SHORT_SET, STANDARD_SET]) {
      const names = set.map(workloadName);
      expect(new Set(names).size).toBe(names.length);
      expect(parseWorkloads(names.join(','))).toEqual(set);
    }
    // Four networks at four batches three ways; three at two batches, of which the plain one never recomputes.
    expect(STANDARD_SET.length).toBe(4 * 4 * 3 + 2 * 2 * 3 + 2 * 2);
  });

  it('recompute only where there is something to compute again', () => {
    const all = combinations({
      models: ['plain-40-12', 'bc-100-12'],
      batches: [1],
      modes: ['inference', 'training'],
      recompute: [true],
      precisions: ['f32'],
    });
    expect(all.map(workloadName)).toEqual(['bc-100-12:training:1:recompute']);
  });
});

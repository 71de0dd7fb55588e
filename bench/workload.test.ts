import { describe, expect, it } from 'vitest';
import { ConfigError } from '../src/runtime/errors.ts';
import { parseWorkloads, workloadName } from './workload.ts';

describe('workloads in an address', () => {
  it('reads several, with what is left out filled in', () => {
    expect(parseWorkloads('densenet121, bc-100-12:training:16,40-12:inference')).toEqual([
      { model: 'densenet121', mode: 'inference', batch: 1 },
      { model: 'bc-100-12', mode: 'training', batch: 16 },
      { model: 'plain-40-12', mode: 'inference', batch: 1 },
    ]);
    expect(parseWorkloads('')).toEqual([]);
  });

  it('writes what it reads', () => {
    const text = 'bc-100-12:training:16';
    expect(parseWorkloads(text).map(workloadName)).toEqual([text]);
  });

  it.each(['densenet999', 'densenet121:both', 'densenet121:training:0', 'densenet121:training:x', 'a:b:c:d'])(
    'refuses %s',
    (text) => {
      expect(() => parseWorkloads(text)).toThrow(ConfigError);
    },
  );
});

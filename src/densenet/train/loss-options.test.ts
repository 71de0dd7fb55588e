// Options of losses: whose they are, what weights may be, and what 'balanced' comes to.
import { describe, expect, test } from 'vitest';
import { classNumbers, withBalanced } from './loss-options.ts';
import { type LossKind, lossOptionsWith } from './losses.ts';

describe('options of a loss', () => {
  test('have defaults', () => {
    expect(lossOptionsWith('cross-entropy')).toEqual({ classWeights: 'none' });
    expect(lossOptionsWith('sigmoid-focal', { focalAlpha: -1 })).toEqual({ focalGamma: 2, focalAlpha: -1 });
  });

  test.each<[LossKind, unknown, RegExp]>([
    [
      'binary-cross-entropy',
      { classWeights: [1, 2] },
      /^classWeights: .* is for loss cross-entropy or focal, not binary/,
    ],
    ['cross-entropy', { focalGamma: 1 }, /^focalGamma: 1 is for loss focal or sigmoid-focal, not cross-entropy/],
    ['focal', { focalGamma: -1 }, /^focalGamma: -1 must lie in \[0, 100\]/],
    ['cross-entropy', { classWeights: 'even' }, /^classWeights: "even" must be 'none' or 'balanced'/],
    ['cross-entropy', { classWeights: [1, -1] }, /^classWeights\[1\]: -1 must be 0 or more/],
    ['cross-entropy', { clasWeights: [1] }, /did you mean classWeights/],
  ])('%s refuses %j', (kind, given, message) => {
    expect(() => lossOptionsWith(kind, given)).toThrow(message);
  });
});

describe('weights', () => {
  test('are one number per class; of present labels also one for all', () => {
    expect(classNumbers({}, 3)).toBeUndefined();
    expect(classNumbers({ classWeights: [1, 0, 2.5] }, 3)).toEqual(Float32Array.of(1, 0, 2.5));
    expect(classNumbers({ posWeight: [2] }, 3)).toEqual(Float32Array.of(2, 2, 2));
    expect(() => classNumbers({ classWeights: [2] }, 3)).toThrow(/^classWeights: "1 number" must be one per class, 3/);
    expect(() => classNumbers({ classWeights: [0, 1e-60] }, 2)).toThrow(/must not all be 0/);
    expect(() => classNumbers({ posWeight: [1e39, 1] }, 2)).toThrow(/more than float32 holds/);
    expect(() => classNumbers({ classWeights: 'balanced' }, 3)).toThrow(/withBalanced/);
  });

  test("balanced: scikit-learn's rule by class, absent over present by label", () => {
    const labels = Int32Array.of(0, 0, 0, 1, -1, 2, 2, 0);
    expect(withBalanced({ classWeights: 'balanced' }, labels, ['a', 'b', 'c'])).toEqual({
      classWeights: [7 / 12, 7 / 3, 7 / 6],
    });
    const shares = Float32Array.of(1, 0, 0, 1, Number.NaN, 1, 0, 0);
    expect(withBalanced({ posWeight: 'balanced' }, shares, ['a', 'b'])).toEqual({ posWeight: [2, 1] });
    expect(withBalanced({ focalGamma: 3 }, labels, ['a'])).toEqual({ focalGamma: 3 });
  });

  test('balanced needs every class', () => {
    const balance = () => withBalanced({ classWeights: 'balanced' }, Int32Array.of(0, 1), ['cat', 'dog', 'owl']);
    expect(balance).toThrow(/^classWeights: "balanced" cannot be: owl has no training image/);
    const never = () => withBalanced({ posWeight: 'balanced' }, Float32Array.of(1, 0, 0, 0), ['x', 'y']);
    expect(never).toThrow(/^posWeight: .*y is never present/);
  });
});

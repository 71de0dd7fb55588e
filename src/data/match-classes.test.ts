import { expect, it } from 'vitest';
import { ConfigError } from '../runtime/errors.ts';
import { matchClasses, oneHotLabels, relabel } from './match-classes.ts';

const NETWORK = ['bird', 'cat', 'dog'];

it('classes of the same name are the same, in whatever order and number', () => {
  expect(matchClasses(['dog', 'bird'], NETWORK, 3)).toEqual([2, 0]);
  expect(Array.from(relabel(Int32Array.of(0, 1, 0), [2, 0], 3))).toEqual([2, 0, 2]);
});

it('without names, classes are matched by number', () => {
  expect(matchClasses(['dog', 'bird'], undefined, 3)).toEqual([0, 1]);
  expect(matchClasses(['0', '1'], NETWORK, 3)).toEqual([0, 1]);
  expect(() => matchClasses(['0', '1', '2', '3'], NETWORK, 3)).toThrow(ConfigError);
});

it('a class that the network does not have is an error that names it', () => {
  expect(() => matchClasses(['cat', 'horse'], NETWORK, 3)).toThrow(
    /\["horse"\] of the data set are none .*\(bird, cat, dog\)/,
  );
});

it('labels that only the network has are missing', () => {
  expect(Array.from(relabel(Float32Array.of(1, 0, Number.NaN, 1), [2, 0], 3))).toEqual([
    ...[0, Number.NaN, 1],
    ...[1, Number.NaN, Number.NaN],
  ]);
});

it('a class number as several labels', () => {
  expect(Array.from(oneHotLabels(Int32Array.of(1, 0), 2))).toEqual([0, 1, 1, 0]);
});

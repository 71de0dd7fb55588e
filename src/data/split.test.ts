import { describe, expect, test } from 'vitest';
import { createRandom } from '../runtime/random.ts';
import { findDuplicates, findLeaks, partOf, stratifiedSplit } from './split.ts';

const random = createRandom(20);
const below = (count: number) => random.uint32() % count;

describe('one class per image', () => {
  test.each([
    [0.2, [100, 50, 7, 1]],
    [0.1, [3, 3, 3, 3, 3, 3, 3, 3]],
    [0.5, [4, 1]],
    [0.9, [10, 10]],
  ])('each class gives its share, to one image: %f of %j', (share, counts) => {
    const labels = Int32Array.from(counts.flatMap((count, label) => Array.from({ length: count }, () => label)));
    const { train, validation } = stratifiedSplit({ labels, classes: counts.length, share, seed: 3 });
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual([...labels.keys()]);
    expect(validation.length).toBe(Math.round(labels.length * share));
    for (const [label, count] of counts.entries()) {
      const held = validation.filter((index) => labels[index] === label).length;
      expect(Math.abs(held - count * share), `class ${label}`).toBeLessThanOrEqual(1);
      // A class keeps an image to train on.
      expect(held).toBeLessThan(count);
    }
  });

  test('the seed decides, and nothing else', () => {
    const labels = Int32Array.from({ length: 200 }, (_, i) => i % 4);
    const split = (seed: number) => [...stratifiedSplit({ labels, classes: 4, share: 0.25, seed }).validation];
    expect(split(1)).toEqual(split(1));
    expect(split(1)).not.toEqual(split(2));
    // Pinned: a run that is resumed must see the very split again.
    expect(split(0).slice(0, 12)).toEqual([3, 4, 11, 12, 14, 20, 21, 22, 25, 27, 29, 31]);
  });

  test('every image is as likely to be for validation', () => {
    const counts = new Array<number>(20).fill(0);
    for (let seed = 0; seed < 400; seed++) {
      for (const index of stratifiedSplit({ labels: new Int32Array(20), classes: 1, share: 0.25, seed }).validation)
        counts[index] = (counts[index] ?? 0) + 1;
    }
    // Binomial, 400 draws of 1/4: mean 100, deviation 8.7; five of them.
    for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(5 * 8.7);
  });

  test('a share that leaves a side empty is an error, and so is one that is none', () => {
    const labels = Int32Array.of(0, 1, 2);
    expect(() => stratifiedSplit({ labels, classes: 3, share: 0.2, seed: 0 })).toThrow(
      /valSplit: 0.2 leaves no image for validation/,
    );
    for (const share of [0, 1, -1, Number.NaN])
      expect(() => stratifiedSplit({ labels, classes: 3, share, seed: 0 })).toThrow(/must lie in/);
  });
});

test('groups stay on one side, and each class has nearly its share', () => {
  for (let seed = 0; seed < 10; seed++) {
    const groups = Array.from({ length: 600 }, () => (below(10) === 0 ? undefined : `patient ${below(120)}`));
    const labels = Int32Array.from(groups, () => below(5));
    const { train, validation } = stratifiedSplit({ labels, classes: 5, share: 0.2, seed, groups });
    const sides = (indices: Uint32Array) => new Set([...indices].flatMap((index) => groups[index] ?? []));
    const shared = [...sides(train)].filter((group) => sides(validation).has(group));
    expect(shared).toEqual([]);
    expect(train.length + validation.length).toBe(600);
    for (let label = 0; label < 5; label++) {
      const of = (indices: Uint32Array) => indices.filter((index) => labels[index] === label).length;
      const share = of(validation) / (of(train) + of(validation));
      // Groups of about five images with random labels: the last group decides a few per cent.
      expect(share).toBeGreaterThan(0.14);
      expect(share).toBeLessThan(0.26);
    }
  }
});

test('several labels: each has its share to a few images, rare ones too', () => {
  const [count, classes] = [2000, 6];
  const rates = [0.5, 0.3, 0.1, 0.03, 0.01, 0.005];
  const labels = Float32Array.from({ length: count * classes }, (_, i) =>
    random.uniform() < 0.05 ? Number.NaN : random.uniform() < (rates[i % classes] ?? 0) ? 1 : 0,
  );
  const { train, validation } = stratifiedSplit({ labels, classes, share: 0.2, seed: 1 });
  expect(validation.length).toBeGreaterThan(0.19 * count);
  expect(validation.length).toBeLessThan(0.21 * count);
  expect(new Set([...train, ...validation]).size).toBe(count);
  for (let label = 0; label < classes; label++) {
    const of = (indices: Uint32Array) => indices.filter((index) => labels[index * classes + label] === 1).length;
    expect(Math.abs(of(validation) - 0.2 * (of(train) + of(validation)))).toBeLessThan(3);
  }
});

test('a split that leaks is said: by groups, and by equal pixels', () => {
  const leaks = findLeaks([
    { part: 'train', groups: ['a', 'b', undefined], contents: ['1', '2', '3'] },
    { part: 'validation', groups: ['c', undefined], contents: ['4', '2'] },
    { part: 'test', groups: ['b', 'a'], contents: ['2', '5'] },
  ]);
  expect(leaks).toEqual([
    { kind: 'content', between: ['train', 'validation'], count: 1, example: [1, 1] },
    { kind: 'group', between: ['train', 'test'], count: 2, example: 'b' },
    { kind: 'content', between: ['train', 'test'], count: 1, example: [1, 0] },
    { kind: 'content', between: ['validation', 'test'], count: 1, example: [1, 0] },
  ]);
  expect(findDuplicates(['x', 'y', 'x', 'z', 'y', 'x'])).toEqual([
    [0, 2, 5],
    [1, 4],
  ]);
});

test('names of parts, and those of the prototype', () => {
  expect(['Train', ' val', 'VALID', 'dev', 'testing', 'cats', 'constructor', '__proto__'].map(partOf)).toEqual([
    ...['train', 'validation', 'validation', 'validation', 'test'],
    ...[undefined, undefined, undefined],
  ]);
});

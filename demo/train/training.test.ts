import { expect, it } from 'vitest';
import type { LabelledImages } from '../../src/data/idx.ts';
import { memoryGroups } from './planner-view.tsx';
import { pickImages } from './training.ts';

const COUNT = 90;
// Sorted by class, as a folder is; each pixel says which image it belongs to.
const images: LabelledImages = {
  count: COUNT,
  channels: 1,
  height: 1,
  width: 2,
  classNames: ['a', 'b', 'c'],
  pixels: Uint8Array.from({ length: 2 * COUNT }, (_, i) => i >> 1),
  labels: Int32Array.from({ length: COUNT }, (_, i) => Math.floor(i / 30)),
};

it('picks so many, each once, with its own label, of every class', async () => {
  const { count, pixels, labels } = await pickImages(images, 45, 1);
  expect([count, pixels.length, labels.length]).toEqual([45, 90, 45]);
  const picked = [...pixels].filter((_, i) => i % 2 === 0);
  expect(new Set(picked).size).toBe(45);
  expect([...labels]).toEqual(picked.map((index) => images.labels[index]));
  expect(new Set(labels)).toEqual(new Set([0, 1, 2]));
});

it('picks the same by the same seed, and others by another', async () => {
  const [one, again, other] = await Promise.all([1, 1, 2].map((seed) => pickImages(images, 20, seed)));
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
});

it('leaves all of them as they are', async () => expect(await pickImages(images, COUNT, 1)).toBe(images));

it('groups memory by what people ask about, and loses none', () => {
  const bytes = { features: 5, bottlenecks: 7, optimizer: 1, something: 2, settings: 0 };
  expect(memoryGroups(bytes)).toEqual([
    ['features', 12],
    ['other', 2],
    ['optimizer', 1],
  ]);
});

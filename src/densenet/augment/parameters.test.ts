// Statistics of what is drawn, and that it is a pure function. Of so many draws a frequency lies within five standard deviations
// of its probability, but for one run in a million; the seed is fixed.
import { describe, expect, it } from 'vitest';
import { AUGMENTATION_PRESETS, type Augmentation, NO_AUGMENTATION } from '../train/augmentation.ts';
import { basicDraws, Draws } from './draws.ts';
import type { Operation } from './operations.ts';
import { type AugmentedSize, drawAugmentation, type ImageAugmentation, stageKinds } from './parameters.ts';
import { recordsLayout, writeRecords } from './records.ts';

const SIZE: AugmentedSize = { channels: 3, height: 32, width: 48, source: { height: 32, width: 48 } };
const IMAGES = 4000;
const draw = (changes: Partial<Augmentation>, seed = 7): readonly ImageAugmentation[] =>
  drawAugmentation({ ...NO_AUGMENTATION, ...changes }, SIZE, IMAGES, seed);

/** Five standard deviations of a frequency. */
const bound = (probability: number, count = IMAGES): number => 5 * Math.sqrt((probability * (1 - probability)) / count);
const share = <T>(items: readonly T[], holds: (item: T) => boolean): number =>
  items.filter(holds).length / items.length;
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function expectUniform(values: readonly number[], low: number, high: number): void {
  expect(Math.min(...values)).toBeGreaterThanOrEqual(low - 1e-6);
  expect(Math.max(...values)).toBeLessThanOrEqual(high + 1e-6);
  for (const quarter of [1, 2, 3])
    expect(Math.abs(share(values, (value) => value < low + ((high - low) * quarter) / 4) - quarter / 4)).toBeLessThan(
      bound(quarter / 4, values.length),
    );
}

describe('what is drawn', () => {
  it('is a pure function of seed and image', () => {
    const strong = { ...AUGMENTATION_PRESETS.strong, randomResizedCrop: [0.1, 1], colorJitter: [0.4, 0.4, 0.4, 0.1] };
    expect(draw(strong)).toEqual(draw(strong));
    expect(draw(strong, 8)).not.toEqual(draw(strong));
    // Turning one on changes no other's numbers, and an image's do not depend on how many there are.
    const [one] = drawAugmentation({ ...strong, erasing: 0 }, SIZE, 2, 7);
    const [other] = draw(strong);
    expect(one?.stages).toEqual(other?.stages);
    expect(one?.offset).toEqual(other?.offset);
  });

  it('flips halves of the images, and shifts evenly', () => {
    const drawn = draw({ mirror: true, verticalFlip: true, shift: 2 });
    for (const flips of [
      share(drawn, ({ mirror }) => mirror),
      share(drawn, ({ verticalFlip }) => verticalFlip),
      2 * share(drawn, ({ mirror, verticalFlip }) => mirror && verticalFlip),
    ])
      expect(Math.abs(flips - 0.5)).toBeLessThan(2 * bound(0.5));
    for (const value of [-2, -1, 0, 1, 2])
      expect(Math.abs(share(drawn, ({ offset }) => offset.y === value) - 0.2)).toBeLessThan(bound(0.2));
    expect(basicDraws(7, 3).mirror).toBe(drawn[3]?.mirror);
  });

  it("crops RandomCrop's places, each as likely, and leaves all else as it was", () => {
    // 3 x 4 places.
    const size = { ...SIZE, source: { height: SIZE.height + 2, width: SIZE.width + 3 } };
    const strong = { ...AUGMENTATION_PRESETS.strong, rotation: 10, verticalFlip: true };
    const drawn = drawAugmentation({ ...strong, randomCrop: true }, size, IMAGES, 7);
    const places = new Map<string, number>();
    for (const { stages } of drawn) {
      const [stage] = stages;
      if (stage?.kind !== 'resize') throw new Error('the first stage is the crop');
      const { top, left, ...crop } = stage.crop;
      expect(crop).toEqual({ height: SIZE.height, width: SIZE.width });
      places.set(`${top} ${left}`, (places.get(`${top} ${left}`) ?? 0) + 1 / IMAGES);
    }
    expect([...places.keys()].sort()).toEqual([0, 1, 2].flatMap((top) => [0, 1, 2, 3].map((left) => `${top} ${left}`)));
    for (const found of places.values()) expect(Math.abs(found - 1 / 12)).toBeLessThan(bound(1 / 12));
    const without = drawAugmentation(strong, SIZE, IMAGES, 7);
    expect(drawn.map((image) => ({ ...image, stages: image.stages.slice(1) }))).toEqual(without);
    expect(stageKinds({ ...NO_AUGMENTATION, randomCrop: true }, size)).toEqual(['sample']);
  });

  it("crops RandomResizedCrop's shares and ratios", () => {
    const crops = draw({ randomResizedCrop: [0.08, 1] }).flatMap(({ stages: [stage] }) =>
      stage?.kind === 'resize' ? [stage.crop] : [],
    );
    expect(crops).toHaveLength(IMAGES);
    for (const { top, left, height, width } of crops) {
      expect(top + height).toBeLessThanOrEqual(SIZE.height);
      expect(left + width).toBeLessThanOrEqual(SIZE.width);
      // Sides are rounded, by half a pixel at most.
      expect((width - 0.5) / (height + 0.5)).toBeLessThanOrEqual(4 / 3);
      expect((width + 0.5) / (height - 0.5)).toBeGreaterThanOrEqual(3 / 4);
    }
    // Below the share at which some crops do not fit, all shares are as likely.
    const shares = crops
      .map(({ height, width }) => (height * width) / (SIZE.height * SIZE.width))
      .filter((s) => s < 0.4);
    expect(Math.abs(mean(shares) - 0.24)).toBeLessThan((5 * 0.32) / Math.sqrt(12 * shares.length) + 0.01);
  });

  it("turns, moves, scales and shears by RandomAffine's ranges", () => {
    const affines = draw({ rotation: 30, translate: 0.25, scale: [0.5, 2], shear: 10 }).flatMap(
      ({ stages: [stage] }) => (stage?.kind === 'affine' ? [stage.affine] : []),
    );
    const of = (pick: (affine: (typeof affines)[number]) => number) => affines.map(pick);
    expectUniform(
      of(({ angle }) => angle),
      -30,
      30,
    );
    expectUniform(
      of(({ scale }) => scale),
      0.5,
      2,
    );
    expectUniform(
      of(({ shear }) => shear[0]),
      -10,
      10,
    );
    const along = of(({ translate }) => translate[0]);
    expect(along.every(Number.isInteger)).toBe(true);
    expect([Math.min(...along), Math.max(...along)]).toEqual([-12, 12]);
    expect(Math.max(...of(({ translate }) => Math.abs(translate[1])))).toBe(8);
  });

  it('chooses each of 14 operations as often, half of the signed ones negative', () => {
    const stages = draw({ trivialAugment: true }).flatMap(({ stages: all }) => all);
    const kinds = new Map<string, number>();
    for (const { kind } of stages) kinds.set(kind, (kinds.get(kind) ?? 0) + 1 / IMAGES);
    // Two shears, two translations and a rotation are affine maps.
    for (const [kind, found] of kinds) {
      const probability = (kind === 'affine' ? 5 : 1) / 14;
      expect(Math.abs(found - probability), kind).toBeLessThan(bound(probability));
    }
    expect(kinds.size).toBe(10);
    const factors = stages.flatMap((stage) => (stage.kind === 'brightness' ? [stage.factor] : []));
    expect(Math.abs(share(factors, (factor) => factor < 1) - 15 / 31)).toBeLessThan(bound(0.5, factors.length));
    expect(Math.min(...factors)).toBeGreaterThanOrEqual(1 - 0.99 - 1e-6);
    const bits = new Set(stages.flatMap((stage) => (stage.kind === 'posterize' ? [stage.bits] : [])));
    expect([...bits].sort()).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });

  it('gives RandAugment as many operations as asked for, of one magnitude', () => {
    const drawn = draw({ randAugment: [3, 10] });
    expect(drawn.every(({ stages }) => stages.length === 3)).toBe(true);
    const bits = drawn.flatMap(({ stages }) => stages.flatMap((s) => (s.kind === 'posterize' ? [s.bits] : [])));
    expect(new Set(bits)).toEqual(new Set([7]));
  });

  it('jitters in every order', () => {
    const drawn = draw({ colorJitter: [0.4, 1.5, 0.2, 0.1] }).map(({ stages }) => stages);
    const orders = new Map<string, number>();
    for (const stages of drawn) {
      const order = stages.map(({ kind }) => kind).join();
      orders.set(order, (orders.get(order) ?? 0) + 1 / IMAGES);
    }
    expect(orders.size).toBe(24);
    for (const found of orders.values()) expect(Math.abs(found - 1 / 24)).toBeLessThan(bound(1 / 24));
    const factors = (wanted: Operation['kind']) =>
      drawn.flatMap((stages) => stages.flatMap((s) => (s.kind === wanted && 'factor' in s ? [s.factor] : [])));
    expectUniform(factors('brightness'), 0.6, 1.4);
    expectUniform(factors('contrast'), 0, 2.5);
    expectUniform(factors('saturation'), 0.8, 1.2);
    expectUniform(factors('hue'), -0.1, 0.1);
    expect(draw({ colorJitter: [0, 0, 0.2, 0] })[0]?.stages).toHaveLength(1);
  });

  it('erases with the probability asked for', () => {
    const erased = draw({ erasing: 0.3 }).map((image) => image.erased);
    expect(Math.abs(share(erased, (rectangle) => rectangle !== undefined) - 0.3)).toBeLessThan(bound(0.3));
    for (const rectangle of erased) {
      if (!rectangle) continue;
      const { top, left, height, width } = rectangle;
      expect(height).toBeLessThan(SIZE.height);
      expect(width).toBeLessThan(SIZE.width);
      expect([top + height <= SIZE.height, left + width <= SIZE.width]).toEqual([true, true]);
    }
  });

  it('mixes a batch with itself, rolled by one, by weights of a Beta distribution', () => {
    const weights = Array.from({ length: 2000 }, (_, seed) => {
      const [image] = drawAugmentation({ ...NO_AUGMENTATION, mixup: 0.4 }, SIZE, 3, seed);
      expect(image?.mixture.partner).toBe(2);
      return image?.mixture.weight ?? Number.NaN;
    });
    // Beta(a, a) has the mean 1/2 and the variance 1 / (4 (2 a + 1)).
    const variance = 1 / (4 * 1.8);
    expect(Math.abs(mean(weights) - 0.5)).toBeLessThan(5 * Math.sqrt(variance / weights.length));
    const found = mean(weights.map((weight) => (weight - 0.5) ** 2));
    // A square is at most 1/4, so that its own standard deviation is at most 1/8.
    expect(Math.abs(found - variance)).toBeLessThan((5 * 0.125) / Math.sqrt(weights.length));
  });

  it.each([0.01, 1, 5])('draws a Beta distribution of %d', (alpha) => {
    const weights = Array.from({ length: 4000 }, (_, seed) => new Draws(seed, 'mixup', 0).beta(alpha));
    expect(weights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
    const variance = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean(weights.map((w) => (w - 0.5) ** 2)) - variance)).toBeLessThan((5 * 0.125) / Math.sqrt(4000));
  });

  it('weighs labels by the area that is left, of cutmix; of both, takes either', () => {
    const drawn = Array.from({ length: 1000 }, (_, seed) =>
      drawAugmentation({ ...NO_AUGMENTATION, mixup: 0.2, cutmix: 1 }, SIZE, 2, seed).map(({ mixture }) => mixture),
    );
    expect(Math.abs(share(drawn, ([first]) => first?.rectangle !== undefined) - 0.5)).toBeLessThan(bound(0.5, 1000));
    for (const [first] of drawn) {
      if (!first?.rectangle) continue;
      const { height, width } = first.rectangle;
      expect(first.weight).toBeCloseTo(1 - (height * width) / (SIZE.height * SIZE.width), 6);
    }
  });
});

describe('the records', () => {
  it('have a place for every stage of every image, where bindings may start', () => {
    const strong = { ...NO_AUGMENTATION, randAugment: [2, 9], rotation: 5 };
    const drawn = drawAugmentation(strong, SIZE, 5, 1);
    const stages = stageKinds(strong, SIZE);
    expect(stages).toEqual(['sample', 'any', 'any']);
    const { operations, composition, bytes } = recordsLayout(5, stages.length);
    expect([...operations, composition].every((offset) => offset % 256 === 0)).toBe(true);
    expect(writeRecords(drawn, stages.length, SIZE).byteLength).toBe(bytes);
  });
});

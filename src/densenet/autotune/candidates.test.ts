// The closed lists of tiles: short, with the default first, without doubles, and choices become part of a plan.
import { describe, expect, it } from 'vitest';
import type { RecordedPass } from '../../runtime/program.ts';
import { variantName } from '../../runtime/specialize.ts';
import { catalogue } from '../../shaders/catalogue.ts';
import { buildNetwork } from '../network.ts';
import { recordInference } from '../plan/inference.ts';
import { describePlan } from '../plan/plan.ts';
import { SPLIT_FACTORS, type TileConfig } from '../plan/tile-config.ts';
import { recordTraining } from '../plan/training.ts';
import { PRESETS } from '../presets.ts';
import { emptyAutotuneRecord, tileConfigOf } from './cache.ts';
import { candidatesOf, classesOf } from './candidates.ts';

const SGD = { loss: 'cross-entropy', optimizer: 'sgd', inputGradient: true } as const;
const TUNABLE = [
  'conv1x1/backward-data',
  'conv1x1/backward-weight',
  'conv1x1/forward',
  'conv3x3/backward-data',
  'conv3x3/backward-weight',
  'conv3x3/forward',
  'stem/backward-data',
  'stem/backward-weight',
  'stem/forward',
];

function passesOf(name: keyof typeof PRESETS, batch: number, tileConfig?: TileConfig): readonly RecordedPass[] {
  const network = buildNetwork(PRESETS[name]);
  const { plan } = recordTraining(network, batch, tileConfig ? { ...SGD, tileConfig } : SGD);
  const inference = recordInference(network, batch, { tileConfig });
  return [...plan.program.passes, ...inference.plan.program.passes];
}

describe('tile candidates', () => {
  const passes = (['densenet121', 'densenet161', 'bc-100-12', 'plain-40-12'] as const).flatMap((name) =>
    [1, 32].flatMap((batch) => passesOf(name, batch)),
  );

  it('are those of the three families of convolutions', () => {
    const tunable = new Set(passes.filter(({ kernel, size }) => kernel.tileCandidates(size).length > 0));
    expect([...new Set([...tunable].map(({ kernel }) => kernel.id))].sort()).toEqual(TUNABLE);
    expect(TUNABLE.every((id) => catalogue.has(id))).toBe(true);
  });

  it("are at most seven, distinct, of the kernel's parameters, the default first", () => {
    for (const { kernel, size } of passes) {
      const tileCandidates = kernel.tileCandidates(size);
      const [first] = tileCandidates;
      if (!first) continue;
      expect(tileCandidates.length).toBeLessThanOrEqual(7);
      expect(new Set(tileCandidates.map(({ name }) => name)).size).toBe(tileCandidates.length);
      expect(new Set(tileCandidates.map(({ parameters }) => JSON.stringify(parameters))).size).toBe(
        tileCandidates.length,
      );
      expect(kernel.choose(size)).toMatchObject(first.parameters);
      for (const { density } of tileCandidates) {
        expect(density).toBeGreaterThan(0);
        expect(density).toBeLessThanOrEqual(1);
      }
      for (const { parameters } of tileCandidates)
        expect(Object.keys(kernel.parameters)).toEqual(expect.arrayContaining(Object.keys(parameters)));
    }
  });
});

/** Takes the tile at a place of each list, and a split factor. */
const nth = (place: number, splitK: number): TileConfig => ({
  of: (kernel, size) => {
    const tileCandidates = catalogue.get(kernel)?.tileCandidates(size) ?? [];
    const tile = tileCandidates[place % Math.max(1, tileCandidates.length)];
    return tile && { tile: tile.name, splitK };
  },
});

describe('choices', () => {
  it('change what a plan runs, and nothing of what it computes', () => {
    const before = passesOf('bc-100-12', 8);
    const after = passesOf('bc-100-12', 8, nth(1, 1));
    expect(after.map(({ label }) => label)).toEqual(before.map(({ label }) => label));
    const changed = after.filter(
      ({ parameters }, i) => JSON.stringify(parameters) !== JSON.stringify(before[i]?.parameters),
    );
    expect(changed.length).toBeGreaterThan(after.length / 4);
    for (const { kernel, size, parameters } of changed) {
      expect(parameters).toMatchObject(kernel.tileCandidates(size)[1]?.parameters ?? {});
    }
  });

  it('take the default where a size does not have the tile', () => {
    const unknown: TileConfig = { of: () => ({ tile: 'none of them', splitK: 1 }) };
    const variants = (tileConfig?: TileConfig) =>
      passesOf('bc-100-12', 8, tileConfig).map(({ parameters }) => parameters);
    expect(variants(unknown)).toEqual(variants());
  });

  it.each(SPLIT_FACTORS)('cut sums into %d times as many parts, and never into none', (factor) => {
    const splitK = (tileConfig?: TileConfig) =>
      passesOf('densenet121', 8, tileConfig).flatMap(({ size }) => {
        const cut = size as { splitK?: number };
        return cut.splitK === undefined ? [] : [cut.splitK];
      });
    const [before, after] = [splitK(), splitK(nth(0, factor))];
    expect(after).toHaveLength(before.length);
    for (const [i, n] of after.entries()) {
      const was = before[i] ?? 0;
      expect(n).toBeGreaterThanOrEqual(1);
      if (factor === 1) expect(n).toBe(was);
      else if (factor > 1) expect(n).toBeGreaterThanOrEqual(was);
      else expect(n).toBeLessThanOrEqual(was);
    }
    if (factor !== 1) expect(after).not.toEqual(before);
  });
});

describe('pipelines of a DenseNet-121 training plan', () => {
  const network = buildNetwork(PRESETS.densenet121);
  const pipelines = (batch: number, tileConfig?: TileConfig) => {
    const { plan, io, readback } = recordTraining(network, batch, {
      loss: 'cross-entropy',
      optimizer: 'sgd',
      ...(tileConfig && { tileConfig }),
    });
    const description = describePlan({ network, batch, builder: plan, io, readback });
    return new Set(description.passes.map(({ kernel, variant }) => `${kernel} ${variant}`));
  };

  it('are at most 80 at every batch from 1 to 40', { timeout: 60_000 }, () => {
    const counts = Array.from({ length: 40 }, (_, i) => pipelines(i + 1).size);
    expect(Math.max(...counts)).toBeLessThanOrEqual(80);
  });

  it('do not grow in number under other tiles past 80', () => {
    for (let place = 0; place < 7; place++) expect(pipelines(32, nth(place, 1)).size).toBeLessThanOrEqual(80);
  });
});

describe('a tuning of one batch', () => {
  const network = buildNetwork(PRESETS.densenet121);
  const plan = (batch: number, tileConfig?: TileConfig) =>
    recordTraining(network, batch, { loss: 'cross-entropy', optimizer: 'sgd', ...(tileConfig && { tileConfig }) }).plan
      .program;

  it.each([
    ['the defaults', 0],
    ['other tiles', 1],
  ])('needs no other pipelines of convolutions for another batch of the same shape classes: %s', (_, place) => {
    const classes = classesOf(plan(32).passes).map(({ shape, points }) => ({
      ...shape,
      points: points.map(({ inputs, pass }) => ({
        inputs,
        candidates: candidatesOf(pass, 'unknown').map(({ tile, splitK }, i) => ({
          tile,
          splitK,
          milliseconds: i === place ? 1 : 2,
        })),
      })),
    }));
    const tileConfig = tileConfigOf({ ...emptyAutotuneRecord(''), classes });
    const pipelines = (batch: number) =>
      new Set(
        plan(batch, tileConfig)
          .passes.filter(({ kernel, size }) => kernel.tileCandidates(size).length > 0)
          .map(({ kernel, parameters, promoted }) => `${kernel.id} ${variantName(kernel, parameters, promoted)}`),
      );
    const first = pipelines(32);
    for (const batch of [30, 31, 35, 40]) expect([...pipelines(batch)].filter((name) => !first.has(name))).toEqual([]);
  });
});

// What shaders take for granted of every tile that a plan may choose, whatever its target.
import { describe, expect, it } from 'vitest';
import { VENDORS } from '../../runtime/adapter.ts';
import { tileTarget } from '../../runtime/tile-target.ts';
import { pixelTileCandidates, UNSTAGED_DEPTH, weightTileCandidates } from './tiles.ts';

const SIZES = [16, 48, 96, 128, 512].flatMap((rows) =>
  [16, 96, 256, 3136, 100_352].map((columns) => ({ rows, columns, terms: rows + (columns % 3), splitK: 8 })),
);
const TARGETS = VENDORS.flatMap((vendor) => [256, 128, 64].map((threads) => ({ ...tileTarget(vendor), threads })));

describe('tiles of 1x1 convolutions', () => {
  it('have no more threads than the target, and stage whole rows, or none and no padding of sums', () => {
    for (const target of TARGETS)
      for (const size of SIZES)
        for (const { parameters: p } of pixelTileCandidates(size, target)) {
          const [M, P] = [Number(p.TILE_M), Number(p.TILE_P)];
          const threads = (M / Number(p.THREAD_M)) * (P / Number(p.THREAD_P)) * Number(p.SLICES);
          expect(threads).toBeLessThanOrEqual(target.threads);
          if (Number(p.TILE_K) <= UNSTAGED_DEPTH) {
            expect(size.terms % Number(p.TILE_K)).toBe(0);
            continue;
          }
          expect(threads % (M / 4)).toBe(0);
          expect(threads % (P / 4)).toBe(0);
        }
  });

  it('of weight gradients merge their slices in the memory that they have staged in', () => {
    for (const target of TARGETS)
      for (const size of SIZES)
        for (const { name, parameters: p } of weightTileCandidates(size, target)) {
          const [B, C] = [Number(p.TILE_B), Number(p.TILE_C)];
          const threads = (B / Number(p.THREAD_B)) * (C / Number(p.THREAD_C)) * Number(p.SLICES);
          expect(threads, name).toBeLessThanOrEqual(target.threads);
          if (Number(p.SLICES) > 1) expect(4 * threads, name).toBeLessThanOrEqual(5 * (B + C));
        }
  });
});

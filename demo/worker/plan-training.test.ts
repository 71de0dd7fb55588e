import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../src/densenet/network.ts';
import { compileTraining, DEFAULT_LIMITS } from '../../src/densenet/plan/plan.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import { largestWithin, type PlanQuestion, planTraining } from './plan-training.ts';

const question: PlanQuestion = {
  config: { ...PRESETS['bc-40-36'] },
  batch: 16,
  validation: 100,
  trainable: 'all',
  optimizer: 'sgd',
  recompute: false,
  precision: 'f32',
  memory: 2e9,
  most: 256,
};
const ask = (changes: Partial<PlanQuestion> = {}) => planTraining({ ...question, ...changes }, DEFAULT_LIMITS);

describe('what a training would take', () => {
  it('adds up: memory by purpose, with the tests of held-out images', () => {
    const { bytes, total, refusal, parameters } = ask();
    expect(refusal).toBeNull();
    expect(total).toBe(Object.values(bytes).reduce((a, b) => a + b, 0));
    expect(bytes.testing).toBeGreaterThan(0);
    expect(parameters).toBe(buildNetwork(question.config).parameterCount);
  });

  it('names the largest batch that memory holds: it fits, and one more does not', () => {
    const memory = 1e8;
    const { refusal, largestBatch, largestRecomputed, total } = ask({ memory, batch: 64 });
    expect(refusal).toEqual({ kind: 'memory' });
    expect(total).toBeGreaterThan(memory);
    expect(ask({ memory, batch: largestBatch }).refusal).toBeNull();
    expect(ask({ memory, batch: largestBatch + 1 }).refusal).toEqual({ kind: 'memory' });
    expect(largestRecomputed).toBeGreaterThan(largestBatch);
  });

  it('refuses what one of the limits does not allow, in words, and names what it does', () => {
    const huge = { ...question.config, growthRate: 128, height: 256, width: 256 };
    const { refusal, largestBatch } = ask({ config: huge, batch: 64, memory: 1e15, most: 64 });
    expect(refusal).toEqual({ kind: 'limit', problem: expect.stringMatching(/needs a .* MiB binding/) });
    const options = { loss: 'cross-entropy', optimizer: 'sgd', input: 'bytes' } as const;
    expect(() => compileTraining(buildNetwork(huge), largestBatch + 1, options, DEFAULT_LIMITS)).toThrow();
  });

  it('tells a batch without batch statistics from one that is too large', () => {
    const single = { ...question.config, blockLayers: [1, 1, 1], height: 4, width: 4 };
    expect(ask({ config: single, batch: 1 })).toMatchObject({ refusal: { kind: 'statistics' } });
  });

  it('knows what fine-tuning spares', () => {
    const [all, some] = [ask(), ask({ trainable: 'classifier' })];
    expect(some.trainable).toBeLessThan(all.trainable);
    for (const what of ['passes', 'flops', 'total'] as const) expect(some[what], what).toBeLessThan(all[what]);
  });
});

describe('the largest that fits', () => {
  it.each([
    ['in proportion', (n: number) => n / 100.5, 100],
    ['with something fixed', (n: number) => 0.3 + n / 777, 543],
    ['in steps', (n: number) => Math.ceil(n / 8) / 20, 160],
    ['by the scarcest of two', (n: number) => Math.max(0.2 + n / 500, n / 90), 90],
    ['where all fits', () => 0.5, 1024],
    ['where nothing does', (n: number) => 1 + n, 0],
  ])('finds it %s, in few tries', (_, strain, expected) => {
    let tries = 0;
    const counted = (n: number) => {
      tries++;
      return strain(n);
    };
    expect(largestWithin(1024, counted)).toBe(expected);
    expect(tries).toBeLessThanOrEqual(14);
  });

  it('is exact for any growing strain', () => {
    for (let seed = 1; seed < 200; seed++) {
      const edge = (seed * 7919) % 300;
      const strain = (n: number) => (n <= edge ? 0.9 - 0.5 / n : 1.1 + n * Math.abs(Math.sin(seed)));
      expect(largestWithin(300, strain)).toBe(edge);
    }
  });
});

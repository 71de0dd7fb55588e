// A training of a part of a network: what its plan holds, runs and writes, and what it leaves alone.
import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../src/densenet/network.ts';
import { compileInference, compileTraining, type DeviceLimits, describePlan } from '../../src/densenet/plan/plan.ts';
import { type Trainable, trainableRange } from '../../src/densenet/plan/scope.ts';
import { recordTraining } from '../../src/densenet/plan/training.ts';
import { PRESETS } from '../../src/densenet/presets.ts';

const UNLIMITED: DeviceLimits = {
  maxBufferSize: Number.POSITIVE_INFINITY,
  maxStorageBufferBindingSize: Number.POSITIVE_INFINITY,
  maxComputeWorkgroupsPerDimension: 65_535,
};
const BATCH = 8;
const network = buildNetwork({ ...PRESETS.densenet121, dropout: 0.2 });
const options = (trainable: Trainable) => ({ loss: 'cross-entropy', optimizer: 'adamw', trainable }) as const;
const record = (trainable: Trainable) => recordTraining(network, BATCH, options(trainable));
const describeTraining = (trainable: Trainable) =>
  describePlan(compileTraining(network, BATCH, options(trainable), UNLIMITED));

describe('a part', () => {
  it.each([
    ['all', /./],
    ['from-block-1', /^(features\.(denseblock|transition|norm5)|classifier)/],
    ['from-block-3', /^(features\.(denseblock[34]|transition3|norm5)|classifier)/],
    ['last-block', /^(features\.(denseblock4|norm5)|classifier)/],
    ['classifier', /^classifier/],
  ] as const)('%s is the arena’s tail', (trainable, names) => {
    const part = trainableRange(network, trainable);
    const expected = network.parameters.filter(({ name }) => names.test(name));
    expect(part.parameters).toEqual(expected);
    expect(part.first).toBe(expected[0]?.offset);
    expect(part.first + part.floats).toBe(network.arena.parameters);
    expect(part.count).toBe(expected.reduce((sum, { count }) => sum + count, 0));
  });

  it.each(['from-block-0', 'from-block-5', 'from-block-1.5', 'head'])('%s is none', (trainable) => {
    expect(() => trainableRange(network, trainable as Trainable)).toThrow(/trainable: .*N from 1 to 4/);
  });
});

describe.each(['last-block', 'from-block-3', 'from-block-1', 'classifier'] as const)('training %s', (trainable) => {
  const { plan, io } = record(trainable);
  const { passes } = plan.program;
  const names = new Set(io.part.parameters.map(({ name }) => name.replace(/\.(weight|bias)$/, '')));
  const isTrained = (label: string) => names.has(label.split(' ')[0] ?? '');

  it('takes gradients of nothing below it', () => {
    const backward = passes.filter(({ section }) => section === 'backward');
    expect(backward.length).toBeGreaterThan(0);
    expect(backward.filter(({ label }) => !isTrained(label)).map(({ label }) => label)).toEqual([]);
  });

  it('writes no running statistics and no parameter below it', () => {
    const firstNorm = network.norms.find(({ gamma }) => gamma.offset >= io.part.first);
    for (const { kernel, label, regions, section } of passes) {
      for (const [name, { buffer, offset }] of regions) {
        if (section === 'load' || kernel.bindings[name]?.kind !== 'write') continue;
        if (buffer === plan.running.buffer) {
          expect([label, offset]).toEqual([label, expect.any(Number)]);
          expect(offset, label).toBeGreaterThanOrEqual(4 * (firstNorm?.runningOffset ?? Number.POSITIVE_INFINITY));
        }
        if (buffer === plan.parameters.buffer) expect(offset, label).toBe(4 * io.part.first);
      }
    }
  });

  it('drops nothing below it', () => {
    const dropping = passes.filter(({ size }) => ((size as { dropout?: number }).dropout ?? 0) > 0);
    expect(dropping.filter(({ label }) => !isTrained(label))).toEqual([]);
    expect(dropping.filter(({ section }) => section === 'forward').length > 0).toBe(trainable !== 'classifier');
  });
});

describe('memory', () => {
  it('of the classifier alone is inference’s, but for what little it learns with', () => {
    const inference = describePlan(compileInference(network, BATCH, UNLIMITED));
    const classifier = describeTraining('classifier');
    // Gradients, two moments, and labels, losses and the like.
    expect(classifier.total).toBeLessThan(inference.total + 3 * 4 * classifier.trainableParameters + 1e6);
    expect(classifier.trainableParameters).toBe(1_025_000);
  });

  it('and work grow with the part', () => {
    const parts = (['classifier', 'last-block', 'from-block-3', 'from-block-2', 'all'] as const).map(describeTraining);
    for (const what of ['total', 'flops', 'trainableParameters'] as const) {
      const figures = parts.map((part) => part[what]);
      expect(figures, what).toEqual(figures.toSorted((a, b) => a - b));
    }
  });
});

it('the input’s gradient needs all of it', () => {
  const asked = { ...options('last-block'), inputGradient: true };
  expect(() => recordTraining(network, BATCH, asked)).toThrow(/inputGradient: true needs all/);
});

it('batch statistics over one value are no trouble where there are none', () => {
  const tiny = buildNetwork({ ...PRESETS['bc-100-12'], blockLayers: [1, 1], height: 2, width: 2 });
  expect(() => recordTraining(tiny, 1, options('last-block'))).toThrow(/one value per channel/);
  expect(() => recordTraining(tiny, 1, options('classifier'))).not.toThrow();
});

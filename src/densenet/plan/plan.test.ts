// What plans promise in numbers: bytes an image, passes, and the largest batch under WebGPU's default limits.
import { describe, expect, it } from 'vitest';
import { LimitError } from '../../runtime/errors.ts';
import { buildNetwork } from '../network.ts';
import { PRESETS } from '../presets.ts';
import { compileInference, compileTraining, DEFAULT_LIMITS, type DeviceLimits, describePlan } from './plan.ts';

const UNLIMITED: DeviceLimits = {
  maxBufferSize: Number.POSITIVE_INFINITY,
  maxStorageBufferBindingSize: Number.POSITIVE_INFINITY,
  maxComputeWorkgroupsPerDimension: 65_535,
};
const SGD = { loss: 'cross-entropy', optimizer: 'sgd' } as const;
const densenet121 = buildNetwork(PRESETS.densenet121);

const thrown = (make: () => unknown): unknown => {
  try {
    return make();
  } catch (error) {
    return error;
  }
};

describe('memory', () => {
  const perImage = (recompute: boolean) =>
    describePlan(compileTraining(densenet121, 32, { ...SGD, recompute }, UNLIMITED)).bytesPerImage / 1e6;

  it('trains DenseNet-121 in 30 MB an image', () => expect(perImage(false)).toBeLessThanOrEqual(30));
  it('and in 14 MB where bottlenecks are computed again', () => expect(perImage(true)).toBeLessThanOrEqual(14));
});

describe('passes', () => {
  it('runs DenseNet-121 in 130 passes', () => {
    const { passes } = describePlan(compileInference(densenet121, 32, UNLIMITED));
    expect(passes.filter(({ section }) => section === 'forward').length).toBeLessThanOrEqual(130);
  });
});

describe('the default limits', () => {
  it.each([
    ['training', (batch: number) => compileTraining(densenet121, batch, SGD, DEFAULT_LIMITS)],
    [
      'training, recomputing',
      (n: number) => compileTraining(densenet121, n, { ...SGD, recompute: true }, DEFAULT_LIMITS),
    ],
    ['inference', (batch: number) => compileInference(densenet121, batch, DEFAULT_LIMITS)],
  ])('hold 41 images of DenseNet-121 in %s, and say so of 42', (_mode, compile) => {
    expect(compile(41).batch).toBe(41);
    const error = thrown(() => compile(42));
    expect(error).toBeInstanceOf(LimitError);
    expect(error).toMatchObject({ largestBatch: 41, message: expect.stringMatching(/batch 42.*largest .* is 41/s) });
  });

  it('name the largest batch also from far above it', () => {
    expect(thrown(() => compileTraining(densenet121, 1000, SGD, DEFAULT_LIMITS))).toMatchObject({ largestBatch: 41 });
  });
});

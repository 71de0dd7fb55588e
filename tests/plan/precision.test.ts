// Features as f16: half of the memory and of the traffic of features, and nothing else in the plan is another.
import { describe, expect, it } from 'vitest';
import type { DenseNetConfig } from '../../src/densenet/config.ts';
import { buildNetwork } from '../../src/densenet/network.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import { recordInference } from '../../src/densenet/plan/inference.ts';
import { compileTraining, type DeviceLimits, describePlan } from '../../src/densenet/plan/plan.ts';
import { recordTraining } from '../../src/densenet/plan/training.ts';
import { PRESETS } from '../../src/densenet/presets.ts';
import type { LogicalBuffer, Program } from '../../src/runtime/program.ts';

/** Rows of this many images are multiples of 128 values on every map of DenseNet-121, so that nothing is padded. */
const UNPADDED = 128;
const UNLIMITED: DeviceLimits = {
  maxBufferSize: Number.POSITIVE_INFINITY,
  maxStorageBufferBindingSize: Number.POSITIVE_INFINITY,
  maxComputeWorkgroupsPerDimension: 65_535,
};
const TRAINING = { loss: 'cross-entropy', optimizer: 'sgd', inputGradient: true } as const;

const training = (config: DenseNetConfig, batch: number, precision: Precision) =>
  recordTraining(buildNetwork(config), batch, { ...TRAINING, precision }).plan.program;
const inference = (config: DenseNetConfig, batch: number, precision: Precision) =>
  recordInference(buildNetwork(config), batch, { precision }).plan.program;

const packedF16 = ({ buffers }: Program) => buffers.filter((b) => b.packedF16);
const FEATURES = /(denseblock\d features|bottlenecks? ?[-\d]*|conv0 output| pooled)$/;

/** Bytes a purpose, each buffer's times `weight`. Bottlenecks lie in fewer buffers where they are smaller. */
function bytesOf({ buffers }: Program, weight: (b: LogicalBuffer) => number): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const b of buffers) sums[b.purpose] = (sums[b.purpose] ?? 0) + b.bytes * weight(b);
  return sums;
}

describe.each([
  ['training', training],
  ['inference', inference],
])('%s of DenseNet-121', (_mode, record) => {
  const exact = record(PRESETS.densenet121, UNPADDED, 'f32');
  const stored = record(PRESETS.densenet121, UNPADDED, 'f16-storage');

  it('holds as f16 every buffer of features, and no other', () => {
    expect(packedF16(exact)).toEqual([]);
    const features = stored.buffers.filter(({ label }) => FEATURES.test(label)).map(({ label }) => label);
    expect(packedF16(stored).map(({ label }) => label)).toEqual(features);
    for (const block of [1, 2, 3, 4]) expect(features).toContain(`features.denseblock${block} features`);
  });

  it('halves their bytes exactly, and leaves the others as they are', () => {
    expect(bytesOf(stored, (b) => (b.packedF16 ? 2 : 1))).toEqual(bytesOf(exact, () => 1));
  });

  it('runs the same passes, each with as much arithmetic, and moves fewer bytes', () => {
    const arithmetic = ({ passes }: Program) =>
      passes.map(({ label, grid, parameters, cost }) => ({ label, grid, parameters, flops: cost.flops }));
    expect(arithmetic(stored)).toEqual(arithmetic(exact));
    for (const [i, { cost, packedF16, label }] of stored.passes.entries()) {
      const before = exact.passes[i]?.cost.bytes ?? Number.NaN;
      if (packedF16.length === 0) expect([label, cost.bytes]).toEqual([label, before]);
      else expect(cost.bytes, label).toBeLessThan(before);
    }
  });
});

it('starts every row where a binding may start, whatever the map', () => {
  const odd = { ...PRESETS['bc-100-12'], blockLayers: [2, 3], growthRate: 5, initialChannels: 7, height: 13, width: 9 };
  for (const { regions, label } of training(odd, 3, 'f16-storage').passes)
    for (const { offset } of regions.values()) expect([label, offset % 256]).toEqual([label, 0]);
});

it('trains DenseNet-121 in 18 MB an image', () => {
  const network = buildNetwork(PRESETS.densenet121);
  const options = { loss: 'cross-entropy', optimizer: 'sgd', precision: 'f16-storage' } as const;
  expect(describePlan(compileTraining(network, 32, options, UNLIMITED)).bytesPerImage).toBeLessThan(18e6);
});

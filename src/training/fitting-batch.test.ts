import { expect, it } from 'vitest';
import { sampleRun } from '../../tests/fixtures/sample-run.ts';
import { DEFAULT_LIMITS } from '../densenet/plan/plan.ts';
import { PRESETS } from '../densenet/presets.ts';
import { LimitError } from '../runtime/errors.ts';
import { fittingBatch } from './fitting-batch.ts';

const { run } = sampleRun({ ...PRESETS['bc-40-36'], blockLayers: [2, 2, 2], growthRate: 12 }, 'sgd');
const given = { ...run.hyperparameters, batch: 64, accumulate: 1 };
const limits = (bytes: number) => ({ ...DEFAULT_LIMITS, maxStorageBufferBindingSize: bytes, maxBufferSize: bytes });

it('leaves a batch that fits as it is', () => {
  expect(fittingBatch(given, DEFAULT_LIMITS)).toEqual({ batching: { batch: 64, accumulate: 1 }, notes: [] });
});

it('splits one that does not fit into the fewest equal micro-batches, and says so', () => {
  // The first feature map takes 64 x 32 x 32 x 48 channels x 4 bytes, 12.6 MB.
  const { batching, notes } = fittingBatch({ ...given, accumulate: 3 }, limits(5e6));
  expect(batching.batch * batching.accumulate).toBe(3 * 64);
  expect(64 % batching.batch).toBe(0);
  expect(batching.batch).toBeLessThan(64);
  const [larger] = fittingBatch({ ...given, batch: 2 * batching.batch }, limits(5e6)).notes;
  expect(larger, 'twice as many do not fit').toContain('micro-batches');
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain(`micro-batches of ${batching.batch}`);
});

it('refuses what does not even fit alone', () => {
  expect(() => fittingBatch(given, limits(1000))).toThrow(LimitError);
});

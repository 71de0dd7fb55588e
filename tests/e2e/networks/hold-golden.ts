// Holds one golden file against what a host computes, in both modes.
import type { TestInfo } from 'playwright/test';
import { message } from '../../../src/hosts/message.ts';
import type { GoldenInput, GoldenModesReport } from '../../jobs/golden-modes.ts';
import { expect, type TestSession } from '../fixtures/host-test.ts';

/** @throws what `expect` throws, naming the tensors */
export async function holdGolden(
  session: TestSession,
  file: string,
  golden: Uint8Array,
  info: TestInfo,
): Promise<void> {
  const input: GoldenInput = { file };
  const { head } = await session.run('golden-modes', message(input, { golden }));
  const { failures, tensors, worst, differ, complaints } = head as GoldenModesReport;
  const description = `${tensors} tensors, the worst at ${worst.toPrecision(2)} of what is allowed`;
  info.annotations.push({ type: 'golden', description });
  expect(tensors).toBeGreaterThan(0);
  expect(failures).toEqual([]);
  expect(differ, 'tensors that differ between keeping and computing again').toEqual([]);
  expect(complaints).toEqual([]);
}

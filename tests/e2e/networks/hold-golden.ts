// Holds one golden file against what a host computes, in both modes.
import type { TestInfo } from 'playwright/test';
import type { GoldenInput } from '../../jobs/golden-modes.ts';
import type { TestSession } from '../fixtures/firefox-session.ts';
import { drawn, expect, type HostOptions } from '../fixtures/host-test.ts';

/** Bytes of a golden whose network computes longer than it compiles. */
const LARGE = 1 << 20;

/** @throws what `expect` throws, naming the tensors */
export async function holdGolden(
  { session, host }: { readonly session: TestSession; readonly host: HostOptions['host'] },
  file: string,
  golden: Uint8Array,
  info: TestInfo,
): Promise<void> {
  // Firefox runs what users run, shaders whose loops are unrolled, with half of its files, drawn anew in every run. All else has
  // loops that are kept, which compile in a fraction of the time; unrolled texts are held by the kernels' own tests. Large maps
  // would take longer so.
  const asUsersRun = host === 'firefox' && drawn(`unrolled ${file}`, 2) === 0;
  const quick = !asUsersRun && golden.length < LARGE;
  // At the deep stem's large maps, which take longest, recomputing changes what it does at the other stem's.
  const recompute = file !== 'paper-maps-deep.safetensors';
  const input: GoldenInput = { file, golden, unroll: !quick, recompute };
  const { failures, tensors, worst, differ, complaints } = await session.run('golden-modes', input);
  const description = `${tensors} tensors, the worst at ${worst.toPrecision(2)} of what is allowed`;
  info.annotations.push({ type: 'golden', description });
  expect(tensors).toBeGreaterThan(0);
  expect(failures).toEqual([]);
  expect(differ, 'tensors that differ between keeping and computing again').toEqual([]);
  expect(complaints).toEqual([]);
}

// What repeated timing leaves behind: a step that was timed pass by pass, each pass many times, against one that only ran.

import { type LoadedPlan, loadPlan } from '../../bench/sections/passes/loaded-plan.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { timeRepeated } from '../../src/runtime/pass-timing.ts';
import { download } from '../../src/runtime/readback.ts';
import { Stopwatch } from '../../src/runtime/stopwatch.ts';
import { PLAIN_STEP } from './small-network.ts';

export type PassTimingReport = {
  /** Buffers that are not the same, bit for bit. */
  readonly differ: readonly string[];
  readonly buffers: number;
  /** Repeats of the pass that was repeated most. */
  readonly repeats: number;
  /** Whether every value of the gradients is finite, and some are not zero. */
  readonly finite: boolean;
  readonly gradients: number;
};

export const passTiming = defineJob('pass-timing', async (_request, { gpu, now }) => {
  const device = await Device.open(gpu, { now, features: ['timestamp-query'] });
  const stopwatch = await Stopwatch.create(device);
  const [timed, run] = await Promise.all([loadPlan(device, PLAIN_STEP), loadPlan(device, PLAIN_STEP)]);
  const timings = await timeRepeated(device, timed, stopwatch, {
    samples: 2,
    milliseconds: 60_000,
    onPass: () => undefined,
  });
  run.run.submit(['pack', 'forward', 'backward', 'update']);
  const [one, other] = [await contents(device, timed), await contents(device, run)];
  const differ = [...one].filter(([name, words]) => !same(words, other.get(name))).map(([name]) => name);
  const gradients = new Float32Array(one.get('parameter gradients')?.buffer ?? new ArrayBuffer(0));
  const report: PassTimingReport = {
    differ,
    buffers: one.size,
    repeats: Math.max(...timings.map((timing) => timing?.repeats ?? 0)),
    finite: gradients.every(Number.isFinite),
    gradients: gradients.filter((value) => value !== 0).length,
  };
  device.destroy();
  return report;
});

/** Every buffer that outlives a step, by name. */
async function contents(device: Device, { program, run }: LoadedPlan): Promise<Map<string, Uint32Array<ArrayBuffer>>> {
  const words = new Map<string, Uint32Array<ArrayBuffer>>();
  for (const buffer of program.buffers.filter(({ kind }) => kind !== 'transient')) {
    const bytes = await download(device, run.at({ buffer, offset: 0, bytes: buffer.bytes }));
    words.set(buffer.label, new Uint32Array(bytes.buffer));
  }
  return words;
}

const same = (a: Uint32Array, b: Uint32Array | undefined): boolean =>
  a.length === b?.length && a.every((word, i) => word === b[i]);

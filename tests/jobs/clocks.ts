// A stopwatch on GPU clocks that are not what they should be: the device's own, with its values changed on the way.

import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import { Executable } from '../../src/runtime/executable.ts';
import { timingMethod } from '../../src/runtime/pass-timing.ts';
import { Program } from '../../src/runtime/program.ts';
import { type Clock, Stopwatch } from '../../src/runtime/stopwatch.ts';
import { Timestamps } from '../../src/runtime/timestamps.ts';
import { layoutToNchw } from '../../src/shaders/layout/to-nchw.ts';

const ROUNDED_TO = 65_536;

const CLOCKS = {
  true: (ns: number) => ns,
  rounded: (ns: number) => Math.floor(ns / ROUNDED_TO) * ROUNDED_TO,
  twiceAsFast: (ns: number) => 2 * ns,
  backwards: (ns: number) => -ns,
  atZero: () => Number.NaN,
  standingStill: () => 1,
};

export type ClocksReport = Readonly<
  Record<
    keyof typeof CLOCKS,
    {
      readonly clock: Clock;
      readonly method: string;
      /** Repeats of a small pass in one interval, and nanoseconds of that interval. */
      readonly repeats: number;
      readonly interval: number;
    }
  >
>;

export const clocks = defineJob('clocks', async (_request, { gpu, now }): Promise<ClocksReport> => {
  const device = await Device.open(gpu, { now, features: ['timestamp-query'] });
  const program = new Program();
  const size = { images: 1, channels: 3, height: 16, width: 16, stride: 256 };
  const buffer = (name: string) => program.buffer(name, 3 * 256 * 4, 'persistent', 'test');
  program.pass(layoutToNchw, size, { x: buffer('x'), out: buffer('out') });
  const run = await Executable.create(device, program);
  const { run: original } = Timestamps.prototype;
  const by = async (change: (ns: number) => number) => {
    Timestamps.prototype.run = async function (...given) {
      return (await original.apply(this, given)).map(change);
    };
    const stopwatch = await Stopwatch.create(device);
    const { nanoseconds, repeats } = await stopwatch.time(
      { encode: (pass) => run.dispatch(pass, 0) },
      { samples: 1, milliseconds: 2000 },
    );
    stopwatch.destroy();
    const { clock } = stopwatch;
    return { clock, method: timingMethod(clock, 1), repeats, interval: repeats * (nanoseconds[0] ?? 0) };
  };
  try {
    return {
      true: await by(CLOCKS.true),
      rounded: await by(CLOCKS.rounded),
      twiceAsFast: await by(CLOCKS.twiceAsFast),
      backwards: await by(CLOCKS.backwards),
      atZero: await by(CLOCKS.atZero),
      standingStill: await by(CLOCKS.standingStill),
    };
  } finally {
    Timestamps.prototype.run = original;
    device.destroy();
  }
});

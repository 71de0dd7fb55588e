// Trainings with dropout and augmentation, several times: alone and again, beside another on the same device, beside
// another on a second device, on a device that reduces by subgroup operations where it can, from another seed. Only the
// last may come to anything else.
// In: head RepeatableInput. Out: head RepeatableReport.

import { DenseNet } from '../../src/densenet/model.ts';
import type { Precision } from '../../src/densenet/plan/feature-map.ts';
import type { TileConfig } from '../../src/densenet/plan/tile-config.ts';
import type { StateTensor } from '../../src/densenet/state-dict.ts';
import { Trainer } from '../../src/densenet/train/trainer.ts';
import { defineJob } from '../../src/jobs/define-job.ts';
import { Device } from '../../src/runtime/device.ts';
import type { SubgroupUse } from '../../src/runtime/subgroups.ts';
import { sharedGpu } from './shared-gpu.ts';
import { byteBatch, differences, OPTIONS, SMALL } from './small-network.ts';

export type RepeatableInput = { readonly precision: Precision };

/** For each way to run: the tensors that differ from those of the run alone. */
export type RepeatableReport = {
  readonly again: readonly string[];
  readonly besideAnother: readonly string[];
  readonly onSecondDevice: readonly string[];
  readonly withSubgroups: readonly string[];
  readonly otherSeed: readonly string[];
  readonly tensors: number;
  readonly subgroups: SubgroupUse;
};

type State = ReadonlyMap<string, StateTensor>;
const STEPS = 3;

export const repeatable = defineJob('repeatable', async ({ precision }: RepeatableInput, { gpu, now }) => {
  const start = (on: Device, modelSeed: number, seed?: number) => begin(on, precision, modelSeed, seed);
  const device = await Device.open(sharedGpu(gpu), { now, defaultLimits: true });
  // In truth another: the job's own.
  const second = await Device.open(gpu, { now, defaultLimits: true });
  const alone = await run(await start(device, 1));
  const again = await run(await start(device, 1));
  const otherSeed = await run(await start(device, 1, 8));
  const [beside] = await interleaved(await start(device, 1), await start(device, 2));
  const [, there] = await interleaved(await start(device, 2), await start(second, 1));
  const grouped = await Device.open(sharedGpu(gpu), { now, defaultLimits: true, subgroups: true });
  const withSubgroups = await run(await begin(grouped, precision, 1, undefined, GROUPED));
  for (const each of [device, second, grouped]) each.destroy();
  const report: RepeatableReport = {
    again: differences(alone, again),
    besideAnother: differences(alone, beside),
    onSecondDevice: differences(alone, there),
    withSubgroups: differences(alone, withSubgroups),
    otherSeed: differences(alone, otherSeed),
    tensors: alone.size,
    subgroups: grouped.subgroups,
  };
  return report;
});

interface Started {
  readonly model: DenseNet;
  readonly trainer: Trainer;
}

async function begin(
  device: Device,
  precision: Precision,
  modelSeed: number,
  seed: number = OPTIONS.seed,
  tileConfig?: TileConfig,
): Promise<Started> {
  const model = await DenseNet.create(device, SMALL, { seed: modelSeed });
  const options = { ...OPTIONS, precision, seed, ...(tileConfig && { tileConfig }) };
  return { model, trainer: await Trainer.create(model, options) };
}

/** All tiles as they are, all sums by subgroup operations. */
const GROUPED: TileConfig = { of: () => ({ tile: 'default', splitK: 1, subgroups: true }) };

async function run({ model, trainer }: Started): Promise<State> {
  for (let i = 0; i < STEPS; i++) await trainer.step(byteBatch(i));
  return model.stateDict();
}

/** Steps of both, submitted in turns and awaited together. */
async function interleaved(a: Started, b: Started): Promise<[State, State]> {
  for (let i = 0; i < STEPS; i++) await Promise.all([a.trainer.step(byteBatch(i)), b.trainer.step(byteBatch(i))]);
  return Promise.all([a.model.stateDict(), b.model.stateDict()]);
}

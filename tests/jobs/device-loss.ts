// A device that goes away while a step is under way: who waits gets a typed error, who comes later too, and a new engine
// goes on from the last state as if nothing had been.

import { DenseNet } from '../../src/densenet/model.ts';
import { Trainer } from '../../src/densenet/training/trainer.ts';
import type { Jobs } from '../../src/hosts/job.ts';
import { message } from '../../src/hosts/message.ts';
import { Device } from '../../src/runtime/device.ts';
import { DeviceLostError } from '../../src/runtime/errors.ts';
import { byteBatch, differences, OPTIONS, SMALL } from './small-network.ts';

export type DeviceLossReport = {
  /** What each attempt ended with: an error's name, or "done". */
  readonly stepUnderWay: string;
  readonly laterStep: string;
  readonly laterState: string;
  readonly newPlan: string;
  /** Errors that the device's owner was told of. */
  readonly told: readonly string[];
  /** Tensors in which the new engine differs from one whose device was never lost. */
  readonly differ: readonly string[];
};

const outcome = (result: Promise<unknown>): Promise<string> =>
  result.then(
    () => 'done',
    (error: unknown) => (error instanceof DeviceLostError ? 'DeviceLostError' : String(error)),
  );

export const deviceLoss: Jobs = {
  'device-loss': async (_input, { gpu, now }) => {
    const told: string[] = [];
    const device = await Device.open(gpu, { now, onError: (error) => told.push(error.name) });
    const model = await DenseNet.create(device, SMALL);
    const state = await model.stateDict();
    const trainer = await Trainer.create(model, OPTIONS);
    const underWay = outcome(trainer.step(byteBatch(0)));
    device.gpu.destroy();
    const stepUnderWay = await underWay;
    await device.whenLost;
    const laterStep = await outcome(trainer.step(byteBatch(1)));
    const laterState = await outcome(model.stateDict());
    const newPlan = await outcome(Trainer.create(model, OPTIONS));
    const survivor = await firstStep(await Device.open(gpu, { now }), state);
    const unhurt = await firstStep(await Device.open(gpu, { now }), undefined);
    const report: DeviceLossReport = {
      ...{ stepUnderWay, laterStep, laterState, newPlan, told },
      differ: differences(survivor, unhurt),
    };
    return message(report);
  },
};

/** The state after one step of a new engine, from `state` or from the seed. */
async function firstStep(device: Device, state: Awaited<ReturnType<DenseNet['stateDict']>> | undefined) {
  const model = await DenseNet.create(device, SMALL, state ? { state } : {});
  const trainer = await Trainer.create(model, OPTIONS);
  await trainer.step(byteBatch(0));
  const after = await model.stateDict();
  device.destroy();
  return after;
}

// One workload measured: made, warmed up, then repeated until there are enough repeats or the time is over. A repeat is
// what a user of the library waits for: from the upload of a batch to its logits (inference) or its loss (a training
// step: forward, loss, backward, update) back in memory. Compiling and warm-up are told apart and never counted in.
// Knows no page: the clock, the device and a way to stop are given.

import { Inference } from '../src/densenet/inference.ts';
import { DenseNet } from '../src/densenet/model.ts';
import { macs } from '../src/densenet/network.ts';
import { describePlan } from '../src/densenet/plan/plan.ts';
import { PRESETS } from '../src/densenet/presets.ts';
import { SGD } from '../src/densenet/training/optimizers.ts';
import { constant } from '../src/densenet/training/schedules.ts';
import { Trainer } from '../src/densenet/training/trainer.ts';
import type { Device } from '../src/runtime/device.ts';
import { GpuError } from '../src/runtime/errors.ts';
import { createRandom } from '../src/runtime/random.ts';
import { type Spread, spread } from './spread.ts';
import type { Workload } from './workload.ts';

export type Effort = {
  /** Repeats that are enough. */
  readonly repeats: number;
  /** Seconds after which no repeat is begun; there are at least three. */
  readonly seconds: number;
};

export const FULL_EFFORT: Effort = { repeats: 30, seconds: 20 };

export type Measurement = Workload & {
  readonly parameters: number;
  /** Multiply-adds of one image's forward pass. */
  readonly macs: number;
  readonly height: number;
  readonly width: number;
  /** Dispatches of one repeat. */
  readonly passes: number;
  readonly pipelines: number;
  /** GPU memory that the plan forecasts, parameters and optimizer included. */
  readonly gpuBytes: number;
  /** Milliseconds to allocate and to compile everything. */
  readonly preparation: number;
  /** Milliseconds of each repeat before the measured ones. */
  readonly warmUp: readonly number[];
  /** Milliseconds of a repeat. */
  readonly milliseconds: Spread;
  /** Of the median; and of the slow and the fast end (p95 and p5 of the time). */
  readonly imagesPerSecond: { readonly median: number; readonly low: number; readonly high: number };
  /** Why it ended. */
  readonly ended: 'enough repeats' | 'time over' | 'stopped';
};

export type Phase = 'preparing' | 'warming up' | 'measuring';

export interface MeasureOptions {
  readonly effort: Effort;
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Told at each new phase, and with each measured repeat. */
  readonly onPhase: (phase: Phase, repeats: number) => void;
}

const WARM_UPS = 2;
const LEAST_REPEATS = 3;

/**
 * @throws LimitError with the largest batch that fits, GpuError also where a result is not finite, DeviceLostError; and
 * the signal's reason where it comes before the first measured repeat
 */
export async function measure(device: Device, workload: Workload, options: MeasureOptions): Promise<Measurement> {
  const { effort, now, signal, onPhase } = options;
  onPhase('preparing', 0);
  const begun = now();
  const model = await DenseNet.create(device, PRESETS[workload.model], { seed: 1 });
  let subject: Subject | undefined;
  try {
    subject = await (workload.mode === 'inference' ? inferenceOf : trainingOf)(model, workload.batch);
    const preparation = now() - begun;
    const time = async (run: () => Promise<void>) => {
      const start = now();
      await run();
      return now() - start;
    };
    onPhase('warming up', 0);
    const warmUp: number[] = [];
    for (let i = 0; i < WARM_UPS; i++) {
      signal.throwIfAborted();
      warmUp.push(await time(subject.run));
    }
    const times: number[] = [];
    const start = now();
    const over = () => now() - start > effort.seconds * 1000 && times.length >= LEAST_REPEATS;
    while (times.length === 0 || (times.length < effort.repeats && !over() && !signal.aborted)) {
      onPhase('measuring', times.length);
      times.push(await time(subject.run));
    }
    const milliseconds = spread(times);
    const perSecond = (ms: number) => (1000 * workload.batch) / ms;
    const { config } = model;
    return {
      ...workload,
      parameters: model.network.parameterCount,
      macs: macs(model.network),
      height: config.height,
      width: config.width,
      ...subject.cost,
      preparation,
      warmUp,
      milliseconds,
      imagesPerSecond: {
        median: perSecond(milliseconds.median),
        low: perSecond(milliseconds.p95),
        high: perSecond(milliseconds.p5),
      },
      ended: times.length >= effort.repeats ? 'enough repeats' : signal.aborted ? 'stopped' : 'time over',
    };
  } finally {
    subject?.destroy();
    model.destroy();
  }
}

interface Subject {
  readonly cost: Pick<Measurement, 'passes' | 'pipelines' | 'gpuBytes'>;
  /** One repeat. @throws GpuError where what comes out is not finite */
  run(): Promise<void>;
  destroy(): void;
}

async function inferenceOf(model: DenseNet, batch: number): Promise<Subject> {
  const inference = await Inference.create(model, { batch });
  const images = randomImages(model, batch);
  const { passes, pipelines, total } = describePlan(inference.plan);
  return {
    cost: { passes: passes.filter(({ section }) => section !== 'load').length, pipelines, gpuBytes: total },
    run: async () => {
      const logits = await inference.logits(images, batch);
      const bad = logits.findIndex((logit) => !Number.isFinite(logit));
      if (bad >= 0)
        throw new GpuError(`logit ${bad} is ${logits[bad]}: results on this GPU are wrong, nothing is timed`);
    },
    destroy: () => inference.destroy(),
  };
}

async function trainingOf(model: DenseNet, batch: number): Promise<Subject> {
  // A rate so small that any number of steps on random labels keeps the loss finite.
  const trainer = await Trainer.create(model, { batch, optimizer: SGD, schedule: constant(1e-4) });
  const random = createRandom(2);
  const labels = Int32Array.from({ length: batch }, () => random.uint32() % model.config.classes);
  const images = randomImages(model, batch);
  const { passes, pipelines, total } = describePlan(trainer.plan);
  return {
    cost: { passes: passes.length, pipelines, gpuBytes: total },
    run: async () => {
      await trainer.step({ images, labels });
    },
    destroy: () => trainer.destroy(),
  };
}

function randomImages({ config }: DenseNet, batch: number): Float32Array<ArrayBuffer> {
  const random = createRandom(1);
  return Float32Array.from({ length: batch * config.inputChannels * config.height * config.width }, () =>
    random.normal(),
  );
}
